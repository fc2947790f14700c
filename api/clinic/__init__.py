"""The clinic's doors: what its own system tells and asks the portal, in signed calls."""
