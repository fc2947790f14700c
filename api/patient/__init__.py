"""The patient's doors: logging in, asking, following, and what the clinic offers."""
