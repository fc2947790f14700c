"""A patient has lost a telephone or a key: the clinic, which knows who they are, ends their second factors."""

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage import second_factors
from storage.database import Connection
from storage.inbox import Answer
from storage.patients import patient_with

END = "clinic.factor.end"


class Loser(BaseModel):
    """Who has lost what they confirm their log-in with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: CprText


class Ended(BaseModel):
    """How many second factors were in force until now."""

    ended: int


class ClinicFactors:
    """Ends second factors for a clinic's own patients."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="End a patient's second factors",
        audience="clinic",
        body=ClinicCall[Loser],
        out=Ended,
        errors=(RefusedError, KeyReusedError, NotFoundError),
        description=(
            "For a patient who has lost them, once staff have made sure who asks. Every log-in of theirs ends too, and "
            "a mail tells of it."
        ),
    )
    def end(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Loser]) -> Ended:
        """End all of them at once."""
        services = self._services
        cpr = number_at(services, call.caller(Clinic).slug, body.content.cpr, "/content")

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person, _ = patient_with(connection, services.keyring, clinic.clinic, cpr)
            now = services.clock()
            ended = second_factors.end_all(connection, person, now)
            if ended:
                second_factors.tell(connection, services.new_id, person, second_factors.REMOVED, now)
            return {"ended": ended}

        return Ended.model_validate(self._decisions.take(call, Decision(END, body.acting_staff, act, cpr)))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [Route("POST", "/v1/clinic/patients/factors/reset", self.end, END)]
