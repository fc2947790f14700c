"""What anyone may know of a clinic: what it offers now, who works there, how to reach it."""

from collections.abc import Iterable
from datetime import date

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.patient.services import Offers, Service, closures_of
from api.patient.words import in_language
from identity.outcomes import NotFoundError
from storage.clinics import find_clinic
from storage.service_facts import Caller
from storage.versions import Versioned, currents
from workflows.channels import PORTAL
from workflows.clinic_settings import ClinicSettings, Closure, PractitionerSettings
from workflows.promise import promised_day
from workflows.vocabulary import Role
from workflows.working_days import local_day


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class Practitioner(_Shown):
    """A practitioner as patients see them, the services they take online, and the icons beside the name (PRA-6)."""

    key: str
    name: str
    services: tuple[str, ...]
    icons: dict[str, bool] = Field(description="Letter, clock, pill bottle: whether the practitioner receives these")


class Holiday(_Shown):
    """A holiday that has begun or is to come: its message, who stands in, and what is shut (HOL-1..4)."""

    first_day: date
    last_day: date
    message: str
    substitute: str
    closes: tuple[str, ...]


class Promise(_Shown):
    """When the clinic answers: so many working days after the day of receipt; for what is sent today, on this day."""

    working_days: int
    sent_today: date


class ClinicPage(_Shown):
    """A clinic's front page."""

    slug: str
    name: str
    phone: str
    opening_hours: str
    emergency_text: str
    front_page: str
    services: tuple[Service, ...]
    practitioners: tuple[Practitioner, ...]
    holidays: tuple[Holiday, ...]
    answer_promise: Promise
    longest_text: int = Field(description="Most characters in a message to the clinic")
    cancel_hours: int = Field(description="An appointment can be cancelled here until so many hours before")
    closes_on: date | None = Field(description="The last day of a clinic that closes for good")
    closing_message: str
    log_ins: tuple[str, ...] = Field(
        description="The ways to log in, the safest first", examples=[["mitid", "password"]]
    )


class Front:
    """Shows clinics to anyone."""

    def __init__(self, services: Services) -> None:
        self._services, self._offers = services, Offers(services.ledger)

    @contract(summary="Read about a clinic", audience="public", out=ClinicPage, errors=(NotFoundError,))
    def read(self, call: Call, resp: falcon.Response, *, slug: str) -> ClinicPage:
        """Answer the clinic's front page."""
        services, language = self._services, in_language(call, resp)
        now, channel = services.clock(), call.client.channel if call.client else PORTAL
        with services.database.reading() as connection:
            clinic = find_clinic(connection, slug)
            everyone = Role.PATIENT | Role.ANYONE
            open_now = self._offers.to(connection, clinic, Caller(None, channel), everyone, language)
            practitioners = currents(connection, clinic.id, "practitioner")
            closures = closures_of(connection, clinic.id)
        today, settings = local_day(now), clinic.settings
        return ClinicPage(
            slug=slug,
            name=settings.name,
            phone=settings.phone,
            opening_hours=settings.opening_hours,
            emergency_text=settings.emergency_text,
            front_page=settings.front_page,
            services=open_now,
            practitioners=tuple(_practitioner(row, settings, open_now, channel) for row in practitioners),
            holidays=_holidays(closures, today),
            answer_promise=_promise(settings, closures, services.catalogue, today),
            longest_text=settings.longest_text,
            cancel_hours=settings.cancel_hours,
            closes_on=settings.closes_on,
            closing_message=settings.closing_message,
            log_ins=("password",) if services.mitid is None else ("mitid", "password"),
        )


def _promise(settings: ClinicSettings, closures: tuple[Closure, ...], kinds: Iterable[str], today: date) -> Promise:
    """Return the promise for what is sent today, whatever it is: the last of the kinds' days."""
    last = max(promised_day(settings, closures, kind, today) for kind in kinds)
    return Promise(working_days=settings.answer_promise_days, sent_today=last)


def _practitioner(row: Versioned, clinic: ClinicSettings, services: Iterable[Service], channel: str) -> Practitioner:
    line = PractitionerSettings.model_validate(row.body)
    takes = tuple(service.kind for service in services if line.takes(service.kind, channel))
    return Practitioner(key=row.key, name=line.display_name(), services=takes, icons=dict(line.icons(clinic)))


def _holidays(closures: Iterable[Closure], today: date) -> tuple[Holiday, ...]:
    to_come = sorted((each for each in closures if each.last_day >= today), key=lambda each: each.first_day)
    return tuple(Holiday.model_validate(each.model_dump()) for each in to_come)


def routes(services: Services) -> list[Route]:
    """Return the rows of the route table."""
    clinic = {"slug": "The clinic's short name"}
    return [Route("GET", "/v1/clinics/{slug}", Front(services).read, "public", clinic)]
