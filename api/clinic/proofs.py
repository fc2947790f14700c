"""What a clinic can show of itself: its demand in numbers, and what it was given of each request."""

from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import InvalidQueryError
from api.noting import Noting
from api.statistics import Days, Statistics, period_of, statistics
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Clinic
from storage.access import Seen
from storage.deliveries import FORM, Delivery, deliveries_of, reckoned
from storage.requests import Requests

STATISTICS, DELIVERY = "clinic.statistics.read", "clinic.delivery.read"


class Delivered(BaseModel):
    """One delivery: WinPLC's own reference, when, and the keyed fingerprint of what it was given."""

    model_config = ConfigDict(frozen=True)

    reference: str | None
    journal_copy: str | None
    at: Moment
    fingerprint: str = Field(description="Hexadecimal HMAC-SHA-256 under a key of this portal's")
    matches: bool | None = Field(
        description="Whether what is stored now has that fingerprint; null where it has been erased"
    )


class Deliveries(BaseModel):
    """All deliveries of one request, the first one first."""

    items: tuple[Delivered, ...]


class ClinicProofs:
    """Shows numbers and deliveries; each look is recorded."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(
        summary="Read the clinic's numbers",
        audience="clinic",
        query=Days,
        out=Statistics,
        errors=(InvalidQueryError,),
        description="Requests that patients made in the period: how many, when, how long they took, how often they "
        "were late, asked again, or refused and by which layer.",
    )
    def numbers(self, call: Call, _resp: falcon.Response, *, query: Days) -> Statistics:
        """Answer the numbers of a period."""
        clinic, period = call.caller(Clinic), period_of(query)
        seen = Seen("clinic", STATISTICS, "ok", actor=clinic.slug, clinic=clinic.clinic, corr=call.request_id)
        with self._services.database.writing() as connection:
            self._noting.within(connection, seen)
            return statistics(connection, clinic.slug, clinic.clinic, period, self._services.clock())

    @contract(
        summary="Read what the clinic was given of a request",
        audience="clinic",
        out=Deliveries,
        errors=(NotFoundError,),
        description="The fingerprint is reckoned again from what is stored now.",
    )
    def deliveries(self, call: Call, _resp: falcon.Response, *, request: UUID) -> Deliveries:
        """Answer the deliveries, each compared with what is stored."""
        services, clinic = self._services, call.caller(Clinic)
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, clinic).one(request)
            now = reckoned(connection, services.keyring, services.catalogue[found.kind], found)
            given = deliveries_of(connection, request)
            seen = Seen(
                "clinic",
                DELIVERY,
                "ok",
                actor=clinic.slug,
                clinic=clinic.clinic,
                request=request,
                person=found.person,
                purpose="proof",
                corr=call.request_id,
            )
            self._noting.within(connection, seen)
        return Deliveries(items=tuple(_shown(each, now) for each in given))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {"request": "The request's id"}
        return [
            Route("GET", "/v1/clinic/statistics", self.numbers, STATISTICS),
            Route("GET", "/v1/clinic/requests/{request:uuid}/delivery", self.deliveries, DELIVERY, one),
        ]


def _shown(given: Delivery, now: bytes | None) -> Delivered:
    comparable = now is not None and given.form == FORM
    return Delivered(
        reference=given.reference,
        journal_copy=given.journal_copy,
        at=given.at,
        fingerprint=given.fingerprint.hex(),
        matches=given.fingerprint == now if comparable else None,
    )
