"""The numbers of a clinic's demand: read in one pass over a bounded period, by the index over clinic and time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage.models import REQUEST
from storage.notice_registers import REFUSED
from storage.scope import Door, through
from workflows.demand import Case, Demand, demand
from workflows.vocabulary import Refusal, State
from workflows.working_days import COPENHAGEN, local_day

LONGEST_PERIOD = timedelta(days=366)
_BY_CLINIC = ("clinic", "clinician")
_WAITING = {State.SUBMITTED.value, State.DELIVERED.value}
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_PLACE = (REFUSED.c.clinic_id, REFUSED.c.day, REFUSED.c.kind, REFUSED.c.layer, REFUSED.c.code)


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often one rule of one layer refused a kind."""

    kind: str
    layer: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Period:
    """Days in Copenhagen, both included."""

    first: date
    last: date

    def bounds(self) -> tuple[datetime, datetime]:
        """Return when it begins, and when the day after it does."""
        after = self.last + timedelta(days=1)
        return tuple(datetime.combine(day, time(), COPENHAGEN).astimezone(UTC) for day in (self.first, after))  # type: ignore[return-value]


def demand_of(connection: Connection, clinic: UUID, period: Period, now: datetime) -> Sequence[Demand]:
    """Return the numbers of what patients asked of a clinic in a period."""
    return demand(_cases(connection, clinic, period), now)


def refusals_of(connection: Connection, clinic: UUID, period: Period) -> Sequence[Refusals]:
    """Return who said no, and how often, the most frequent first."""
    count = sa.func.sum(REFUSED.c.count).label("total")
    query = (
        sa.select(REFUSED.c.kind, REFUSED.c.layer, REFUSED.c.code, count)
        .where(REFUSED.c.clinic_id == clinic, REFUSED.c.day.between(period.first, period.last))
        .group_by(REFUSED.c.kind, REFUSED.c.layer, REFUSED.c.code)
        .order_by(count.desc(), REFUSED.c.kind, REFUSED.c.code)
    )
    return [Refusals(row.kind, row.layer, row.code, int(row.total)) for row in connection.execute(query)]


def count_refused(connection: Connection, clinic: UUID, kind: str, refusal: Refusal, now: datetime) -> None:
    """Count a refusal of a new request, under the rule alone: whose it was is kept nowhere."""
    rule = refusal.rule
    with through(Door.IDENTITY):  # the count is the clinic's, and the caller a patient
        row = {"clinic_id": clinic, "day": local_day(now), "kind": kind}
        row |= {"layer": rule.layer.value, "code": rule.code, "count": 1}
        counted = _INSERT[connection.dialect.name](REFUSED).values(row)
        once_more = {"count": REFUSED.c.count + 1}
        connection.execute(counted.on_conflict_do_update(index_elements=list(_PLACE), set_=once_more))


def _cases(connection: Connection, clinic: UUID, period: Period) -> Iterator[Case]:
    begins, ends = period.bounds()
    query = sa.select(
        REQUEST.c.kind,
        REQUEST.c.person_id,
        REQUEST.c.id,
        REQUEST.c.state,
        REQUEST.c.created_at,
        REQUEST.c.delivered_at,
        REQUEST.c.answered_at,
        REQUEST.c.notified_at,
        REQUEST.c.promised_on,
    ).where(
        REQUEST.c.clinic_id == clinic,
        REQUEST.c.created_at >= begins,
        REQUEST.c.created_at < ends,
        REQUEST.c.initiator.not_in(_BY_CLINIC),
    )
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield Case(
            kind=row.kind,
            who=row.person_id or row.id,
            made=row.created_at,
            delivered=row.delivered_at,
            answered=row.answered_at,
            notified=row.notified_at,
            promised=row.promised_on,
            waiting=row.state in _WAITING,
        )
