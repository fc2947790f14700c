"""Leaving one clinic, or the portal: said twice over, in the call and in its body (ACC-13)."""

from typing import Annotated
from uuid import UUID

import falcon
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.patient.acting import acting, cause, seen
from api.patient.keeping import forget
from api.patient.words import in_language, said
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.leaving import Leaver, Leaving
from workflows.channels import PORTAL
from workflows.vocabulary import Say

_LEFT = Say(
    "Du er ikke længere bruger. Det, der står under staying, ligger stadig hos klinikken: ring, hvis det skal ændres.",
    "You are no longer a user. What is under staying is still with the clinic: phone if it is to be changed.",
)


def _meant(confirm: bool) -> bool:  # noqa: FBT001 - as pydantic calls it
    if not confirm:
        raise PydanticCustomError("not_confirmed", "Send true if you mean it.", {"da": "Send true, hvis du mener det."})
    return confirm


class Confirmation(BaseModel):
    """That the caller means it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    confirm: Annotated[bool, Field(json_schema_extra={"const": True}, examples=[True]), AfterValidator(_meant)]


class Left(BaseModel):
    """What follows: one sentence, and the requests that could not be taken back with the appointments that stand."""

    message: str
    staying: tuple[UUID, ...]


class LeavingDoors:
    """Lets patients leave."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._leaving = Leaving(services.database, services.ledger, services.new_id)

    @contract(
        summary="Leave a clinic",
        audience="patient",
        body=Confirmation,
        out=Left,
        errors=(NotFoundError,),
        description="Requests that wait are taken back where that is still possible. The same call again changes "
        "nothing. What was said before can still be read.",
    )
    def clinic(self, call: Call, resp: falcon.Response, *, slug: str, body: Confirmation) -> Left:  # noqa: ARG002 - there to be said
        """End the membership."""
        staying = self._leaving.clinic(self._leaver(call, "patient.clinic.leave"), slug)
        return Left(message=said(_LEFT, in_language(call, resp)), staying=tuple(staying))

    @contract(
        summary="Delete my user",
        audience="patient",
        body=Confirmation,
        out=Left,
        description="Leaves every clinic, and erases password, address, second factors and log-ins: the one of this "
        "call too, so a repeat is 401. A last mail tells the address. Requests and their history stay with the "
        "clinics, under a pseudonym, for as long as the clinics must keep them.",
    )
    def portal(self, call: Call, resp: falcon.Response, *, body: Confirmation) -> Left:  # noqa: ARG002 - there to be said
        """End the user."""
        staying = self._leaving.portal(self._leaver(call, "patient.me.leave"))
        if call.caller(Patient).channel == PORTAL:
            forget(resp)
        return Left(message=said(_LEFT, in_language(call, resp)), staying=tuple(staying))

    def _leaver(self, call: Call, act: str) -> Leaver:
        services, patient = self._services, call.caller(Patient)
        pulled = cause(services, call, "api", call.request_id)
        return Leaver(patient.person, acting(patient), pulled, seen(services, call, act))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {"slug": "The clinic's short name"}
        return [
            Route("DELETE", "/v1/me/clinics/{slug}", self.clinic, "patient.clinic.leave", one),
            Route("DELETE", "/v1/me", self.portal, "patient.me.leave"),
        ]
