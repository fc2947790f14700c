"""Actor: send one letter, with one Message-ID, at most twice and only if nobody can know whether it went."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from notifications.calendars import Visit
from notifications.cards import card_of
from notifications.envelope import Mail, UnusableAddressError, compose, message_id
from notifications.letters import write
from notifications.transport import SendFailed, Transport
from notifications.visit_letters import VisitTime
from storage.bounces import return_key
from storage.database import Connection
from storage.failpoints import reach
from storage.ledger import Said
from storage.mailings import LetterTo
from storage.not_reached import miss
from storage.outbox import Unloadable, Work
from storage.text_messages import BY_SMS, owe_text
from workers.crew import Also, Crew, Steps, nothing
from workflows.delivery import Failure, Handover
from workflows.vocabulary import Letter

MOST_SENDS = 2
PAGES = {"recovery_link": "/recovery", "password_changed": "/not-me", "activation_link": "/activation"}
"""The page of the portal that takes a letter's link."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails come from: the portal's own address, and the address under which patients find the portal."""

    address: str
    portal_url: str


class Notify:
    """Works the rows whose destination is a mailbox."""

    def __init__(self, crew: Crew, transport: Transport, sender: Sender) -> None:
        self._crew = crew
        self._transport = transport
        self._sender = sender

    def __call__(self, row: UUID) -> None:
        """Work one row, if it is to be had."""
        reach("notify.before_claim")
        claimed = self._crew.outbox.claim(row, self._load)
        if claimed is None:
            return
        work, letter = claimed
        with self._crew.leases.held(work.id):
            if isinstance(letter, Unloadable):
                self._crew.park(work, self._lost(work), letter.code, self._missed(work, "gave_up"))
            elif letter is None:
                self._crew.finish(work, (), "nobody")
            elif work.intent >= MOST_SENDS:
                self._crew.finish(work, told(letter, certain=False), "unknown", self._missed(work, "unknown"))
            else:
                self._as_wished(work, letter)

    def _as_wished(self, work: Work, letter: LetterTo) -> None:
        """Send the letter now, by mail or not, unless its reader wishes otherwise."""
        if letter.waits_until is not None:
            self._crew.hold(work, letter.waits_until)
        elif letter.covered:
            self._crew.finish(work, told(letter, certain=True), "covered")
        elif letter.way == "sms":
            self._crew.finish(work, (), BY_SMS, self._text(work))
        else:
            self._send(work, letter)

    def _text(self, work: Work) -> Also:
        now = self._crew.database.clock()
        return lambda connection: owe_text(connection, work, now)

    def _load(self, connection: Connection, work: Work) -> LetterTo | None:
        return self._crew.parcels.letter(connection, work)

    def _lost(self, work: Work) -> Steps:
        """Return the step of a request whose answer cannot be told, as its letter cannot be written."""
        with self._crew.database.reading() as connection:
            tells = self._crew.parcels.tells(connection, work)
        return (("unreachable" if tells else "not_reached", Said(Failure(reason="gave_up"))),)

    def _missed(self, work: Work, reason: str) -> Also:
        """Return what puts the letter on the clinic's list, if it is about a request."""
        request, now = work.request, self._crew.database.clock()
        if request is None:
            return nothing
        return lambda connection: miss(
            connection, work.id, clinic=work.clinic, request=request, reason=reason, letter=work.letter, now=now
        )

    def _send(self, work: Work, letter: LetterTo) -> None:
        try:
            mail = self._written(work, letter)
            self._transport.send(mail, before_body=lambda: self._intend(work))
        except UnusableAddressError:
            self._park(work, letter, "address", "address")
        except SendFailed as failure:
            self._failed(work, letter, failure)
        else:
            reach("notify.before_result")
            also = self._text(work) if letter.way == "both" else nothing
            self._crew.finish(work, told(letter, certain=True), "sent", also)
            reach("notify.after_result")

    def _intend(self, work: Work) -> bool:
        reach("notify.before_intent", work.id)
        intended = self._crew.outbox.intend(work)
        reach("notify.after_intent")
        return intended

    def _failed(self, work: Work, letter: LetterTo, failure: SendFailed) -> None:
        if failure.permanent:
            self._park(work, letter, "refused", failure.code)
        elif not self._crew.put_off(work, failure.code, None, unsent=not failure.ambiguous):
            self._park(work, letter, "gave_up", failure.code)

    def _park(self, work: Work, letter: LetterTo, reason: str, code: str) -> None:
        trigger = "unreachable" if letter.tells else "not_reached"
        self._crew.park(work, ((trigger, Said(Failure(reason=reason))),), code, self._missed(work, reason))

    def _written(self, work: Work, letter: LetterTo) -> Mail:
        if letter.address is None or work.letter is None:
            raise UnusableAddressError("no address")
        card = card_of(letter.settings)
        name = letter.letter or work.letter
        words = write(name, card, language_of(letter), **self._secrets(name, letter), **particulars(letter))
        return compose(
            words,
            clinic=card,
            portal_address=self._sender.address,
            recipient=letter.address,
            outbox_id=return_key(self._crew.ledger.keyring, work.id),
            stable_id=message_id(str(work.id), self._sender.address),
            written_at=work.created_at,
            visit=self._file(letter) if name == Letter.APPOINTMENT_NEWS else None,
        )

    def _file(self, letter: LetterTo) -> Visit | None:
        """Return what goes along for the reader's calendar: the same entry as in the portal's own files."""
        booked, host = letter.visit, urlsplit(self._sender.portal_url).hostname or "portal"
        if booked is None:
            return None
        return Visit(
            uid=f"{booked.thread}@{host}",
            sequence=booked.changes,
            starts_at=booked.starts_at,
            ends_at=booked.ends_at,
            clinic=booked.clinic,
            cancelled=booked.given_up,
            changed_at=booked.changed_at,
        )

    def _secrets(self, name: str, letter: LetterTo) -> dict[str, str]:
        if letter.code is not None:
            return {"code": letter.code}
        if letter.token is not None and name in PAGES:
            # After "#", so that no server and no log on the way ever sees the token.
            return {"link": f"{self._sender.portal_url}/{letter.slug}{PAGES[name]}#{letter.token}"}
        return {}


def particulars(letter: LetterTo) -> dict[str, bool | VisitTime]:
    """Return what a letter about a visit says beside where to log in: facts without content, and only true ones."""
    said: dict[str, bool | VisitTime] = {"form_due": True} if letter.form_due else {}
    booked = letter.visit
    return said if booked is None else said | {"visit": VisitTime(booked.starts_at, cancelled=booked.given_up)}


def language_of(letter: LetterTo) -> Literal["da", "en"]:
    """Return the language of a letter's reader."""
    return "en" if letter.language == "en" else "da"


def told(letter: LetterTo, *, certain: bool) -> Steps:
    """Return the step by which the answer is told, and the one that then follows by itself, if one does."""
    steps = [("notified", Said(Handover(certain=certain)))] if letter.tells else []
    return [*steps, (letter.concludes, Said())] if letter.tells and letter.concludes else steps
