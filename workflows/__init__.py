"""What may happen to a request: one page per request type, as data. Pure."""
