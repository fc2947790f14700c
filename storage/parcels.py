"""What one piece of work needs, read when it is claimed: a parcel for WinPLC, or a letter's particulars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.accounts import CPR_COLUMNS, CPR_KEY, PRESENT_CPR, opened_cpr
from storage.applicants import typed_cpr
from storage.database import Clock
from storage.files import FileShown, files_of
from storage.mailings import LetterTo, Mailings
from storage.messages import opened
from storage.models import HISTORY, MESSAGE, REQUEST
from storage.outbox import Work
from storage.recoveries import Claimed, Match, asked_too_often, match
from storage.registers import CLINIC, CLINIC_SECRET, PERSON_CPR, SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of
from storage.webhook_secrets import NEWEST_SECRET_FIRST, SECRET_COLUMNS, SECRETS_IN_FORCE, opened_secrets
from workflows.catalogue import Catalogue
from workflows.content import Content
from workflows.vocabulary import Do, State

NOT_CONTENT = ("cpr", "practitioner", "thread", "signs")
"""Members of a submission that the contract with WinPLC carries beside the content."""


def beside(words: Content, files: Sequence[FileShown] = ()) -> Mapping[str, Any]:
    """Return a submission's words without what travels beside them, its files by name and checksum."""
    content = {name: value for name, value in words.as_json().items() if name not in NOT_CONTENT}
    return {**content, "files": [_as_named(file) for file in files]} if files else content


def _parcel_with(message: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the one query for all that a parcel holds, with a row for each of the clinic's secrets in force."""
    return (
        sa.select(
            REQUEST,
            CLINIC.c.slug,
            CLINIC.c.winplc_url,
            HISTORY.c.trigger.label("last_trigger"),
            HISTORY.c.at.label("last_at"),
            MESSAGE.c.id.label("message_id"),
            MESSAGE.c.trigger.label("message_trigger"),
            MESSAGE.c.sealed.label("message_sealed"),
            *KEY_COLUMNS,
            *CPR_COLUMNS,
            *SECRET_COLUMNS,
        )
        .join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id)
        .join(SEALING_KEY, SEALING_KEY.c.id == REQUEST.c.key_id)
        .join(HISTORY, sa.and_(HISTORY.c.request_id == REQUEST.c.id, HISTORY.c.id == sa.bindparam("history")))
        .outerjoin(MESSAGE, sa.and_(MESSAGE.c.request_id == REQUEST.c.id, message))
        .outerjoin(
            sa.join(PERSON_CPR, CPR_KEY, PRESENT_CPR),
            PERSON_CPR.c.person_id == REQUEST.c.person_id,
        )
        .outerjoin(CLINIC_SECRET, SECRETS_IN_FORCE)
        .where(REQUEST.c.id == sa.bindparam("request"))
        .order_by(NEWEST_SECRET_FIRST)
    )


_PARCEL = _parcel_with(MESSAGE.c.n == 1)  # a request's first message is its submission
_FORM = _parcel_with(MESSAGE.c.id == HISTORY.c.id)  # a message has the id of the step that it was said with

_READING = (
    sa.select(MESSAGE.c.clinic_message, MESSAGE.c.read_at, CLINIC.c.slug, CLINIC.c.winplc_url, *SECRET_COLUMNS)
    .join(CLINIC, CLINIC.c.id == MESSAGE.c.clinic_id)
    .outerjoin(CLINIC_SECRET, SECRETS_IN_FORCE)
    .where(
        MESSAGE.c.id == sa.bindparam("message"),
        MESSAGE.c.clinic_message.is_not(None),
        MESSAGE.c.read_at.is_not(None),
    )
    .order_by(NEWEST_SECRET_FIRST)
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a clinic's WinPLC answers, and the secrets its calls are signed with."""

    slug: str
    url: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request on its way to WinPLC. `trigger` is the last thing that happened, `words` the submission.

    `answer_by` is the day by which the patient was promised an answer.
    """

    to: Address
    request: UUID
    kind: str
    channel: str
    thread: UUID
    practitioner: str | None
    created_at: datetime
    trigger: str
    at: datetime
    words: Content
    cpr: Cpr | None
    answer_by: date | None
    files: tuple[FileShown, ...] = ()

    def content(self) -> Mapping[str, Any]:
        """Return the submission's words without the members that travel beside them, its files with their checksums."""
        return beside(self.words, self.files)


@dataclass(frozen=True, slots=True)
class Reading:
    """That a message of the clinic's was read: by its system's own number, and when."""

    to: Address
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """An identity to check: what was typed, and whose account here it fits, if anybody's.

    `too_often` where the number was typed more often than is looked at.
    """

    to: Address
    request: UUID
    cpr: str
    email: str
    match: Match | None
    too_often: bool = False


class Parcels:
    """Loads parcels for one installation."""

    def __init__(self, keyring: Keyring, catalogue: Catalogue, clock: Clock) -> None:
        self._keyring = keyring
        self._catalogue = catalogue
        self._now = clock
        self._mailings = Mailings(keyring, catalogue, clock)

    def parcel(self, connection: Connection, work: Work) -> Parcel:
        """Return the request that the work is about, with the words of its submission, or of the step that is filed."""
        row, words, to = self._request(connection, work)
        return Parcel(
            to=to,
            request=row.id,
            kind=row.kind,
            channel=row.channel,
            thread=row.thread_id,
            practitioner=row.practitioner,
            created_at=row.created_at,
            trigger=row.last_trigger,
            at=row.last_at,
            words=words,
            cpr=opened_cpr(self._keyring, row) if row.person_id is not None else typed_cpr(words),
            answer_by=row.promised_on,
            files=_files(connection, words, row, key_of(self._keyring, row)),
        )

    def claim(self, connection: Connection, work: Work) -> Claim:
        """Return the identity that a recovery asks about."""
        row, words, to = self._request(connection, work)
        if not isinstance(words, Claimed):
            raise LookupError("an identity check needs a number and an address")  # noqa: TRY004 - about the row, not the argument
        found = match(connection, self._keyring, row.clinic_id, words)
        # Counted here and not at the door, where a number that is over its limit would take another time; once.
        too_often = work.attempt == 1 and asked_too_often(connection, self._keyring, words, self._now())
        return Claim(to, row.id, words.cpr, words.email, found, too_often=too_often)

    def reading(self, connection: Connection, work: Work) -> Reading:
        """Return the message that was read, by the clinic's own number of it."""
        rows = connection.execute(_READING, {"message": work.history, "now": self._now()}).all()
        if not rows:
            raise NotFoundError
        return Reading(
            Address(rows[0].slug, rows[0].winplc_url, opened_secrets(self._keyring, rows)),
            rows[0].clinic_message,
            rows[0].read_at,
        )

    def letter(self, connection: Connection, work: Work) -> LetterTo | None:
        """Return the particulars of the letter; None where nobody is to be written to."""
        return self._mailings.letter(connection, work)

    def tells(self, connection: Connection, work: Work) -> bool:
        """Return whether the work's letter is the one that tells of an answer, even if it cannot be written."""
        state = connection.execute(sa.select(HISTORY.c.to_state).where(HISTORY.c.id == work.history))
        return bool(state.scalar_one_or_none() == State.ANSWERED.value)

    def _request(self, connection: Connection, work: Work) -> tuple[Any, Content, Address]:
        asked = {"request": work.request, "history": work.history, "now": self._now()}
        rows = connection.execute(_FORM if work.effect == Do.FILE_FORM else _PARCEL, asked).all()
        if not rows or rows[0].message_sealed is None:
            raise NotFoundError
        row, key = rows[0], key_of(self._keyring, rows[0])
        words = opened(self._catalogue[row.kind], row.message_trigger, row.message_id, row.message_sealed, key)
        return row, words, Address(row.slug, row.winplc_url, opened_secrets(self._keyring, rows))


def _files(connection: Connection, words: Content, row: Any, key: SealingKey) -> tuple[FileShown, ...]:
    """Return the files of a submission; where it names none, nothing is asked."""
    if not words.attached_files:
        return ()
    return files_of(connection, {row.id: key}).get(row.message_id, ())


def _as_named(file: FileShown) -> Mapping[str, Any]:
    return {
        "id": str(file.id),
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "sha256": file.checksum,
    }
