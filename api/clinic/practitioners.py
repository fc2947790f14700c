"""The practitioners tab of Patientkommunikation (PRA-1..6): each line by itself, and how patients would see it."""

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.tab_checks import practitioner_faults
from api.clinic.tabs import CHANGE_ERRORS
from api.clinic.versions import (
    TAGS,
    THEIR_KEY,
    AsOf,
    Decided,
    Ended,
    InForce,
    Warned,
    expected_version,
    found_at,
    known_form,
    refuse,
    shown,
    tagged,
    warned,
)
from api.contract import Route, contract
from api.given import Services
from api.inputs import InvalidQueryError
from api.patient.words import in_language
from identity.outcomes import NotFoundError
from identity.subject import Clinic
from storage.clinics import find_clinic
from storage.database import Connection
from storage.inbox import Answer
from storage.versions import Versioned, current
from workflows.cautions import of_practitioner
from workflows.clinic_settings import ClinicSettings, PractitionerSettings, settings_as_stored
from workflows.titles import TITLES

READ, CHANGE, TOPIC = "clinic.practitioner.read", "clinic.practitioner.change", "practitioner"
PATH = "/v1/clinic/practitioners"


class Line(Decided[PractitionerSettings]):
    """A practitioner's line, the name as patients see it, and the icons beside it (PRA-6)."""

    display_name: str
    icons: dict[str, bool] = Field(description="Letter, clock, pill bottle: what the practitioner receives")


class Lines(BaseModel):
    """Every line, by key, and the titles there are to choose from."""

    items: tuple[Line, ...]
    titles: tuple[str, ...] = TITLES


class Preview(BaseModel):
    """How a line would be shown to patients; nothing is put in force."""

    display_name: str
    icons: dict[str, bool]
    warnings: tuple[Warned, ...]


class Removal(BaseModel):
    """A practitioner who works here no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ClinicPractitioners:
    """Reads, shows beforehand, changes and removes practitioners' lines."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(summary="Read the practitioners", audience="clinic", query=AsOf, out=Lines, errors=(InvalidQueryError,))
    def read_all(self, call: Call, resp: falcon.Response, *, query: AsOf) -> Lines:
        """Answer every line as it is or was in force."""
        return Lines(items=self._lines(call, resp, query, None))

    @contract(
        summary="Read a practitioner",
        audience="clinic",
        query=AsOf,
        out=Line,
        headers={"ETag": "The version"},
        errors=(InvalidQueryError, NotFoundError),
    )
    def read(self, call: Call, resp: falcon.Response, *, key: str, query: AsOf) -> Line | None:
        """Answer one line."""
        found = self._lines(call, resp, query, known_form(key))
        if not found:
            raise NotFoundError
        return None if tagged(call, resp, found[0].version) else found[0]

    @contract(
        summary="Change a practitioner",
        audience="clinic",
        body=ClinicCall[PractitionerSettings],
        out=InForce,
        headers={"ETag": "The version"},
        errors=CHANGE_ERRORS,
        description=f"A switch can be turned on only where the clinic's own is on (PRA-1). {TAGS}",
    )
    def put(self, call: Call, resp: falcon.Response, *, key: str, body: ClinicCall[PractitionerSettings]) -> InForce:
        """Put one practitioner's line in force, and warn of a switch without effect (PRA-5)."""
        name, staff, expected = known_form(key), body.acting_staff, expected_version(call)
        language, kinds, wanted = in_language(call, resp), self._services.catalogue, body.content

        def act(connection: Connection, clinic: Clinic) -> Answer:
            settings = find_clinic(connection, clinic.slug).settings
            refuse(practitioner_faults(wanted, _before(connection, clinic, name), settings, kinds))
            decided = {"key": name, "decided": wanted, "expected": expected}
            version = self._decisions.put(connection, clinic, staff, TOPIC, **decided)
            warnings = warned(of_practitioner(wanted, settings), language)
            return {"version": version, "warnings": [each.model_dump() for each in warnings]}

        answer = self._decisions.take(call, Decision(CHANGE, staff, act))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return InForce.model_validate(answer)

    @contract(
        summary="Remove a practitioner",
        audience="clinic",
        body=ClinicCall[Removal],
        out=Ended,
        errors=(*CHANGE_ERRORS, NotFoundError),
        description=f"Patients can choose the practitioner no longer; what was written stays. {TAGS}",
    )
    def remove(self, call: Call, _resp: falcon.Response, *, key: str, body: ClinicCall[Removal]) -> Ended:
        """Take one line out of force."""
        which = {"key": known_form(key), "expected": expected_version(call)}
        return Ended.model_validate(self._decisions.end(call, CHANGE, body.acting_staff, TOPIC, **which))

    @contract(
        summary="Preview a practitioner",
        audience="clinic",
        body=ClinicCall[PractitionerSettings],
        out=Preview,
        errors=(NotFoundError,),
        description="How patients would see it (PRA-2): the custom name, or title and name; the icons; the warnings.",
    )
    def preview(self, call: Call, resp: falcon.Response, *, body: ClinicCall[PractitionerSettings]) -> Preview:
        """Answer how a line would be shown."""
        language, wanted = in_language(call, resp), body.content
        with self._services.database.reading() as connection:
            settings = find_clinic(connection, call.caller(Clinic).slug).settings
        refuse(practitioner_faults(wanted, wanted, settings, self._services.catalogue))
        return Preview(
            display_name=wanted.display_name(),
            icons=dict(wanted.icons(settings)),
            warnings=warned(of_practitioner(wanted, settings), language),
        )

    def _lines(self, call: Call, resp: falcon.Response, query: AsOf, key: str | None) -> tuple[Line, ...]:
        clinic, language = call.caller(Clinic), in_language(call, resp)
        with self._services.database.reading() as connection:
            found = found_at(connection, clinic, TOPIC, query, key)
            tab = found_at(connection, clinic, "settings", query)
        settings = settings_as_stored(tab[0].body) if tab else None
        return tuple(_line(each, settings, language) for each in found)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", PATH, self.read_all, READ),
            Route("POST", f"{PATH}/preview", self.preview, READ),
            Route("GET", f"{PATH}/{{key}}", self.read, READ, THEIR_KEY),
            Route("PUT", f"{PATH}/{{key}}", self.put, CHANGE, THEIR_KEY),
            Route("POST", f"{PATH}/{{key}}/removal", self.remove, CHANGE, THEIR_KEY),
        ]


def _before(connection: Connection, clinic: Clinic, key: str) -> PractitionerSettings | None:
    found = current(connection, clinic.clinic, TOPIC, key)
    return PractitionerSettings.model_validate(found.body) if found else None


def _line(found: Versioned, clinic: ClinicSettings | None, language: Language) -> Line:
    """Return a line as the clinic's tab stood at the same moment; before there was one, nothing was received."""
    content = PractitionerSettings.model_validate(found.body)
    plain = shown(found, content, of_practitioner(content, clinic) if clinic else (), language)
    icons = dict(content.icons(clinic)) if clinic else {}
    return Line(**dict(plain), display_name=content.display_name(), icons=icons)
