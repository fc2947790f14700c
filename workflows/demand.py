"""What a clinic's patients asked for in a period, and how its promises were kept: numbers without anybody (NEW-25)."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from math import ceil

from workflows.promise import late_from
from workflows.working_days import COPENHAGEN

FEWEST = 5
"""Of fewer requests than these no time and no share is told: it would be about somebody."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request's times, in UTC; `who` tells the requests of one patient apart and is told to nobody.

    `waiting` is whether an answer is still awaited.
    """

    kind: str
    who: Hashable
    made: datetime
    delivered: datetime | None
    answered: datetime | None
    notified: datetime | None
    promised: date | None
    waiting: bool


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took, in seconds: the middle one, and what nine of ten stayed within."""

    median: int
    nine_of_ten: int


@dataclass(slots=True)
class Demand:
    """One kind's numbers. Hours and weekdays (Monday first) are Copenhagen's; shares are between 0 and 1."""

    kind: str
    volume: int = 0
    by_hour: list[int] = field(default_factory=lambda: [0] * 24)
    by_weekday: list[int] = field(default_factory=lambda: [0] * 7)
    by_month: Counter[str] = field(default_factory=Counter)
    to_deliver: Span | None = None
    to_answer: Span | None = None
    to_notify: Span | None = None
    kept: int = 0
    late: int = 0
    awaited: int = 0
    share_late: float | None = None
    share_asked_again: float | None = None


def demand(cases: Iterable[Case], now: datetime) -> list[Demand]:
    """Return the numbers of each kind, in the kinds' order by name."""
    kinds: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        kinds[case.kind].append(case)
    return [_of_kind(kind, kinds[kind], now) for kind in sorted(kinds)]


def _of_kind(kind: str, cases: Sequence[Case], now: datetime) -> Demand:
    told = Demand(kind, volume=len(cases))
    for case in cases:
        made = case.made.astimezone(COPENHAGEN)
        told.by_hour[made.hour] += 1
        told.by_weekday[made.weekday()] += 1
        told.by_month[f"{made:%Y-%m}"] += 1
        _judge(told, case, now)
    told.to_deliver = _span((case.made, case.delivered) for case in cases)
    told.to_answer = _span((case.made, case.answered) for case in cases)
    told.to_notify = _span((case.answered, case.notified) for case in cases)
    told.share_late = _share(told.late, told.kept + told.late)
    told.share_asked_again = _share(_asked_again(cases, now), len(cases))
    return told


def _judge(told: Demand, case: Case, now: datetime) -> None:
    """Count the promise as kept, broken, or not due yet; one that the patient took back was neither."""
    if case.promised is None or (case.answered is None and not case.waiting):
        return
    limit = late_from(case.promised)
    if case.answered is None and now < limit:
        told.awaited += 1
    elif (case.answered or now) < limit:
        told.kept += 1
    else:
        told.late += 1


def _asked_again(cases: Sequence[Case], now: datetime) -> int:
    """Return of how many requests the patient made another of the kind before this one was answered."""
    of_each: defaultdict[Hashable, list[Case]] = defaultdict(list)
    for case in cases:
        of_each[case.who].append(case)
    again = 0
    for theirs in of_each.values():
        for case, following in pairwise(sorted(theirs, key=lambda each: each.made)):
            until = case.answered or (now if case.waiting else case.made)
            again += following.made < until
    return again


def _span(between: Iterable[tuple[datetime | None, datetime | None]]) -> Span | None:
    lengths = sorted(
        int((end - start).total_seconds()) for start, end in between if start is not None and end is not None
    )
    if len(lengths) < FEWEST:
        return None
    return Span(lengths[(len(lengths) - 1) // 2], lengths[ceil(len(lengths) * 0.9) - 1])


def _share(part: int, whole: int) -> float | None:
    return None if whole < FEWEST else round(part / whole, 3)
