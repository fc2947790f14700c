"""Everything that the portal holds about one person, read page by page: so much at a time, whoever it is about."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.subject import Patient
from storage.access import accesses_about
from storage.accounts import CPR_KEY, address_of
from storage.calendar_feeds import made_at
from storage.database import Database
from storage.drafts import Draft, drafts_of
from storage.identity_registers import FEDERATED_IDENTITY
from storage.medicines import ListedMedicine, opened_list
from storage.messages import Spoken, spoken_on
from storage.models import HISTORY
from storage.notice_wishes import Chosen, chosen_by
from storage.people import ids_of
from storage.registers import CLINIC, LOG_IN, MEDICINE_LIST, MEMBERSHIP, PERSON, PERSON_CPR, SEALING_KEY, SETTING
from storage.requests import Found, Page, Requests
from storage.scope import concerning, present, within
from storage.sealing import KEY_COLUMNS, key_of
from storage.second_factors import Factor, factors
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, clinic_of
from storage.stops import StoppedAt, stops_of
from storage.visit_preferences import VisitPreference, preference_of
from workflows.catalogue import Catalogue
from workflows.clinic_settings import PatientRights

REQUESTS_AT_ONCE, ROWS_AT_ONCE = 50, 500


@dataclass(frozen=True, slots=True)
class Number:
    """A CPR number of the person's, and from when until when it was in use."""

    number: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """A clinic where the person is or was a patient, what it decided, and its list of their medicines."""

    clinic: str
    name: str
    since: datetime
    until: datetime | None
    no_mitid: bool
    services: dict[str, bool]
    medicines: tuple[ListedMedicine, ...]


@dataclass(frozen=True, slots=True)
class Self:
    """The person's own rows: who they are here, by which numbers, where, and what opens the account."""

    id: UUID
    created_at: datetime
    language: str
    email: str | None
    numbers: tuple[Number, ...]
    members: tuple[Member, ...]
    factors: Sequence[Factor]
    identities: tuple[tuple[str, datetime], ...]
    notices: Chosen
    visits: VisitPreference
    calendar_made_at: datetime | None
    drafts: Sequence[tuple[str, str, Draft]]
    stops: Sequence[StoppedAt]


@dataclass(frozen=True, slots=True)
class Told:
    """A request with all that was said and done; neither for a type whose history is not the patient's to see."""

    found: Found
    messages: Sequence[Spoken]
    steps: Sequence[Any]


class Everything:
    """Reads one person's; each page is a transaction of its own, so that nothing is held while the reader is slow."""

    def __init__(self, database: Database, keyring: Keyring, catalogue: Catalogue, patient: Patient) -> None:
        self._database, self._keyring, self._catalogue, self._patient = database, keyring, catalogue, patient
        self._scope = present()  # what is read while the answer goes out is read after the call has left its scope

    def own(self, connection: Connection) -> Self:
        """Return the person's own rows."""
        person = self._patient.person
        people = ids_of(connection, person)
        email, language = address_of(connection, self._keyring, person)
        made = sa.select(PERSON.c.created_at).where(PERSON.c.id == person)
        linked = sa.select(FEDERATED_IDENTITY.c.issuer, FEDERATED_IDENTITY.c.since).where(
            FEDERATED_IDENTITY.c.person_id == person
        )
        return Self(
            id=person,
            created_at=connection.execute(made).scalar_one(),
            language=language,
            email=email,
            numbers=self._numbers(connection, person),
            members=self._members(connection, people),
            factors=factors(connection, self._keyring, person),
            notices=chosen_by(connection, self._keyring, person),
            visits=preference_of(connection, person),
            calendar_made_at=made_at(connection, person),
            drafts=drafts_of(connection, self._keyring, people),
            stops=stops_of(connection, self._keyring, people),
            identities=tuple((row.issuer, row.since) for row in connection.execute(linked.order_by("since"))),
        )

    def requests(self) -> Iterator[Told]:
        """Give the requests, newest first."""
        after: tuple[datetime, UUID] | None = None
        while True:
            with within(self._scope), self._database.reading() as connection:
                reader = Requests(connection, self._keyring, self._patient)
                page = reader.page(Page(after=after, limit=REQUESTS_AT_ONCE))
                told = self._told(connection, page)
            yield from told
            if len(page) < REQUESTS_AT_ONCE:
                return
            after = (page[-1].created_at, page[-1].id)

    def accesses(self) -> Iterator[Any]:
        """Give the rows of the access log that concern the person, newest first."""

        def page(connection: Connection, after: tuple[datetime, UUID] | None) -> Sequence[Any]:
            return accesses_about(connection, ids_of(connection, self._patient.person), after, ROWS_AT_ONCE)

        return self._paged(page, lambda row: (row.at, row.id))

    def log_ins(self) -> Iterator[Any]:
        """Give the log-ins, newest first."""

        def page(connection: Connection, after: tuple[datetime, UUID] | None) -> Sequence[Any]:
            people = ids_of(connection, self._patient.person)
            mine = sa.select(LOG_IN).where(LOG_IN.c.person_id.in_(people))
            if after is not None:
                same_moment = sa.and_(LOG_IN.c.created_at == after[0], LOG_IN.c.id < after[1])
                mine = mine.where(sa.or_(LOG_IN.c.created_at < after[0], same_moment))
            newest = mine.order_by(LOG_IN.c.created_at.desc(), LOG_IN.c.id.desc())
            with concerning(*people):
                return connection.execute(newest.limit(ROWS_AT_ONCE)).all()

        return self._paged(page, lambda row: (row.created_at, row.id))

    def _paged(
        self,
        page: Callable[[Connection, tuple[datetime, UUID] | None], Sequence[Any]],
        position: Callable[[Any], tuple[datetime, UUID]],
    ) -> Iterator[Any]:
        after: tuple[datetime, UUID] | None = None
        while True:
            with within(self._scope), self._database.reading() as connection:
                rows = page(connection, after)
            yield from rows
            if len(rows) < ROWS_AT_ONCE:
                return
            after = position(rows[-1])

    def _told(self, connection: Connection, page: Sequence[Found]) -> Sequence[Told]:
        shown = [each for each in page if self._catalogue[each.kind].public_timeline]
        opened = {each.id: (self._catalogue[each.kind], each.key) for each in shown if each.key is not None}
        said = spoken_on(connection, opened)
        steps: dict[UUID, list[Any]] = {each.id: [] for each in page}
        history = sa.select(HISTORY).where(HISTORY.c.request_id.in_([each.id for each in shown]))
        for row in connection.execute(history.order_by(HISTORY.c.request_id, HISTORY.c.n)):
            steps[row.request_id].append(row)
        return [Told(each, said.get(each.id, ()), steps[each.id]) for each in page]

    def _numbers(self, connection: Connection, person: UUID) -> tuple[Number, ...]:
        rows = connection.execute(
            sa.select(PERSON_CPR, CPR_KEY.c.wrapped)
            .join(CPR_KEY, CPR_KEY.c.id == PERSON_CPR.c.key_id)
            .where(PERSON_CPR.c.person_id == person)
            .order_by(PERSON_CPR.c.since),
        )
        found = []
        for row in rows:
            key = self._keyring.unwrap(row.key_id, row.wrapped)
            number = key.open(row.sealed, f"person_cpr.sealed:{row.id}").decode()
            found.append(Number(number, row.since, row.until))
        return tuple(found)

    def _members(self, connection: Connection, people: Sequence[UUID]) -> tuple[Member, ...]:
        """Return the memberships with their lists and rights; a clinic that two merged accounts shared stands twice."""
        with concerning(*people):
            return self._members_by(connection, people)

    def _members_by(self, connection: Connection, people: Sequence[UUID]) -> tuple[Member, ...]:
        names = [str(each) for each in people]
        decided = sa.select(SETTING).where(SETTING.c.topic == "right", SETTING.c.key.in_(names), SETTING.c.is_current)
        rights = {(row.clinic_id, row.key): row.body for row in connection.execute(decided)}
        listed = sa.and_(
            MEDICINE_LIST.c.clinic_id == MEMBERSHIP.c.clinic_id,
            MEDICINE_LIST.c.person_id == MEMBERSHIP.c.person_id,
            MEDICINE_LIST.c.is_current,
        )
        rows = connection.execute(
            sa.select(MEMBERSHIP, MEDICINE_LIST.c.version, MEDICINE_LIST.c.sealed, *CLINIC_COLUMNS, *KEY_COLUMNS)
            .join(CLINIC, CLINIC.c.id == MEMBERSHIP.c.clinic_id)
            .join(SETTING, CURRENT_SETTINGS)
            .join(SEALING_KEY, SEALING_KEY.c.id == MEMBERSHIP.c.key_id)
            .outerjoin(MEDICINE_LIST, listed)
            .where(MEMBERSHIP.c.person_id.in_(people))
            .order_by(CLINIC.c.slug, MEMBERSHIP.c.since),
        )
        return tuple(self._member(row, rights.get((row.clinic_id, str(row.person_id)), {})) for row in rows)

    def _member(self, row: Any, rights: dict[str, Any]) -> Member:
        clinic = clinic_of(row, row.clinic_id)
        return Member(
            clinic=clinic.slug,
            name=clinic.settings.name,
            since=row.since,
            until=row.until,
            no_mitid=row.mitid_exempt,
            services=PatientRights.model_validate(rights).services,
            medicines=()
            if row.sealed is None or row.sealing_key_wrapped is None
            else opened_list(key_of(self._keyring, row), row.clinic_id, row.person_id, row.version, row.sealed),
        )
