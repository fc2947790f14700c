"""Patients who wait for times: joining, being offered a time, answering; and times that come free for them."""

import shutil
from contextlib import contextmanager
from datetime import date, timedelta
from tempfile import TemporaryDirectory

from storage.database import Database
from storage.models import REQUEST
from storage.slot_offers import SlotOffers
from storage.timekeeping import Timers
from storage.versions import put
from storage.visit_registers import TIMER, WAITING_OFFER
from tests.builders import PATIENT, House, SettableClock, counted_ids
from tests.furnishing import settle_in
from tests.people import ALICE, NAMESAKE
from workflows.booking import Wish
from workflows.clinic_settings import PractitionerSettings
from workflows.vocabulary import Refusal
from workflows.waiting_words import Join

DAYS = {"first_day": date(2026, 11, 23), "last_day": date(2026, 11, 30)}


class WaitingRoom:
    """A house in which people wait."""

    def __init__(self, house):
        self.house = house
        house.settings(services=dict.fromkeys(("e_kons", "renewal", "booking", "waiting"), "on"))
        self._known = set()
        olsen = PractitionerSettings(name="Olsen", services={"booking": True})
        with house.database.writing() as connection:
            at = {"clinic": house.clinics["nygade"].clinic, "by": "s1", "at": house.clock()}
            put(connection, topic="practitioner", key="olsen", decided=olsen, **at)
        self.timers = Timers(house.database, SlotOffers(house.ledger).acts())

    @classmethod
    @contextmanager
    def fresh(cls, template, keyring, passwords):
        """Give an empty room over a database of its own."""
        with TemporaryDirectory() as folder:
            path, clock = shutil.copy(template, folder), SettableClock()
            database = Database(f"sqlite:///{path}", clock)
            yield cls(settle_in(House.of(database, keyring, clock, counted_ids()), passwords))
            database.close()

    def step(self, act, what, line, refused):
        """Let one thing happen, and keep the books of who stands in line and who has been offered which time."""
        before = self.offered()
        if act == "joins":
            line.append(self.joins(what))
        elif act == "frees" and f"slot-{what}" not in {row.slot for row in self.holders()}:
            if not self.house.rows(TIMER, TIMER.c.what == "offer_time", TIMER.c.subject == f"slot-{what}"):
                self.frees(f"slot-{what}", NAMESAKE)
        elif act == "passes":
            self.house.clock.now += timedelta(hours=what)
        elif act in {"accepts", "declines", "withdraws"} and what < len(line):
            self.answer(act, line[what], line)
        self.looks()
        self.looks()
        refused |= {(request, slot) for request, slot in before.items() if self.offered().get(request) != slot}

    def answer(self, act, request, line):
        slot = self.offered().get(request)
        if act == "withdraws":
            self.house.advance(request, "withdraw", actor=PATIENT)
            line.remove(request)
        elif slot and act == "declines":
            self.declines(request)
        elif slot and not isinstance(self.accepts(request, slot), Refusal):
            line.remove(request)

    def person(self, request):
        return self.house.request(request).person_id

    def new_offers(self):
        """Return (request, slot) of the offers made since this was last asked."""
        made = {(row.request_id, row.slot) for row in self.house.rows(WAITING_OFFER)}
        new, self._known = made - self._known, made
        return new

    @staticmethod
    def wish(slot):
        return Wish(slot=slot, reason="consultation")

    def joins(self, who=ALICE, **wish):
        wish = {"reason": "consultation", **DAYS} | wish
        return self.house.delivered(self.house.submit("waiting", Join(**wish), who=who).request)

    def books(self, slot, who):
        """Let somebody have a confirmed booking of which they know."""
        booking = self.house.delivered(self.house.booking(slot, who=who))
        self.house.say(booking, "confirm", message_id=f"M-{booking.int}")
        return self.house.notified(booking)

    def frees(self, slot, who):
        """Let somebody have the time and cancel it."""
        booking = self.house.booking(slot, who=who)
        self.house.advance(booking, "cancel", actor=PATIENT)

    def looks(self):
        """Let a worker look at the clock."""
        self.timers.one_round()

    def accepts(self, request, slot="slot-1"):
        return self.house.advance(request, "accept", self.wish(slot), PATIENT)

    def declines(self, request):
        return self.house.advance(request, "decline", actor=PATIENT)

    def offered(self):
        """Return who has which time in hand."""
        return {row.id: row.slot for row in self.holders() if row.kind == "waiting"}

    def holders(self):
        return self.house.rows(REQUEST, REQUEST.c.slot_held)

    def passes(self, **time):
        self.house.clock.now += timedelta(**time)
        self.looks()
