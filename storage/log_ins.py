"""Log-ins: a first factor, a mailed code bound to the attempt, then an opaque token. Nothing is stored in clear."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import TooManyRequestsError, UnauthenticatedError
from identity.passwords import Passwords
from identity.subject import Patient
from identity.tokens import code_hash, log_in_code, new_token, token_hash
from storage.accounts import Account, account_by_cpr, cpr_index
from storage.clinics import find_clinic
from storage.database import Database
from storage.effects import mail_row, owed
from storage.registers import LOG_IN, LOG_IN_ATTEMPT, MEMBERSHIP
from storage.throttles import count_up
from storage.together import write_together

CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
PASSWORD_AND_CODE = "password+code"  # noqa: S105 - the name of a way in
ATTEMPTS_AT_ONCE, ATTEMPTS_WINDOW = 10, timedelta(minutes=15)

# Built once, for every call of a patient asks it.
_WHO = sa.select(LOG_IN).where(LOG_IN.c.token_hash == sa.bindparam("token"), LOG_IN.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Token:
    """A new log-in: the token, shown this once, and its seconds to live without use."""

    token: str
    idle_seconds: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who has proven who they are: by which client's channel, in which way, and how surely (`loa`)."""

    person: UUID
    channel: str
    auth: str
    loa: str | None = None


class LogIns:
    """Begins, completes, recognises and ends log-ins (LOG-2..4)."""

    def __init__(self, database: Database, keyring: Keyring, passwords: Passwords, new_id: NewId) -> None:
        self._database = database
        self._keyring = keyring
        self._passwords = passwords
        self._new_id = new_id

    def begin(self, clinic: str, cpr: Cpr, password: str, channel: str) -> UUID:
        """Return the id of a new attempt; a code is mailed only if the person, the password and the mark fit.

        Every caller gets an attempt and costs the same work, so the answer tells nothing (LOG-4).

        Raises:
            NotFoundError: there is no such clinic.
            TooManyRequestsError: too many attempts for this number.
        """
        index = cpr_index(self._keyring, cpr)
        with self._database.reading() as connection:
            standing = find_clinic(connection, clinic)
            account = account_by_cpr(connection, index)
            allowed = account is not None and _is_exempt(connection, account, standing.id)
        right = self._passwords.matches(account.password_hash if account else None, password)
        attempt, mail = self._new_id(), self._new_id()
        now = self._database.clock()
        with self._database.writing() as connection:
            bucket = f"log-in:{index.hex()}"
            if count_up(connection, bucket, now, ATTEMPTS_WINDOW) > ATTEMPTS_AT_ONCE:
                raise TooManyRequestsError(int(ATTEMPTS_WINDOW.total_seconds()))
            known = account.person if account and right and allowed else None
            self._store(connection, attempt, known, channel)
            if known is not None:
                row = mail_row(identifier=mail, clinic=standing.id, letter="login_code", subject=attempt, now=now)
                write_together(connection, [owed(row)], waking=True)
        return attempt

    def complete(self, attempt: UUID, code: str) -> Token:
        """Return a token for the attempt's code.

        Raises:
            UnauthenticatedError: `code_wrong` whatever was wrong: the code, the attempt, its age or its tries.
        """
        with self._database.writing() as connection:
            entry = self._used(connection, attempt, code)
            token = None if entry is None else self.enter(connection, entry)
        if token is None:
            raise UnauthenticatedError("code_wrong")
        return token

    def enter(self, connection: Connection, entry: Entry) -> Token:
        """Return a token for somebody who has proven who they are, in the transaction that used up the proof."""
        token, now = new_token(), self._database.clock()
        connection.execute(
            sa.insert(LOG_IN).values(
                id=self._new_id(),
                person_id=entry.person,
                token_hash=token_hash(token),
                channel=entry.channel,
                auth=entry.auth,
                loa=entry.loa,
                created_at=now,
                seen_at=now,
                ends_at=now + LONGEST,
            ),
        )
        return Token(token, int(IDLE.total_seconds()))

    def who(self, token: str) -> Patient:
        """Return who the token stands for, and keep the log-in alive.

        Raises:
            UnauthenticatedError: `log_in_ended` when it is unknown, idle too long, too old or ended.
        """
        now = self._database.clock()
        with self._database.reading() as connection:
            row = connection.execute(_WHO, {"token": token_hash(token)}).one_or_none()
        if row is None or now >= row.ends_at or now - row.seen_at >= IDLE:
            raise UnauthenticatedError("log_in_ended")
        if now - row.seen_at >= TOUCH_EVERY:
            with self._database.writing() as connection:
                connection.execute(sa.update(LOG_IN).where(LOG_IN.c.id == row.id).values(seen_at=now))
        return Patient(row.person_id, row.id, row.channel, row.auth, row.loa)

    def end(self, log_in: UUID) -> None:
        """End one log-in; again changes nothing."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(LOG_IN)
                .where(LOG_IN.c.id == log_in, LOG_IN.c.ended_at.is_(None))
                .values(ended_at=self._database.clock()),
            )

    def _store(self, connection: Connection, attempt: UUID, person: UUID | None, channel: str) -> None:
        """Store the attempt; a person's earlier ones end, so that the newest code wins (LOG-3).

        An unknown person is looked for by an id that nobody has, so that the work is the same.
        """
        now = self._database.clock()
        connection.execute(
            sa.update(LOG_IN_ATTEMPT)
            .where(LOG_IN_ATTEMPT.c.person_id == (person or attempt), LOG_IN_ATTEMPT.c.ended_at.is_(None))
            .values(ended_at=now),
        )
        code = log_in_code(self._keyring, attempt)
        connection.execute(
            sa.insert(LOG_IN_ATTEMPT).values(
                id=attempt,
                person_id=person,
                code_hash=code_hash(self._keyring, attempt, code),
                channel=channel,
                tries=0,
                created_at=now,
                expires_at=now + CODE_LIVES,
            ),
        )

    def _used(self, connection: Connection, attempt: UUID, code: str) -> Entry | None:
        """Count the try; return who enters when the code is right, and use the attempt up."""
        now = self._database.clock()
        row = connection.execute(
            sa.update(LOG_IN_ATTEMPT)
            .where(
                LOG_IN_ATTEMPT.c.id == attempt,
                LOG_IN_ATTEMPT.c.ended_at.is_(None),
                LOG_IN_ATTEMPT.c.expires_at > now,
                LOG_IN_ATTEMPT.c.tries < CODE_TRIES,
            )
            .values(tries=LOG_IN_ATTEMPT.c.tries + 1)
            .returning(LOG_IN_ATTEMPT),
        ).one_or_none()
        if row is None or row.person_id is None or row.code_hash != code_hash(self._keyring, attempt, code):
            return None
        connection.execute(sa.update(LOG_IN_ATTEMPT).where(LOG_IN_ATTEMPT.c.id == attempt).values(ended_at=now))
        return Entry(row.person_id, row.channel, PASSWORD_AND_CODE)


def _is_exempt(connection: Connection, account: Account, clinic: UUID) -> bool:
    """Return whether the clinic has marked the person as having no MitID, which opens this way in (ACC-9)."""
    marked = sa.select(MEMBERSHIP.c.person_id).where(
        MEMBERSHIP.c.person_id == account.person,
        MEMBERSHIP.c.clinic_id == clinic,
        MEMBERSHIP.c.mitid_exempt,
        MEMBERSHIP.c.until.is_(None),
    )
    return connection.execute(marked).first() is not None
