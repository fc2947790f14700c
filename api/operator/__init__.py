"""The operator's doors: what is set aside, and sending it again. Never words, never people."""
