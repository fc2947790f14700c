"""Callbacks to the portal: every event is posted until it is taken, in order per request."""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from winplc_mock import events
from winplc_mock.agenda import Agenda
from winplc_mock.books import Books
from winplc_mock.clinics import Clinic, clinic_named
from winplc_mock.events import Owed
from winplc_mock.faults import Fault, Faults
from winplc_mock.portal_client import Portal, PortalUnreachableError, Reply
from winplc_mock.refusals import RefusedError

PAUSES = (0.2, 1.0, 5.0, 30.0, 300.0)
GIVES_UP_AFTER = timedelta(hours=24)
LONGEST_PAUSE = 3600.0
TRY_AGAIN = {408, 425, 429}


@dataclass
class Lane:
    """The events of one request that wait, oldest first; at most one thread works on a lane, none while it rests."""

    waiting: deque[str] = field(default_factory=deque)
    busy: bool = False
    rests_until: float = 0.0
    was_late: str | None = None


class Callbacks:
    """The sender: wakes at once, retries with growing pauses, parks what the portal refuses for good."""

    def __init__(self, books: Books, portal: Portal, agenda: Agenda, faults: Faults) -> None:
        self._books = books
        self._portal = portal
        self._agenda = agenda
        self._faults = faults
        self._lanes: dict[str, Lane] = {}
        self._lock = Lock()

    def start(self) -> None:
        """Take up whatever was still owed when the process ended last, and listen for new events."""
        self._books.on_event(self.offer)
        with self._books.store.read() as db:
            unsent = events.in_state(db, "due")
        for event in unsent:
            self._queue(event.lane, event.id)

    def offer(self, identifier: str) -> None:
        """Send an event that was just written; a fault may put it out of order or drop it."""
        event, _ = self._look_up(identifier)
        fault = self._faults.meet(event.clinic, ("drop", "reorder"))
        if fault is None:
            self._queue(event.lane, identifier)
        elif fault.kind == "drop":
            with self._books.store.write() as db:
                events.note_state(db, identifier, "dropped", "by fault")
        else:
            # In a lane of its own it waits for nobody, and younger events of its request overtake it.
            self._agenda.later(fault.delay, partial(self._queue, identifier, identifier))

    def retry(self, identifier: str | None = None) -> int:
        """Try a parked or waiting event now, or every one of them; says how many."""
        with self._books.store.write() as db:
            chosen = [event for state in ("parked", "due") for event in events.in_state(db, state)]
            chosen = [event for event in chosen if identifier in {None, event.id}]
            for event in chosen:
                events.note_state(db, event.id, "due", "tried again by hand")
        for event in sorted(chosen, key=lambda event: event.seq):
            self._queue(event.lane, event.id, wake=True)
        return len(chosen)

    def replay(self, identifier: str, times: int, timestamp_offset: int = 0) -> list[Reply | PortalUnreachableError]:
        """Send an event ``times`` over, in parallel, signed at a shifted time; the books stay as they are."""
        event, clinic = self._look_up(identifier)
        send = partial(self._send, event, clinic, timestamp_offset)
        with ThreadPoolExecutor(max_workers=times) as together:
            return list(together.map(lambda _: send(), range(times)))

    def _queue(self, key: str, identifier: str, *, wake: bool = False) -> None:
        with self._lock:
            lane = self._lanes.setdefault(key, Lane())
            if wake:
                lane.rests_until = 0.0
            if identifier not in lane.waiting:
                lane.waiting.append(identifier)
        self._agenda.at_once(partial(self._work, key))

    def _work(self, key: str) -> None:
        lane = self._lanes.get(key)
        with self._lock:
            if lane is None or lane.busy or time.monotonic() < lane.rests_until:
                return
            lane.busy = True
        # The pause in force if sending itself breaks: the event stays owed and is tried again.
        pause = PAUSES[-1]
        try:
            pause = self._send_waiting(lane)
        finally:
            with self._lock:
                lane.busy = False
                if lane.waiting:
                    lane.rests_until = time.monotonic() + pause
                    self._agenda.later(pause, partial(self._work, key))
                else:
                    self._lanes.pop(key, None)

    def _send_waiting(self, lane: Lane) -> float:
        while lane.waiting:
            pause = self._attempt(lane, lane.waiting[0])
            if pause is not None:
                return pause
            with self._lock:
                lane.waiting.popleft()
        return 0.0

    def _attempt(self, lane: Lane, identifier: str) -> float | None:
        event, clinic = self._look_up(identifier)
        if event.state != "due":
            return None
        if event.attempts == 0 and lane.was_late != identifier and (late := self._faults.meet(clinic.slug, ("late",))):
            lane.was_late = identifier
            return late.delay
        duplicate = self._faults.meet(event.clinic, ("duplicate",)) if event.attempts == 0 else None
        reply = self._send_all(event, clinic, duplicate)
        state, pause, note = _judge(event, reply, self._books.clock())
        with self._books.store.write() as db:
            events.note_attempt(db, identifier, state, reply.status if isinstance(reply, Reply) else None, note)
            if state == "done" and event.request is None and isinstance(reply, Reply):
                events.note_own_request(db, event, reply.json().get("request"))
        return pause

    def _send_all(self, event: Owed, clinic: Clinic, duplicate: Fault | None) -> Reply | PortalUnreachableError:
        if duplicate is None:
            return self._send(event, clinic)
        replies = self.replay(event.id, duplicate.times)
        return next((reply for reply in replies if isinstance(reply, Reply)), replies[0])

    def _send(self, event: Owed, clinic: Clinic, timestamp_offset: int = 0) -> Reply | PortalUnreachableError:
        try:
            return self._portal.call(
                clinic, "POST", event.path, event.id, event.body, timestamp_offset=timestamp_offset
            )
        except PortalUnreachableError as failure:
            return failure

    def _look_up(self, identifier: str) -> tuple[Owed, Clinic]:
        with self._books.store.read() as db:
            event = events.owed(db, identifier)
            if event is None:
                raise RefusedError(404, "unknown_event")
            return event, clinic_named(db, event.clinic)


def _judge(event: Owed, reply: Reply | PortalUnreachableError, now: datetime) -> tuple[str, float | None, str]:
    """The state after a try, the pause before the next one (None: no next one), and a note for the desk."""
    if isinstance(reply, Reply):
        if 200 <= reply.status < 300:  # noqa: PLR2004 - HTTP's own classes
            return "done", None, str(reply.json().get("note", ""))
        if 300 <= reply.status < 500 and reply.status not in TRY_AGAIN:  # noqa: PLR2004 - as above
            return "parked", None, "refused: " + str(reply.json().get("code", reply.status))
    if now - datetime.fromisoformat(event.at) > GIVES_UP_AFTER:
        return "parked", None, "given up after 24 hours"
    pause = PAUSES[min(event.attempts, len(PAUSES) - 1)]
    if isinstance(reply, PortalUnreachableError):
        return "due", pause, reply.code
    return "due", max(pause, _retry_after(reply)), f"status {reply.status}"


def _retry_after(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "")
    return min(float(text), LONGEST_PAUSE) if text.isascii() and text.isdecimal() else 0.0
