"""The clinic tab of Patientkommunikation: read as of any moment, changed by whoever has read it."""

from datetime import date

import falcon

from api.call import Call, Language
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.tab_checks import settings_faults
from api.clinic.versions import TAGS, AsOf, Decided, InForce, expected_version, found_at, refuse, shown, tagged, warned
from api.contract import Route, contract
from api.given import Services
from api.inputs import HeaderFaultError, InvalidQueryError
from api.patient.words import in_language
from identity.outcomes import KeyReusedError, NotFoundError, PreconditionRequiredError, VersionMismatchError
from identity.subject import Clinic
from storage.database import Connection
from storage.inbox import Answer
from storage.versions import currents
from workflows import cautions
from workflows.clinic_settings import ClinicSettings, Closure, PractitionerSettings, settings_as_stored
from workflows.working_days import local_day

READ, CHANGE = "clinic.settings.read", "clinic.settings.change"
CHANGE_ERRORS = (PreconditionRequiredError, VersionMismatchError, HeaderFaultError, KeyReusedError)


class ClinicTab:
    """Reads and changes what a clinic decides about its services as a whole."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="Read the settings",
        audience="clinic",
        query=AsOf,
        out=Decided[ClinicSettings],
        headers={"ETag": "The version"},
        errors=(InvalidQueryError, NotFoundError),
    )
    def read(self, call: Call, resp: falcon.Response, *, query: AsOf) -> Decided[ClinicSettings] | None:
        """Answer the tab as it is or was in force, or that the caller has that version."""
        clinic, language = call.caller(Clinic), in_language(call, resp)
        with self._services.database.reading() as connection:
            found = found_at(connection, clinic, "settings", query)
            if not found:
                raise NotFoundError
            settings = settings_as_stored(found[0].body)
            to_see = self._cautions(connection, clinic, settings)
        if tagged(call, resp, found[0].version):
            return None
        return shown(found[0], settings, to_see, language)

    @contract(
        summary="Change the settings",
        audience="clinic",
        body=ClinicCall[ClinicSettings],
        out=InForce,
        headers={"ETag": "The version"},
        errors=CHANGE_ERRORS,
        description=TAGS,
    )
    def put(self, call: Call, resp: falcon.Response, *, body: ClinicCall[ClinicSettings]) -> InForce:
        """Put the whole tab in force, if nobody has changed it since it was read."""
        expected, staff, language = expected_version(call), body.acting_staff, in_language(call, resp)
        refuse(settings_faults(body.content, self._services.catalogue))

        def act(connection: Connection, clinic: Clinic) -> Answer:
            decided = {"decided": body.content, "expected": expected}
            version = self._decisions.put(connection, clinic, staff, "settings", **decided)
            return {"version": version, "warnings": self._warnings(connection, clinic, body.content, language)}

        answer = self._decisions.take(call, Decision(CHANGE, staff, act))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return InForce.model_validate(answer)

    def _warnings(
        self, connection: Connection, clinic: Clinic, settings: ClinicSettings, language: Language
    ) -> list[dict[str, str]]:
        return [each.model_dump() for each in warned(self._cautions(connection, clinic, settings), language)]

    def _cautions(
        self, connection: Connection, clinic: Clinic, settings: ClinicSettings
    ) -> tuple[cautions.Caution, ...]:
        here = clinic.clinic
        lines = [PractitionerSettings.model_validate(row.body) for row in currents(connection, here, "practitioner")]
        holidays = [Closure.model_validate(row.body) for row in currents(connection, here, "closure")]
        return cautions.of_clinic(settings, lines, holidays, self._today())

    def _today(self) -> date:
        return local_day(self._services.clock())

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/clinic/settings", self.read, READ),
            Route("PUT", "/v1/clinic/settings", self.put, CHANGE),
        ]
