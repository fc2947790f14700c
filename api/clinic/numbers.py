"""A patient of the clinic's has got another CPR number (CPR-5)."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from identity.cpr import Cpr
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage.database import Connection
from storage.inbox import Answer
from storage.numbers import Change, change_number
from storage.patients import patient_with
from storage.second_factors import tell
from workflows.vocabulary import Refusal

ACTION = "clinic.number.change"
LETTER = "user_changed"


class NumberChange(BaseModel):
    """The number that the portal knows, and the one that holds from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    new_cpr: Annotated[CprText, Field(repr=False, examples=["1403837853"])]


class Renumbered(BaseModel):
    """Whether the number is another now; false where it was the new one already."""

    changed: bool


class ClinicNumbers:
    """Takes changes of number; the person stays the same, with all that is theirs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="Change a patient's CPR number",
        audience="clinic",
        body=ClinicCall[NumberChange],
        out=Renumbered,
        errors=(RefusedError, KeyReusedError, NotFoundError),
        description="The person logs in with the new number from now on, and their log-ins end. The old one still "
        "finds them in the clinic's calls. A mail says that something has changed, not what.",
    )
    def put_number(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[NumberChange]) -> Renumbered:
        """Put the new number in force."""
        said, slug = body.content, call.caller(Clinic).slug
        # The old one may have letters whatever the clinic takes now: this is how such a number is left behind.
        old = Cpr(said.cpr, letters=True)
        new = number_at(self._services, slug, said.new_cpr, "/content", "new_cpr")

        def act(connection: Connection, clinic: Clinic) -> Answer:
            return {"changed": self._changed(connection, clinic, old, new)}

        return Renumbered.model_validate(self._decisions.take(call, Decision(ACTION, body.acting_staff, act, new)))

    def _changed(self, connection: Connection, clinic: Clinic, old: Cpr, new: Cpr) -> bool:
        services, now = self._services, self._services.clock()
        person, _ = patient_with(connection, services.keyring, clinic.clinic, old)
        change = Change(person, old, new, clinic.clinic)
        outcome = change_number(connection, services.keyring, services.new_id, change, now)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome, "/content")
        if outcome:
            tell(connection, services.new_id, person, LETTER, now)
        return outcome

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("PUT", "/v1/clinic/numbers", self.put_number, ACTION)]
