"""Keeping a time for the five minutes in which the form is filled in (BOO-16)."""

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.contract import Route, contract
from api.errors import RefusedError
from api.given import Services
from api.patient.fresh_times import fresh_for
from api.strict_json import Moment
from identity.outcomes import NotFoundError, TooManyRequestsError
from identity.subject import Patient
from storage.slot_holding import HOLDS_WINDOW, SlotHolding
from workflows.appointments import HoldWish
from workflows.vocabulary import Refusal

_HOLD = "/v1/clinics/{slug}/hold"


class Held(BaseModel):
    """The time that is kept for the patient, and until when."""

    model_config = ConfigDict(frozen=True)

    slot: str
    until: Moment


class SlotHolds:
    """Holds times and lets them go."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._holding = SlotHolding(services.database, services.ledger, services.new_id)

    @contract(
        summary="Hold a time",
        audience="patient",
        body=HoldWish,
        out=Held,
        errors=(RefusedError, TooManyRequestsError, NotFoundError),
        description="For five minutes nobody else is shown the time, or gets it. A patient holds one time at each "
        "clinic: another one takes its place, and asking for the same again does not make it longer. Booking it needs "
        "no hold, and ends it.",
    )
    def hold(self, call: Call, _resp: falcon.Response, *, slug: str, body: HoldWish) -> Held:
        """Hold the time, or say what is free instead."""
        patient = call.caller(Patient)
        if self._holding.is_too_often(patient):
            raise TooManyRequestsError(int(HOLDS_WINDOW.total_seconds()))
        outcome = self._holding.hold(patient, slug, body.slot)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome, fresh=fresh_for(self._services, call, slug, outcome, body))
        return Held(slot=body.slot, until=outcome)

    @contract(summary="Let a held time go", audience="patient", status=204, errors=(NotFoundError,))
    def let_go(self, call: Call, _resp: falcon.Response, *, slug: str) -> None:
        """Give the time back at once, as when the form is left; nothing held is nothing to do."""
        self._holding.let_go(call.caller(Patient), slug)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("POST", _HOLD, self.hold, "patient.slot.hold", clinic),
            Route("DELETE", _HOLD, self.let_go, "patient.slot.hold", clinic),
        ]
