"""A small clinic system of its own: the stranger at the other end of the portal's wire."""
