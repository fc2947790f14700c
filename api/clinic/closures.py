"""The holidays tab of Patientkommunikation (HOL-1..4): each planned, changed and cancelled by itself."""

from datetime import date

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.tab_checks import closure_faults
from api.clinic.tabs import CHANGE_ERRORS
from api.clinic.versions import (
    TAGS,
    THEIR_KEY,
    AsOf,
    Decided,
    Ended,
    InForce,
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
from storage.database import Connection
from storage.inbox import Answer
from storage.versions import currents
from workflows.cautions import of_closure
from workflows.clinic_settings import Closure
from workflows.working_days import local_day

READ, CHANGE, TOPIC = "clinic.closure.read", "clinic.closure.change", "closure"
PATH = "/v1/clinic/closures"


class Holidays(BaseModel):
    """Every holiday, past and to come, by key."""

    items: tuple[Decided[Closure], ...]


class Cancelling(BaseModel):
    """A holiday that is not held, or that ends now."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ClinicClosures:
    """Reads, plans, changes and cancels holidays."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(summary="Read the holidays", audience="clinic", query=AsOf, out=Holidays, errors=(InvalidQueryError,))
    def read_all(self, call: Call, resp: falcon.Response, *, query: AsOf) -> Holidays:
        """Answer every holiday as it is or was planned."""
        return Holidays(items=self._holidays(call, resp, query, None))

    @contract(
        summary="Read a holiday",
        audience="clinic",
        query=AsOf,
        out=Decided[Closure],
        headers={"ETag": "The version"},
        errors=(InvalidQueryError, NotFoundError),
    )
    def read(self, call: Call, resp: falcon.Response, *, key: str, query: AsOf) -> Decided[Closure] | None:
        """Answer one holiday."""
        found = self._holidays(call, resp, query, known_form(key))
        if not found:
            raise NotFoundError
        return None if tagged(call, resp, found[0].version) else found[0]

    @contract(
        summary="Change a holiday",
        audience="clinic",
        body=ClinicCall[Closure],
        out=InForce,
        headers={"ETag": "The version"},
        errors=CHANGE_ERRORS,
        description="Both days are included, in Danish local time; holidays that overlap are refused (HOL-3). " + TAGS,
    )
    def put(self, call: Call, resp: falcon.Response, *, key: str, body: ClinicCall[Closure]) -> InForce:
        """Put one holiday in force, and say what stays open beside it (HOL-2)."""
        name, staff, expected = known_form(key), body.acting_staff, expected_version(call)
        language, kinds, wanted = in_language(call, resp), self._services.catalogue, body.content

        def act(connection: Connection, clinic: Clinic) -> Answer:
            others = [each.body for each in currents(connection, clinic.clinic, TOPIC) if each.key != name]
            refuse(closure_faults(wanted, [Closure.model_validate(each) for each in others], kinds))
            decided = {"key": name, "decided": wanted, "expected": expected}
            version = self._decisions.put(connection, clinic, staff, TOPIC, **decided)
            warnings = warned(of_closure(wanted, self._today()), language)
            return {"version": version, "warnings": [each.model_dump() for each in warnings]}

        answer = self._decisions.take(call, Decision(CHANGE, staff, act))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return InForce.model_validate(answer)

    @contract(
        summary="Cancel a holiday",
        audience="clinic",
        body=ClinicCall[Cancelling],
        out=Ended,
        errors=(*CHANGE_ERRORS, NotFoundError),
        description=f"What it shut is open again at once; that it was planned stays in the history. {TAGS}",
    )
    def cancel(self, call: Call, _resp: falcon.Response, *, key: str, body: ClinicCall[Cancelling]) -> Ended:
        """Take one holiday out of force."""
        which = {"key": known_form(key), "expected": expected_version(call)}
        return Ended.model_validate(self._decisions.end(call, CHANGE, body.acting_staff, TOPIC, **which))

    def _holidays(
        self, call: Call, resp: falcon.Response, query: AsOf, key: str | None
    ) -> tuple[Decided[Closure], ...]:
        clinic, language, today = call.caller(Clinic), in_language(call, resp), self._today()
        with self._services.database.reading() as connection:
            found = found_at(connection, clinic, TOPIC, query, key)
        holidays = [(each, Closure.model_validate(each.body)) for each in found]
        return tuple(shown(each, content, of_closure(content, today), language) for each, content in holidays)

    def _today(self) -> date:
        return local_day(self._services.clock())

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", PATH, self.read_all, READ),
            Route("GET", f"{PATH}/{{key}}", self.read, READ, THEIR_KEY),
            Route("PUT", f"{PATH}/{{key}}", self.put, CHANGE, THEIR_KEY),
            Route("POST", f"{PATH}/{{key}}/cancellation", self.cancel, CHANGE, THEIR_KEY),
        ]
