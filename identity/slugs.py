"""What a clinic's short name may be: it is the first word of the addresses of its pages."""

import re

RESERVED = frozenset({"assets", "audit", "docs", "health", "metrics", "operator", "pages", "problems", "v1"})
"""First words of addresses that are no clinic's."""

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,59}")


def is_slug(text: str) -> bool:
    """Return whether a clinic can be called this."""
    return _SLUG.fullmatch(text) is not None and text not in RESERVED
