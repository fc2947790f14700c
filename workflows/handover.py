"""A request that hands the time it holds over to a request of another type."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handover:
    """Into whose hands a held time goes: a new request of this `kind` by its step `first`.

    Where the words that the request began with name a standing request that is given up for it, that one's step `swap`
    is taken instead, which opens the new one itself.
    """

    kind: str
    first: str
    swap: str
