"""The ways by which requests come in (APP-1): the portal's own pages, apps, other programs, the clinic itself."""

PORTAL, MIN_LAEGE, API, CLINIC = "portal", "min_laege", "api", "clinic"
RESERVED = frozenset({PORTAL, API, CLINIC})
"""Channels that are the portal's to give; any other may be an app's."""
