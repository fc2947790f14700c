"""The line in which patients wait for a time: who stands in it, and whether a time would be of use to anybody in it.

A time that comes free is kept for the line, by a hold of the line's own, until it has been offered or nobody in line
can use it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.calendar_registers import SLOT, SLOT_HOLD
from storage.scope import counting
from storage.slot_holds import Holder, claim_each
from storage.standing import Standing
from storage.timers import Timer, set_timer, set_timers
from storage.visit_registers import TIMER, WAITING_ENTRY
from workflows.content import Content
from workflows.quiet_hours import at_local
from workflows.vocabulary import Now
from workflows.waiting_words import WHOLE_DAY, Join, part_of_day
from workflows.working_days import COPENHAGEN

OFFER_TIME, LAPSE, RUN_OUT = "offer_time", "lapse", "run_out"
"""What timers say about the line: a time has come free, an offer has run out, the days that are waited for are over."""

LINE = b"\x01" * 32
"""What stands for those in line among the holders of times: the line as a whole, and nobody in it."""

FOR_THE_LINE = UUID(int=1)
"""What stands in the place of a request with such a hold."""


@dataclass(frozen=True, slots=True)
class OpenTime:
    """A time that somebody in line may want; times in UTC."""

    clinic: UUID
    key: str
    practitioner: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    released_at: datetime | None

    @property
    def day(self) -> date:
        """The date in Denmark."""
        return self.starts_at.astimezone(COPENHAGEN).date()

    def wanted(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Return the conditions on `WAITING_ENTRY` of those in line who could use this time."""
        entry = WAITING_ENTRY.c
        return (
            entry.clinic_id == self.clinic,
            entry.reason == self.reason,
            entry.in_line,
            sa.or_(entry.practitioner.is_(None), entry.practitioner == self.practitioner),
            entry.first_day <= self.day,
            entry.last_day >= self.day,
            entry[part_of_day(self.starts_at.astimezone(COPENHAGEN))],
        )

    def is_wanted(self, wish: sa.Row[Any]) -> bool:
        """Return whether whoever wishes this could use the time: as `wanted`, for a row that has been read."""
        suits = wish.reason == self.reason and wish.practitioner in {None, self.practitioner}
        part = part_of_day(self.starts_at.astimezone(COPENHAGEN))
        return suits and wish.first_day <= self.day <= wish.last_day and bool(getattr(wish, part))


def coming_time(connection: Connection, clinic: UUID, key: str, now: datetime) -> OpenTime | None:
    """Return a time of the calendar that is offered and still to come."""
    return next(_coming(connection, clinic, (key,), now), None)


def _coming(connection: Connection, clinic: UUID, keys: Sequence[str], now: datetime) -> Iterator[OpenTime]:
    """Yield which of these times are offered and still to come, in the order of their keys."""
    query = (
        sa.select(SLOT)
        .where(SLOT.c.clinic_id == clinic, SLOT.c.key.in_(keys), SLOT.c.is_current, SLOT.c.offered, ~SLOT.c.removed)
        .where(SLOT.c.starts_at > now)
        .order_by(SLOT.c.key)
    )
    for row in connection.execute(query):
        yield OpenTime(clinic, row.key, row.practitioner, row.reason, row.starts_at, row.ends_at, row.released_at)


def anyone_waits(connection: Connection, time: OpenTime, but_for: UUID | None = None) -> bool:
    """Return whether somebody in line could use the time, other than this person: who it is, is nobody's to see."""
    with counting():
        all_of_them = connection.execute(_how_many(*time.wanted())).scalar_one()
    if not all_of_them or but_for is None:
        return bool(all_of_them)
    mine = connection.execute(_how_many(*time.wanted(), WAITING_ENTRY.c.person_id == but_for)).scalar_one()
    return bool(all_of_them > mine)


def keep_for_line(connection: Connection, clinic: UUID, keys: Sequence[str], now: datetime) -> None:
    """Keep each time that has come free for the line, if anybody in it could use the time and nobody else holds it.

    A whole calendar costs no more statements than one time: the line's wishes are read once.
    """
    wishes = _wishes(connection, clinic) if keys else ()
    if not wishes:
        return
    wanted = {each.key: each for each in _coming(connection, clinic, keys, now) if any(map(each.is_wanted, wishes))}
    until = {key: time.starts_at for key, time in wanted.items()}
    kept = claim_each(connection, clinic, until, Holder(LINE, now, FOR_THE_LINE))
    begins = {key: max(now, wanted[key].released_at or now) for key in sorted(kept)}
    set_timers(connection, [Timer(OFFER_TIME, clinic, key, due) for key, due in begins.items()])


def _wishes(connection: Connection, clinic: UUID) -> Sequence[sa.Row[Any]]:
    """Return what those in line at the clinic wish, each wish once and without whose it is."""
    entry = WAITING_ENTRY.c
    wish = (entry.reason, entry.practitioner, entry.first_day, entry.last_day, *(entry[part] for part in WHOLE_DAY))
    with counting():
        return connection.execute(sa.select(*wish).where(entry.clinic_id == clinic, entry.in_line).distinct()).all()


def let_line_go(connection: Connection, clinic: UUID, key: str) -> None:
    """Keep a time for the line no longer."""
    kept = (SLOT_HOLD.c.clinic_id == clinic, SLOT_HOLD.c.slot == key, SLOT_HOLD.c.holder == LINE)
    connection.execute(sa.delete(SLOT_HOLD).where(*kept))


def stand_in_line(connection: Connection, deed: Now, standing: Standing, content: Content, now: datetime) -> None:
    """Do a deed that concerns the line: join it, come back to one's place, step aside with an offer, or leave it."""
    mine = WAITING_ENTRY.c.request_id == standing.id
    if deed is Now.LEAVE_LINE:
        connection.execute(sa.delete(WAITING_ENTRY).where(mine))
    elif isinstance(content, Join):
        _join(connection, standing, content, now)
    else:
        connection.execute(sa.update(WAITING_ENTRY).where(mine).values(in_line=deed is Now.JOIN_LINE))


def _join(connection: Connection, standing: Standing, content: Join, now: datetime) -> None:
    connection.execute(
        sa.insert(WAITING_ENTRY).values(
            request_id=standing.id,
            clinic_id=standing.clinic.id,
            person_id=standing.person,
            reason=content.reason,
            practitioner=content.practitioner,
            first_day=content.first_day,
            last_day=content.last_day,
            since=now,
            in_line=True,
            **{part: part in content.parts_of_day for part in WHOLE_DAY},
        ),
    )
    over = at_local(content.last_day + timedelta(days=1), time())
    set_timer(connection, Timer(RUN_OUT, standing.clinic.id, str(standing.id), over))


def offer_until(connection: Connection, standing: Standing) -> datetime | None:
    """Return until when the time that is offered to a request in line is held for it."""
    mine = (TIMER.c.what == LAPSE, TIMER.c.clinic_id == standing.clinic.id, TIMER.c.subject == str(standing.id))
    until: datetime | None = connection.execute(sa.select(TIMER.c.due_at).where(*mine)).scalar_one_or_none()
    return until


def _how_many(*where: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.count(WAITING_ENTRY.c.clinic_id)).where(*where)
