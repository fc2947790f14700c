"""Faults on demand: what an honest stranger may suffer, switched on from outside."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count
from random import Random
from threading import Lock
from typing import Annotated, Literal, get_args

from pydantic import Field

from winplc_mock.shapes import Key, Shape

BeforeKind = Literal["down", "busy", "close", "tls_alert", "slow", "error_rate", "unknown_patient"]
AfterKind = Literal["reply_lost", "reply_late", "half_body"]
CallbackKind = Literal["duplicate", "reorder", "late", "drop"]
BEFORE: tuple[str, ...] = get_args(BeforeKind)
AFTER: tuple[str, ...] = get_args(AfterKind)


class Fault(Shape):
    """One fault: where (None: every clinic), what, how often, for how long.

    ``rate`` is the chance per call, ``seconds`` how long the fault lasts, ``count`` how many calls meet it
    (a counted fault spares the feed, which is read all the time), ``delay`` seconds for the slow and late
    kinds, ``times`` the copies of a duplicate, ``retry_after`` the seconds that ``down`` (503)
    and ``busy`` (429) ask for.
    """

    clinic: Key | None = None
    kind: BeforeKind | AfterKind | CallbackKind
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    seconds: Annotated[float, Field(gt=0)] | None = None
    count: Annotated[int, Field(gt=0)] | None = None
    delay: Annotated[float, Field(ge=0)] = 1.0
    times: Annotated[int, Field(ge=2, le=100)] = 2
    retry_after: Annotated[int, Field(ge=0)] = 1


@dataclass
class Standing:
    """A fault in force: until when (monotonic seconds) and how many more calls meet it."""

    number: int
    fault: Fault
    ends: float | None
    left: int | None


class Faults:
    """The faults in force; ``chance`` is seeded so that a run can be had again."""

    def __init__(self, chance: Random | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._chance = chance or Random(0)  # noqa: S311 - repeatable on purpose, guards nothing
        self._monotonic = monotonic
        self._standing: list[Standing] = []
        self._number = count(1)
        self._lock = Lock()

    def add(self, fault: Fault) -> int:
        """Put a fault in force; gives its number."""
        ends = None if fault.seconds is None else self._monotonic() + fault.seconds
        with self._lock:
            standing = Standing(next(self._number), fault, ends, fault.count)
            self._standing.append(standing)
            return standing.number

    def clear(self) -> None:
        """End every fault."""
        with self._lock:
            self._standing.clear()

    def listed(self) -> list[Standing]:
        """The faults in force."""
        with self._lock:
            self._forget_ended()
            return list(self._standing)

    def meet(self, clinic: str, kinds: Collection[str], *, counted: bool = True) -> Fault | None:
        """The fault of these kinds that this call meets, if any; spends one of its count."""
        with self._lock:
            self._forget_ended()
            for standing in self._standing:
                if self._hits(standing, clinic, kinds, counted=counted):
                    if standing.left is not None:
                        standing.left -= 1
                    return standing.fault
        return None

    def _hits(self, standing: Standing, clinic: str, kinds: Collection[str], *, counted: bool) -> bool:
        fault = standing.fault
        fits = fault.kind in kinds and fault.clinic in {None, clinic} and (counted or standing.left is None)
        # The die is thrown only for calls that may meet the fault, so a seed gives the same run again.
        return fits and (fault.rate >= 1 or self._chance.random() < fault.rate)

    def _forget_ended(self) -> None:
        now = self._monotonic()
        self._standing = [
            standing
            for standing in self._standing
            if (standing.ends is None or standing.ends > now) and standing.left != 0
        ]
