"""A house to tell stories in: two clinics, their patients, and the product's own doors into the memory.

Requests reach a state only by legal steps, never by writing it.
"""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from evidence.chain import Row, first_flaw
from identity.subject import Staff
from storage.clinic_words import ClinicWords
from storage.database import Database
from storage.history import SYSTEM, Actor, Cause
from storage.ledger import Ledger, Said
from storage.models import HISTORY, OUTBOX, REQUEST
from storage.outbox import Outbox
from storage.registers import LOG_IN_ATTEMPT
from storage.submissions import Asked, Submissions
from storage.versions import put
from storage.words import Word
from tests.furnishing import clinic_settings
from tests.people import ALICE
from workflows import booking, e_kons, recovery, renewal
from workflows.catalogue import CATALOGUE
from workflows.content import Nothing
from workflows.delivery import Handover, Receipt
from workflows.vocabulary import Role

NINE_O_CLOCK = datetime(2026, 11, 23, 9, tzinfo=UTC)
PATIENCE = 60.0  # seconds
ANNE = Staff("s1", "Anne Hansen", "doctor")
PATIENT = Actor(Role.PATIENT, "patient", auth="password+code", purpose="patient-request")
ANYONE = Actor(Role.ANYONE, "anyone", purpose="patient-request")
OPERATOR = Actor(Role.OPERATOR, "operator", id="operator", purpose="operation")


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now=NINE_O_CLOCK):
        self.now = now

    def __call__(self):
        return self.now

    def tick(self, seconds):
        self.now += timedelta(seconds=seconds)


def counted_ids():
    """Return a maker of identifiers that sort in the order they were made, the same in every run."""
    numbers = itertools.count(1)
    return lambda: UUID(int=next(numbers))


def call_at_once(calls):
    """Call each in a thread of its own, all let go at the same moment; return what they gave, in order."""
    gate = threading.Barrier(len(calls))

    def through(call):
        gate.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(PATIENCE) for future in [threads.submit(through, call) for call in calls]]


_OPENED = {}


def opened(url, clock, role=None):
    """Return the run's one Database of an address and a role: what SQLAlchemy compiles, it keeps with the engine."""
    database = _OPENED.get((url, role)) or Database(url, clock, role=role)
    _OPENED[url, role] = database
    database.clock = clock
    return database


def database_as(database, role):
    """Return the way to the same memory for a process of this role; SQLite has no roles."""
    return database if database.is_sqlite else opened(database.url, database.clock, role)


def close_all():
    """Close every connection; the databases themselves are kept for the next test."""
    for database in _OPENED.values():
        database.close()


@dataclass
class House:
    """The product's memory with its doors; `clinics` by slug, `people` (internal ids) by persona."""

    database: object
    keyring: object
    clock: SettableClock
    new_id: object
    ledger: Ledger
    submissions: Submissions
    words: ClinicWords
    worker: Outbox
    clinics: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)

    @classmethod
    def of(cls, database, keyring, clock, new_id):
        ledger = Ledger(catalogue=CATALOGUE, keyring=keyring, clock=clock, new_id=new_id, log="tests")
        submissions = Submissions(database, ledger, new_id)
        words = ClinicWords(database, ledger, new_id)
        worker = Outbox(database, new_id(), timedelta(seconds=30))
        return cls(database, keyring, clock, new_id, ledger, submissions, words, worker)

    def asked(self, kind, content, *, who=ALICE, clinic="nygade", key=None, thread=None, fingerprint=b"f" * 32):
        person = self.people.get(who)
        key = key or f"key-{self.new_id()}"
        principal = f"person:{person}"
        return Asked(clinic, kind, person, content, thread, "portal", principal, key, fingerprint)

    def submit(self, kind, content, **particulars):
        """Submit as the persona does; return what the door answers."""
        asked = self.asked(kind, content, **particulars)
        actor = ANYONE if kind == "recovery" else PATIENT
        return self.submissions.submit(asked, actor, Cause("key", asked.key))

    def e_kons(self, text="I have a question.", files=(), **particulars):
        return self.submit("e_kons", e_kons.Message(text=text, files=files), **particulars).request

    def renewal(self, *medicines, **particulars):
        return self.submit("renewal", renewal.Wish(medicines=medicines or ("panodil",)), **particulars).request

    def booking(self, slot="slot-1", **particulars):
        return self.submit("booking", booking.Wish(slot=slot, reason="consultation"), **particulars).request

    def recovery(self, who=ALICE, clinic="nygade"):
        claim = recovery.Claim(cpr=who.digits, email=who.email)
        return self.submit("recovery", claim, who=None, clinic=clinic).request

    def advance(self, request, trigger, content=None, actor=SYSTEM, **said):
        """Pull a trigger in a transaction of its own; return what the ledger answers."""
        with self.database.writing() as connection:
            words = Said(content or Nothing(), **said)
            return self.ledger.advance(connection, request, trigger, words, actor, Cause("test", trigger))

    def owed(self, request, destination="winplc"):
        """Return the outbox row that is next in line for the request."""
        rows = self.rows(OUTBOX, OUTBOX.c.request_id == request, OUTBOX.c.destination == destination)
        return min((row for row in rows if row.state == "due"), key=lambda row: (row.n, row.id))

    def claimed(self, row):
        """Claim the row as the worker of this house does; return the work."""
        work, _ = self.worker.claim(row, lambda _connection, _work: None)
        return work

    def carry_out(self, request, trigger, content, destination="winplc", **said):
        """Work the row that is next in line: claim it, record what it led to, settle it."""
        work = self.claimed(self.owed(request, destination).id)
        words = Said(content, **said)
        with self.database.writing() as connection:
            self.ledger.advance(connection, request, trigger, words, SYSTEM, Cause("outbox", str(work.id)))
            assert self.worker.settle(connection, work, "sent")

    def delivered(self, request):
        """Take the request to the clinic and return it."""
        self.carry_out(request, "delivered", Receipt(reference="W-000001", journal_copy="J-000001"))
        return request

    def notified(self, request):
        """Send the letter that tells of the answer and return the request."""
        self.carry_out(request, "notified", Handover(), destination="mail")
        return request

    def word(self, request, trigger, message=None, **content):
        return Word(message or f"evt-{self.new_id()}", request, trigger, ANNE, content)

    def say(self, request, trigger, message=None, clinic="nygade", **content):
        """Say a word as the clinic's system does; return what the door answers."""
        return self.words.take(self.clinics[clinic], self.word(request, trigger, message, **content))

    def answer(self, request, number=1, **particulars):
        return self.say(request, "answer", message_id=f"M-{number:06}", text=f"Answer {number}.", **particulars)

    def rows(self, table, *where):
        """Return the table's rows that fit."""
        with self.database.reading() as connection:
            return connection.execute(sa.select(table).where(*where)).all()

    def request(self, request):
        return self.rows(REQUEST, REQUEST.c.id == request)[0]

    def state(self, request):
        return self.request(request).state

    def history(self, request):
        """Return the request's history, once its chain has been found whole and its head the request's own."""
        rows = sorted(self.rows(HISTORY, HISTORY.c.request_id == request), key=lambda row: row.n)
        assert first_flaw(Row(row.n, row.body, row.prev, row.hash) for row in rows) is None
        now = self.request(request)
        assert (now.version, now.head, now.state) == (rows[-1].n, rows[-1].hash, rows[-1].to_state)
        return rows

    def walked(self, request):
        """Return the triggers of the history, in order."""
        return [row.trigger for row in self.history(request)]

    def outbox(self, request):
        """Return (effect, letter) of everything owed or done for the request, in order."""
        rows = sorted(self.rows(OUTBOX, OUTBOX.c.request_id == request), key=lambda row: (row.n, row.id))
        return [(row.effect, row.letter) for row in rows]

    def to_be_mailed(self, letter):
        """Return the rows of a letter that somebody gets: a log-in owes one whoever begins it."""
        codes = {row.id for row in self.rows(LOG_IN_ATTEMPT) if row.mailed}
        rows = self.rows(OUTBOX, OUTBOX.c.letter == letter)
        return [row for row in rows if letter != "login_code" or row.subject_id in codes]

    def settings(self, slug="nygade", **changes):
        """Put a clinic's settings in force, changed as said."""
        with self.database.writing() as connection:
            return put(
                connection,
                clinic=self.clinics[slug].clinic,
                topic="settings",
                decided=clinic_settings(slug, **changes),
                by="s1",
                at=self.clock(),
            )
