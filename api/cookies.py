"""The cookies in which a browser keeps a log-in: for this host alone, and out of reach of scripts."""

from datetime import UTC, datetime

import falcon

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def set_cookie(resp: falcon.Response, name: str, token: str) -> None:
    """Have the browser keep a token until it is closed."""
    _set(resp, name, token, None)


def drop_cookie(resp: falcon.Response, name: str) -> None:
    """Have the browser forget what it kept."""
    _set(resp, name, "", _LONG_AGO)


def _set(resp: falcon.Response, name: str, value: str, expires: datetime | None) -> None:
    resp.set_cookie(name, value, expires=expires, path="/", secure=True, http_only=True, same_site="Lax")
