"""Times that have come free go to whoever has waited longest: offered, lapsed, passed on to the next in line."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import NotFoundError
from storage.clinics import find_clinic_by_id
from storage.history import SYSTEM, Cause, instant
from storage.ledger import Ledger, Said
from storage.models import REQUEST
from storage.registers import MEMBERSHIP
from storage.standing import Standing, lock
from storage.timers import Act, Timer, set_timer, stands
from storage.visit_registers import WAITING_ENTRY, WAITING_OFFER
from storage.waiting_line import LAPSE, OFFER_TIME, RUN_OUT, OpenTime, coming_time, let_line_go
from workflows.appointments import booking_window
from workflows.quiet_hours import after_quiet
from workflows.vocabulary import NotApplicableError, Refusal, State
from workflows.waiting_words import Offered

SHORTEST_OFFER = timedelta(minutes=15)
LOOK_AGAIN = timedelta(hours=1)
MOST_ASKED = 20


class SlotOffers:
    """The acts of the line's timers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def acts(self) -> Mapping[str, Act]:
        """Return what is done, by what is due."""
        return {OFFER_TIME: self._offer, LAPSE: self._lapse, RUN_OUT: self._run_out}

    def _offer(self, connection: Connection, timer: Timer, now: datetime) -> datetime | None:
        """Offer a time that has come free to the first in line; in quiet hours it is kept until the morning."""
        time = coming_time(connection, timer.clinic, timer.subject, now)
        line = () if time is None or _taken(connection, time) else _line(connection, time)
        begins = after_quiet(now)
        if time is not None and line:
            until = self._until(connection, time, begins)
            if until - begins >= SHORTEST_OFFER and begins > now:
                return begins
            if until - begins >= SHORTEST_OFFER:
                self._to_first(connection, line, time, until, timer)
        let_line_go(connection, timer.clinic, timer.subject)
        return None

    def _until(self, connection: Connection, time: OpenTime, begins: datetime) -> datetime:
        """Return how long a time is held: as the clinic has it, and never longer than it can still be booked."""
        _, settings = find_clinic_by_id(connection, time.clinic)
        last = time.starts_at - timedelta(minutes=settings.earliest_booking_minutes)
        until = min(begins + timedelta(minutes=settings.offer_minutes), last)
        earliest, latest = booking_window(settings, until)
        return until if earliest <= time.starts_at < latest else begins

    def _to_first(
        self, connection: Connection, line: Sequence[UUID], time: OpenTime, until: datetime, timer: Timer
    ) -> None:
        let_line_go(connection, timer.clinic, timer.subject)
        for request in line:
            if self._offered(connection, request, time, until, timer):
                return

    def _offered(self, connection: Connection, request: UUID, time: OpenTime, until: datetime, timer: Timer) -> bool:
        """Offer the time to one in line; False where they have left it meanwhile or have another offer in hand."""
        standing = self._locked(connection, request)
        words = Offered(
            slot=time.key,
            reason=time.reason,
            practitioner=time.practitioner,
            starts_at=time.starts_at,
            ends_at=time.ends_at,
            until=until,
        )
        if standing is None or not self._pulled(connection, standing, OFFER_TIME, timer, Said(words)):
            return False
        made = {"request_id": request, "slot": time.key, "starts_at": time.starts_at, "at": self._ledger.clock()}
        connection.execute(sa.insert(WAITING_OFFER).values(made))
        set_timer(connection, Timer(LAPSE, timer.clinic, str(request), until))
        return True

    def _lapse(self, connection: Connection, timer: Timer, _now: datetime) -> datetime | None:
        """Take back an offer that was not answered in time; its place in line stays."""
        standing = self._locked(connection, timer.request)
        if standing is not None and stands(connection, timer):
            self._pulled(connection, standing, LAPSE, timer, Said())
        return None

    def _run_out(self, connection: Connection, timer: Timer, now: datetime) -> datetime | None:
        """End a wait whose days are over; an offer that stands is answered or lapses first."""
        standing = self._locked(connection, timer.request)
        if standing is None or self._pulled(connection, standing, RUN_OUT, timer, Said()):
            return None
        ended = standing.state in self._ledger.catalogue[standing.kind].ends()
        return None if ended else now + LOOK_AGAIN

    def _locked(self, connection: Connection, request: UUID) -> Standing | None:
        try:
            return lock(connection, self._ledger.keyring, request)
        except NotFoundError:  # it has been erased
            return None

    def _pulled(self, connection: Connection, standing: Standing, trigger: str, timer: Timer, said: Said) -> bool:
        cause = Cause("timer", instant(timer.due_at))
        try:
            outcome = self._ledger.advance_locked(connection, standing, trigger, said, SYSTEM, cause)
        except NotApplicableError:
            return False
        return not isinstance(outcome, Refusal)


def _line(connection: Connection, time: OpenTime) -> Sequence[UUID]:
    """Return who could use the time and never had or was offered it before, the longest-waiting first."""
    patient = sa.and_(
        MEMBERSHIP.c.person_id == WAITING_ENTRY.c.person_id,
        MEMBERSHIP.c.clinic_id == WAITING_ENTRY.c.clinic_id,
        MEMBERSHIP.c.until.is_(None),
    )
    query = (
        sa.select(WAITING_ENTRY.c.request_id)
        .join(REQUEST, REQUEST.c.id == WAITING_ENTRY.c.request_id)
        .join(MEMBERSHIP, patient)
        .where(*time.wanted(), REQUEST.c.state == State.DELIVERED.value, ~_offered_before(time), ~_had_before(time))
        .order_by(WAITING_ENTRY.c.since, WAITING_ENTRY.c.request_id)
        .limit(MOST_ASKED)
    )
    return connection.execute(query).scalars().all()


def _offered_before(time: OpenTime) -> sa.Exists:
    same = (WAITING_OFFER.c.slot == time.key, WAITING_OFFER.c.starts_at == time.starts_at)
    offered = sa.select(WAITING_OFFER.c.slot).where(WAITING_OFFER.c.request_id == WAITING_ENTRY.c.request_id, *same)
    return offered.exists()


def _had_before(time: OpenTime) -> sa.Exists:
    had = sa.alias(REQUEST)
    same = (had.c.clinic_id == time.clinic, had.c.slot == time.key, had.c.slot_start == time.starts_at)
    return sa.select(had.c.id).where(had.c.person_id == WAITING_ENTRY.c.person_id, *same).exists()


def _taken(connection: Connection, time: OpenTime) -> bool:
    taken = sa.select(REQUEST.c.id).where(
        REQUEST.c.clinic_id == time.clinic, REQUEST.c.slot == time.key, REQUEST.c.slot_held
    )
    return connection.execute(taken).first() is not None
