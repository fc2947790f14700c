"""Log-ins: a first factor, a second one bound to the attempt, then an opaque token. Nothing is stored in clear."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import TooManyRequestsError, UnauthenticatedError
from identity.passwords import Passwords
from identity.subject import MAILBOX_ONLY, Patient
from identity.tokens import code_hash, new_token, token_hash
from storage import authenticators
from storage.accounts import account_by_cpr, cpr_index
from storage.clinics import find_clinic
from storage.database import Database
from storage.effects import mail_row, owed
from storage.holds import IN_FORCE, holds_of
from storage.log_in_attempts import Begun, Proof, Tried, store_attempt, use_up
from storage.recovery_registers import CONTENT_HOLD
from storage.registers import LOG_IN, MEMBERSHIP
from storage.second_factors import has_factor, holds_factor
from storage.throttles import count_up
from storage.together import write_together

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
PASSWORD_AND_CODE = "password+code"  # noqa: S105 - the name of a way in
PASSWORD_AND_APP = "password+totp"  # noqa: S105 - as above
ATTEMPTS_AT_ONCE, ATTEMPTS_WINDOW = 10, timedelta(minutes=15)

# Built once, for every call of a patient asks it.
_HELD = sa.exists().where(CONTENT_HOLD.c.person_id == LOG_IN.c.person_id, IN_FORCE).label("held")
_WHO = sa.select(LOG_IN, _HELD).where(LOG_IN.c.token_hash == sa.bindparam("token"), LOG_IN.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Token:
    """A new log-in: the token, shown this once, and its seconds to live without use.

    `better_factor_offered` is whether the second factor was a mailed code, which an app or a passkey would better.
    """

    token: str
    idle_seconds: int
    better_factor_offered: bool = False


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

        Nobody who has a better factor gets a code by mail, nor anybody of a clinic that has switched them off. Every
        caller gets an attempt and costs the same work, so the answer tells nothing (LOG-4).

        Raises:
            NotFoundError: there is no such clinic.
            TooManyRequestsError: too many attempts for this number.
        """
        index = cpr_index(self._keyring, cpr)
        attempt, mail = self._new_id(), self._new_id()
        with self._database.reading() as connection:
            standing = find_clinic(connection, clinic)
            account = account_by_cpr(connection, index)
            exempt, better = _ways(connection, account.person if account else attempt, standing.id)
        right = self._passwords.matches(account.password_hash if account else None, password)
        now = self._database.clock()
        with self._database.writing() as connection:
            bucket = f"log-in:{index.hex()}"
            if count_up(connection, bucket, now, ATTEMPTS_WINDOW) > ATTEMPTS_AT_ONCE:
                raise TooManyRequestsError(int(ATTEMPTS_WINDOW.total_seconds()))
            known = account.person if account and right and exempt and not account.locked else None
            mailed = known is not None and not better and standing.settings.mailed_codes
            store_attempt(connection, self._keyring, Begun(attempt, known, channel, index, mailed=mailed), now)
            if mailed:
                row = mail_row(identifier=mail, clinic=standing.id, letter="login_code", subject=attempt, now=now)
                write_together(connection, [owed(row)], waking=True)
        return attempt

    def complete(self, attempt: UUID, code: str) -> Token:
        """Return a token for the attempt's code: the mailed one where one was mailed, else one of the person's app.

        Raises:
            UnauthenticatedError: `code_wrong` whatever was wrong: the code, the attempt, its age or its tries.
        """

        def way(connection: Connection, tried: Tried, now: datetime) -> str | None:
            if tried.mailed:
                right = tried.code_hash == code_hash(self._keyring, attempt, code)
                return PASSWORD_AND_CODE if right and not holds_factor(connection, tried.person) else None
            fits = authenticators.take(connection, self._keyring, tried.person, code, now)
            return PASSWORD_AND_APP if fits else None

        return self.finish(attempt, way)

    def finish(self, attempt: UUID, proof: Proof) -> Token:
        """Return a token for an attempt whose second factor the proof finds to fit.

        Raises:
            UnauthenticatedError: `code_wrong` whatever was wrong.
        """
        with self._database.writing() as connection:
            used = use_up(connection, attempt, proof, self._database.clock())
            token = None if used is None else self.enter(connection, Entry(used.person, used.channel, used.way))
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
        return Token(token, int(IDLE.total_seconds()), better_factor_offered=entry.auth == PASSWORD_AND_CODE)

    def who(self, token: str) -> Patient:
        """Return who the token stands for, and keep the log-in alive.

        Raises:
            UnauthenticatedError: `log_in_ended` when it is unknown, idle too long, too old or ended.
        """
        now = self._database.clock()
        with self._database.reading() as connection:
            row = connection.execute(_WHO, {"token": token_hash(token), "hold_now": now}).one_or_none()
            held = holds_of(connection, row.person_id, now) if row and row.held and row.auth in MAILBOX_ONLY else ()
        if row is None or now >= row.ends_at or now - row.seen_at >= IDLE:
            raise UnauthenticatedError("log_in_ended")
        if now - row.seen_at >= TOUCH_EVERY:
            with self._database.writing() as connection:
                connection.execute(sa.update(LOG_IN).where(LOG_IN.c.id == row.id).values(seen_at=now))
        return Patient(row.person_id, row.id, row.channel, row.auth, row.loa, held)

    def end(self, log_in: UUID) -> None:
        """End one log-in; again changes nothing."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(LOG_IN)
                .where(LOG_IN.c.id == log_in, LOG_IN.c.ended_at.is_(None))
                .values(ended_at=self._database.clock()),
            )


def _ways(connection: Connection, person: UUID, clinic: UUID) -> tuple[bool, bool]:
    """Return whether the clinic has marked the person as having no MitID (ACC-9), and if they have a better factor.

    The mark opens this way in. For nobody the same is looked up, by an id that nobody has.
    """
    marked = sa.select(has_factor(MEMBERSHIP.c.person_id).label("better")).where(
        MEMBERSHIP.c.person_id == person,
        MEMBERSHIP.c.clinic_id == clinic,
        MEMBERSHIP.c.mitid_exempt,
        MEMBERSHIP.c.until.is_(None),
    )
    row = connection.execute(marked).first()
    return row is not None, row is not None and bool(row.better)
