"""What a clinic had decided at a moment, and how that came to be: for auditors, with a purpose (NEW-10)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

import falcon
from pydantic import BaseModel, Field

from api.auditor.purpose import Purpose, PurposefulPaging, purpose_of
from api.call import Call
from api.clinic.settings_changes import TOPICS, Change, page_of, position_in
from api.clinic.versions import Decided, shown
from api.contract import Route, contract
from api.cursor import Cursors, Page
from api.given import Services
from api.inputs import InvalidQueryError
from api.noting import Noting
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Auditor
from storage.access import Seen
from storage.changes import Sought, changes
from storage.database import Connection
from storage.requests import Requests
from storage.versions import as_of
from storage.webhook_secrets import clinic_id
from workflows.clinic_settings import (
    ClinicSettings,
    Closure,
    PatientRights,
    PractitionerSettings,
    settings_as_stored,
)
from workflows.working_days import COPENHAGEN, local_day

READ = "auditor.settings.read"
_SLUG = {"slug": "The clinic's short name"}


class Then(Purpose):
    """The query of a look at a moment."""

    as_of: Annotated[Moment | None, Field(description="Left out: the last moment within the grant")] = None


class ClinicThen(BaseModel):
    """Everything a clinic had decided at a moment."""

    clinic: str
    as_of: Moment
    settings: Decided[ClinicSettings] | None
    practitioners: tuple[Decided[PractitionerSettings], ...]
    closures: tuple[Decided[Closure], ...]


class RequestThen(ClinicThen):
    """The same as of when a request was made, with what its patient might do."""

    rights: Decided[PatientRights] | None


class AuditedSettings:
    """Shows settings within the auditor's grant; every look is recorded, with its purpose."""

    def __init__(self, services: Services, cursors: Cursors) -> None:
        self._services = services
        self._cursors = cursors
        self._noting = Noting(services)

    @contract(
        summary="Read a clinic's settings as of a moment",
        audience="auditor",
        query=Then,
        out=ClinicThen,
        errors=(InvalidQueryError, NotFoundError),
        description="Of the clinics and days of the grant. Patients' rights are read with their requests.",
    )
    def read(self, call: Call, _resp: falcon.Response, *, slug: str, query: Then) -> ClinicThen:
        """Answer the three tabs, and record that they were looked at."""
        auditor, why = call.caller(Auditor), purpose_of(call, query)
        moment = query.as_of or min(self._services.clock(), _end(auditor) - timedelta(microseconds=1))
        with self._services.database.writing() as connection:
            clinic = self._within(connection, auditor, slug, why, call)
            if not auditor.first_day <= local_day(moment) <= auditor.last_day:
                raise NotFoundError
            return ClinicThen(clinic=slug, as_of=moment, **_tabs(connection, clinic, moment, call))

    @contract(
        summary="Read how a clinic's settings came to be",
        audience="auditor",
        query=PurposefulPaging,
        out=Page[Change],
        errors=(InvalidQueryError, NotFoundError),
        description="Newest first, of the days of the grant.",
    )
    def changes(self, call: Call, _resp: falcon.Response, *, slug: str, query: PurposefulPaging) -> Page[Change]:
        """Answer one page, and record that it was looked at."""
        auditor, why = call.caller(Auditor), purpose_of(call, query)
        scope = f"audit-changes:{auditor.id}:{slug}"
        after = position_in(self._cursors, query.cursor, scope)
        sought = Sought(TOPICS, since=_start(auditor), until=_end(auditor))
        with self._services.database.writing() as connection:
            clinic = self._within(connection, auditor, slug, why, call)
            found = changes(connection, clinic, sought, after, query.limit + 1)
        return page_of(found, query.limit, self._cursors, scope)

    @contract(
        summary="Read the settings that held when a request was made",
        audience="auditor",
        query=Purpose,
        out=RequestThen,
        errors=(InvalidQueryError, NotFoundError),
    )
    def of_request(self, call: Call, _resp: falcon.Response, *, request: UUID, query: Purpose) -> RequestThen:
        """Answer what held then for this patient, and record that it was looked at."""
        auditor, why = call.caller(Auditor), purpose_of(call, query)
        try:
            with self._services.database.writing() as connection:
                found = Requests(connection, self._services.keyring, auditor).one(request)
                seen = _seen(auditor, "ok", why, call, found.clinic_id)
                self._noting.within(connection, replace(seen, request=request, person=found.person))
                then = _tabs(connection, found.clinic_id, found.created_at, call)
                rights = as_of(connection, found.clinic_id, "right", found.created_at, str(found.person))
        except NotFoundError:
            self._noting.alone(replace(_seen(auditor, "refused", why, call), request=request))
            raise
        # The key of a patient's rights is the person's id, which is not an auditor's to see.
        held = [shown(replace(each, key=""), PatientRights.model_validate(each.body), (), "da") for each in rights]
        return RequestThen(clinic=found.clinic, as_of=found.created_at, rights=held[0] if held else None, **then)

    def _within(self, connection: Connection, auditor: Auditor, slug: str, why: str, call: Call) -> UUID:
        """Return the clinic, once the look is recorded.

        Raises:
            NotFoundError: it is not one of the grant's.
        """
        clinic = clinic_id(connection, slug)
        if clinic is None or clinic not in auditor.clinics:
            raise NotFoundError
        self._noting.within(connection, _seen(auditor, "ok", why, call, clinic))
        return clinic

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        request = {"request": "The request's id"}
        return [
            Route("GET", "/v1/audit/clinics/{slug}/settings", self.read, READ, _SLUG),
            Route("GET", "/v1/audit/clinics/{slug}/changes", self.changes, READ, _SLUG),
            Route("GET", "/v1/audit/requests/{request:uuid}/settings", self.of_request, READ, request),
        ]


def _tabs(connection: Connection, clinic: UUID, moment: datetime, call: Call) -> dict[str, Any]:
    def under(topic: str, read: Callable[[dict[str, Any]], BaseModel]) -> tuple[Decided[Any], ...]:
        found = as_of(connection, clinic, topic, moment)
        return tuple(shown(each, read(each.body), (), call.language) for each in found)

    tab = under("settings", settings_as_stored)
    return {
        "settings": tab[0] if tab else None,
        "practitioners": under("practitioner", PractitionerSettings.model_validate),
        "closures": under("closure", Closure.model_validate),
    }


def _seen(auditor: Auditor, outcome: str, why: str, call: Call, clinic: UUID | None = None) -> Seen:
    actor = str(auditor.id)
    return Seen("auditor", READ, outcome, actor=actor, clinic=clinic, purpose=why, corr=call.request_id)


def _start(auditor: Auditor) -> datetime:
    return datetime.combine(auditor.first_day, time(), COPENHAGEN).astimezone(UTC)


def _end(auditor: Auditor) -> datetime:
    return datetime.combine(auditor.last_day + timedelta(days=1), time(), COPENHAGEN).astimezone(UTC)
