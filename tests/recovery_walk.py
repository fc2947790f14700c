"""A recovery walked as in life: asked at the door, checked and mailed by the workers, used by the mail's own link."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy

from notifications.transport import MemoryTransport
from storage.models import REQUEST
from storage.parcels import Parcels
from tests.people import ALICE
from workers.crew import Crew
from workers.deliver import Deliver
from workers.leases import Leases
from workers.notify import Notify, Sender
from workers.patience import WAITS, Patience
from workers.winplc import Checked, Filed
from workflows.catalogue import CATALOGUE

PORTAL = "https://portal.example"
NEW = "Bakke-2027"


@dataclass
class Card:
    """A clinic's system that knows every number it is asked about, as said here."""

    patient: bool = True
    no_mitid: bool = True
    email_matches: bool = True
    asked: list = field(default_factory=list)

    def check(self, _message, claim):
        self.asked.append(claim)
        known = {"patient": self.patient, "no_mitid": self.no_mitid, "email_matches": self.email_matches}
        return Checked(reference="W-000001", **known)

    def file(self, _message, _parcel):
        return Filed(reference="W-000002")


class RecoveryWalk:
    """The doors, with workers that do what is owed when told to."""

    def __init__(self, doors):
        self.doors, self.house = doors, doors.house
        self.card, self.mail = Card(), MemoryTransport()
        crew = Crew(
            database=self.house.database,
            ledger=self.house.ledger,
            outbox=self.house.worker,
            parcels=Parcels(self.house.keyring, CATALOGUE, self.house.clock),
            leases=Leases(self.house.worker, timedelta(seconds=30)),
            patience=Patience(lambda: 1.0, WAITS),
        )
        self._acts = {
            "winplc": Deliver(crew, self.card),
            "mail": Notify(crew, self.mail, Sender("post@portal.example", PORTAL)),
        }

    def ask(self, who=ALICE, clinic="nygade", email=None, key=None, **headers):
        body = {"cpr": who.digits, "email": email or who.email}
        key = key or f"a-key-of-a-recovery-{self.house.new_id()}"
        return self.doors.post(f"/v1/clinics/{clinic}/recoveries", body, None, Idempotency_Key=key, **headers)

    def work(self):
        """Do everything that is owed, and what comes of it."""
        while rows := self.house.worker.offer():
            for row, destination in rows:
                self._acts[destination](row)

    def recoveries(self):
        """Return the recoveries, in the order in which they were asked."""
        rows = self.house.rows(REQUEST, REQUEST.c.kind == "recovery")
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    def letters(self, address=ALICE.email):
        """Return the texts of the mails to an address, in order."""
        return [words(mail) for mail in self.mail.mails if mail.recipient == address]

    def links(self, who=ALICE):
        """Return how many links to a new password have been mailed to a persona."""
        return sum(f"{PORTAL}/nygade/recovery#" in letter for letter in self.letters(who.email))

    def link(self, who=ALICE, **particulars):
        """Ask, let the workers work, and return the token of the mail that came."""
        self.ask(who, **particulars)
        self.work()
        return token(self.letters(who.email)[-1])

    def complete(self, link, password=NEW, clinic="nygade"):
        body = {"clinic": clinic, "token": link, "password": password}
        return self.doors.post("/v1/recoveries/complete", body, None)

    def reset(self, who=ALICE, password=NEW, **particulars):
        """Set a new password by mail, and return the token of the link that disputes it."""
        assert self.complete(self.link(who, **particulars), password).status_code == 200
        self.work()
        return token(self.letters(who.email)[-1], "not-me")

    def dispute(self, link, clinic="nygade"):
        return self.doors.post("/v1/recoveries/dispute", {"clinic": clinic, "token": link}, None)

    def log_in(self, who=ALICE, password=NEW, clinic="nygade"):
        """Log in with password and mailed code; the doors know the new token from now on."""
        attempt = self.doors.begin(who, clinic, password=password).json["attempt"]
        answer = self.doors.complete(attempt)
        if answer.status_code == 200:
            self.doors.doors.tokens[who] = answer.json["token"]
        return answer


def words(mail):
    """Return subject and plain text of a mail."""
    message = message_from_bytes(mail.content, policy=policy.default)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    return f"{message['subject']}\n{text}"


def token(letter, page="recovery"):
    """Return the token of the letter's link to a page of Nygade's."""
    return re.search(rf"{re.escape(PORTAL)}/nygade/{page}#([A-Za-z0-9_-]{{43}})\n", letter)[1]
