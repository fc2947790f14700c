"""Identifiers: UUIDs of version 7 (RFC 9562), so that ids sort by time. Injectable, like the clock."""

import os
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

NewId = Callable[[], UUID]
"""Gives a new identifier."""

_VERSION, _VARIANT = 0x7, 0b10


def uuid7_maker(clock: Callable[[], datetime]) -> NewId:
    """Return a maker of version-7 UUIDs that takes its milliseconds from the clock."""

    def new_id() -> UUID:
        milliseconds = int(clock().timestamp() * 1000) & (2**48 - 1)
        randomness = int.from_bytes(os.urandom(10), "big")
        high, low = randomness >> 68, randomness & (2**62 - 1)
        return UUID(int=milliseconds << 80 | _VERSION << 76 | (high & 0xFFF) << 64 | _VARIANT << 62 | low)

    return new_id
