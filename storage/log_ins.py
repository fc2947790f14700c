"""Log-ins: a first factor, a second one bound to the attempt, then an opaque token. Nothing is stored in clear."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import UnauthenticatedError
from identity.passwords import Passwords
from identity.subject import Patient
from identity.tokens import code_hash, new_token, token_hash
from storage import authenticators, guesses, one_time_passwords
from storage.access import NOWHERE, Source, note
from storage.accounts import account_by_cpr, cpr_index, renew_password
from storage.clinics import find_clinic
from storage.database import Database
from storage.effects import mail_row, owed
from storage.log_in_attempts import Begun, Proof, Tried, Used, owner_of, store_attempt, use_up
from storage.log_in_notes import begun, entered, missed
from storage.recognition import IDLE, recognise
from storage.registers import LOG_IN, MEMBERSHIP
from storage.second_factors import has_factor, holds_factor
from storage.together import write_together

LONGEST = timedelta(hours=12)
PASSWORD_AND_CODE = "password+code"  # noqa: S105 - the name of a way in
PASSWORD_AND_APP = "password+totp"  # noqa: S105 - as above


@dataclass(frozen=True, slots=True)
class Token:
    """A new log-in: the token, shown this once, and its seconds to live without use.

    `better_factor_offered` is whether the second factor was a mailed code, which an app or a passkey would better.
    """

    token: str
    idle_seconds: int
    better_factor_offered: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """In which way a log-in is held: its channel, the API client that makes it, and tokens whose log-ins it replaces.

    A log-in of the channel `portal` is held in a cookie, any other by a token in the caller's own keeping. `source` is
    where the call that makes it came from.
    """

    channel: str
    client: UUID | None = None
    instead_of: tuple[str, ...] = field(default=(), repr=False)
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who has proven who they are: by which client's channel, in which way, and how surely (`loa`).

    `client`, `instead_of` and `source` are as in `Manner`.
    """

    person: UUID
    channel: str
    auth: str
    loa: str | None = None
    client: UUID | None = None
    instead_of: tuple[str, ...] = field(default=(), repr=False)
    source: Source = NOWHERE


class LogIns:
    """Begins, completes, recognises and ends log-ins (LOG-2..4)."""

    def __init__(self, database: Database, keyring: Keyring, passwords: Passwords, new_id: NewId) -> None:
        self._database = database
        self._keyring = keyring
        self._passwords = passwords
        self._new_id = new_id

    def begin(
        self, clinic: str, cpr: Cpr, password: str, channel: str, network: str = "", source: Source = NOWHERE
    ) -> UUID:
        """Return the id of a new attempt; a code is mailed only if the person, the password and the mark fit.

        Nobody who has a better factor gets a code by mail, nor anybody of a clinic that has switched them off. Every
        caller gets an attempt and costs the same work, so the answer tells nothing (LOG-4): nor does it after the day's
        tries for the number are used up, when no password fits any more.

        Raises:
            NotFoundError: there is no such clinic.
            TooManyRequestsError: too many tries for this number from this network; says how long to wait.
        """
        index = cpr_index(self._keyring, cpr)
        origin = guesses.Origin(index, self._keyring.keyed("log-in-network", network.encode()))
        attempt, mail = self._new_id(), self._new_id()
        with self._database.reading() as connection:
            standing = find_clinic(connection, clinic)
            account = account_by_cpr(connection, index)
            exempt, better = _ways(connection, account.person if account else attempt, standing.id)
        now = self._database.clock()
        with self._database.writing() as connection:
            admitted = guesses.admit(connection, origin, now)
        stored = account.opened_by(now) if account and admitted else None
        right, renewed = self._passwords.matches(stored, password), self._passwords.renewed(stored, password)
        with self._database.writing() as connection:
            known = account.person if account and right and exempt and not account.locked else None
            mailed = known is not None and not better and standing.settings.mailed_codes
            store_attempt(connection, self._keyring, Begun(attempt, known, channel, origin, mailed=mailed), now)
            if known is not None and renewed is not None:
                renew_password(connection, known, stored, renewed)
            # Owed and noted whoever it is, so that all cost the same: the workers find out that nobody is written to.
            row = mail_row(identifier=mail, clinic=standing.id, letter="login_code", subject=attempt, now=now)
            write_together(connection, [owed(row)], waking=True)
            unmarked = right and not exempt
            note(connection, mail, now, begun(account, standing.id, source, known=known is not None, unmarked=unmarked))
        return attempt

    def complete(self, attempt: UUID, code: str, manner: Manner | None = None) -> Token:
        """Return a token for the attempt's code: the mailed one where one was mailed, else one of the person's app.

        It is held in the manner, by default as a token of the attempt's channel.

        Raises:
            UnauthenticatedError: `code_wrong` whatever was wrong: the code, the attempt, its age or its tries.
        """

        def way(connection: Connection, tried: Tried, now: datetime) -> str | None:
            if tried.mailed:
                right = tried.code_hash == code_hash(self._keyring, attempt, code)
                return PASSWORD_AND_CODE if right and not holds_factor(connection, tried.person) else None
            fits = authenticators.take(connection, self._keyring, tried.person, code, now)
            return PASSWORD_AND_APP if fits else None

        return self.finish(attempt, way, manner)

    def finish(self, attempt: UUID, proof: Proof, manner: Manner | None = None) -> Token:
        """Return a token for an attempt whose second factor the proof finds to fit; `manner` as in `complete`.

        Raises:
            UnauthenticatedError: `code_wrong` whatever was wrong.
        """
        with self._database.writing() as connection:
            now = self._database.clock()
            used = use_up(connection, attempt, proof, now)
            token = None if used is None else self._let_in(connection, used, manner)
            if token is None:
                source = NOWHERE if manner is None else manner.source
                note(connection, self._new_id(), now, missed(owner_of(connection, attempt), source))
        if token is None:
            raise UnauthenticatedError("code_wrong")
        return token

    def _let_in(self, connection: Connection, used: Used, manner: Manner | None) -> Token | None:
        if not one_time_passwords.use_up(connection, used.person):
            return None
        if used.origin is not None:
            guesses.forgive(connection, used.origin, self._database.clock())
        return self.enter(connection, _entry(used, manner))

    def enter(self, connection: Connection, entry: Entry) -> Token:
        """Return a token for somebody who has proven who they are, in the transaction that used up the proof.

        It is always a new one, and the log-ins that it takes the place of end with it: nobody can have a log-in of
        theirs fixed beforehand.
        """
        token, now = new_token(), self._database.clock()
        if entry.instead_of:
            shown = LOG_IN.c.token_hash.in_([token_hash(each) for each in entry.instead_of])
            connection.execute(sa.update(LOG_IN).where(shown, LOG_IN.c.ended_at.is_(None)).values(ended_at=now))
        connection.execute(
            sa.insert(LOG_IN).values(
                id=self._new_id(),
                person_id=entry.person,
                token_hash=token_hash(token),
                channel=entry.channel,
                client_id=entry.client,
                auth=entry.auth,
                loa=entry.loa,
                created_at=now,
                seen_at=now,
                ends_at=now + LONGEST,
            ),
        )
        note(connection, self._new_id(), now, entered(entry.person, entry.auth, entry.source))
        return Token(token, int(IDLE.total_seconds()), better_factor_offered=entry.auth == PASSWORD_AND_CODE)

    def who(self, token: str, key: str | None = None, *, by_cookie: bool = False) -> Patient:
        """Return who the token stands for, and keep the log-in alive. `key` is an API client's, if one was shown.

        Raises:
            UnauthenticatedError: see `recognise`.
        """
        now = self._database.clock()
        with self._database.reading() as connection:
            found = recognise(connection, token, key, by_cookie=by_cookie, now=now)
        if found.is_stale:
            with self._database.writing() as connection:
                own = LOG_IN.c.id == found.patient.log_in
                connection.execute(sa.update(LOG_IN).where(own).values(seen_at=now))
        return found.patient

    def end(self, log_in: UUID) -> None:
        """End one log-in; again changes nothing."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(LOG_IN)
                .where(LOG_IN.c.id == log_in, LOG_IN.c.ended_at.is_(None))
                .values(ended_at=self._database.clock()),
            )


def _entry(used: Used, manner: Manner | None) -> Entry:
    if manner is None:
        return Entry(used.person, used.channel, used.way)
    return Entry(used.person, manner.channel, used.way, None, manner.client, manner.instead_of, manner.source)


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
