"""The auditor's doors: which requests there were, and their proven histories. Never words, never numbers."""
