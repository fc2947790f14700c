"""Actor: send one text message, in the place of a mail or beside it; where it fails, the mail goes after all."""

from datetime import datetime
from uuid import UUID

import structlog

from notifications.cards import card_of
from notifications.sms import SmsGateway, Text, UnusableNumberError, usable_number
from notifications.text_messages import RevealsError, text_message
from notifications.transport import SendFailed
from storage.database import Connection
from storage.mailings import LetterTo
from storage.outbox import Unloadable, Work
from storage.text_messages import mail_instead
from workers.crew import Crew
from workers.notify import language_of, told

log = structlog.get_logger(__name__)


class SendText:
    """Works the rows whose destination is a phone."""

    def __init__(self, crew: Crew, gateway: SmsGateway) -> None:
        self._crew = crew
        self._gateway = gateway

    def __call__(self, row: UUID) -> None:
        """Work one row, if it is to be had."""
        claimed = self._crew.outbox.claim(row, self._load)
        if claimed is None:
            return
        work, letter = claimed
        with self._crew.leases.held(work.id):
            if letter is None or isinstance(letter, Unloadable):
                self._by_mail(work, "unloadable")
            elif letter.waits_until is not None:
                self._crew.hold(work, letter.waits_until)
            else:
                self._send(work, letter)

    def _load(self, connection: Connection, work: Work) -> LetterTo | None:
        return self._crew.parcels.letter(connection, work)

    def _send(self, work: Work, letter: LetterTo) -> None:
        try:
            number = usable_number(letter.phone or "")
            words = text_message(work.letter or "", card_of(letter.settings), language_of(letter))
            self._gateway.send(Text(str(work.id), number, words))
        except (UnusableNumberError, RevealsError):
            self._by_mail(work, "unusable")
        except SendFailed as failure:
            if failure.permanent or not self._crew.put_off(work, failure.code, None, unsent=not failure.ambiguous):
                self._by_mail(work, failure.code)
        else:
            self._crew.finish(work, told(letter, certain=True) if letter.way == "sms" else (), "sent")

    def _by_mail(self, work: Work, code: str) -> None:
        """Give the text message up; a mail that it stood for goes instead, so that nobody is left untold."""
        now = self._crew.database.clock()
        log.warning("text_given_up", outbox=str(work.id), code=code, attempt=work.attempt)
        self._crew.finish(work, (), "failed", lambda connection: _instead(connection, work, now))


def _instead(connection: Connection, work: Work, now: datetime) -> None:
    mail_instead(connection, work, now)
