"""Pages of a list by key-set: the cursor holds the last row's sort key, signed, so that nobody can make one up."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api.inputs import Fault, InvalidQueryError

Item = TypeVar("Item")
_MAC_BYTES = 16
_LONGEST = 512


class Paging(BaseModel):
    """The query parameters of a list; a list with filters extends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: Annotated[
        str | None,
        Field(
            description="`next_cursor` of the page before; left out for the first page",
            min_length=1,
            max_length=_LONGEST,
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Most items on the page")] = 20


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...]
    next_cursor: str | None = None


class Cursors:
    """Makes and reads cursors with one secret key.

    `scope` names the list and everything that selects its rows (caller, clinic, filters): a cursor of one list is
    worth nothing in another.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, position: Sequence[str | int], scope: str) -> str:
        """Return the cursor that continues after this sort key."""
        text = json.dumps(list(position), separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(self._mac(text, scope) + text).decode().rstrip("=")

    def read(self, cursor: str, scope: str) -> tuple[str | int, ...]:
        """Return the sort key that the cursor holds.

        Raises:
            InvalidQueryError: it was not made here, or for another list; names the field `cursor`.
        """
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _bad_cursor() from None
        mac, text = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(text, scope)):
            raise _bad_cursor()
        return tuple(json.loads(text))

    def _mac(self, text: bytes, scope: str) -> bytes:
        name = scope.encode()
        return hmac.digest(self._key, len(name).to_bytes(4, "big") + name + text, "sha256")[:_MAC_BYTES]


def _bad_cursor() -> InvalidQueryError:
    return InvalidQueryError((Fault("cursor", "bad_cursor"),))
