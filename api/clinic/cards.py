"""A patient's card, tab *Kommunikation* (PAT-1): what the patient may do here, since when and by whom."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.clinic.calls import ActingStaff, ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.settings_changes import Change, change_of
from api.clinic.tab_checks import rights_faults
from api.clinic.tabs import CHANGE_ERRORS
from api.clinic.versions import TAGS, Who, expected_version, refuse
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from api.noting import Noting
from api.strict_json import Moment
from identity.cpr import Cpr
from identity.outcomes import NotFoundError
from identity.subject import Clinic
from storage.access import Seen
from storage.changes import Sought, changes
from storage.database import Connection
from storage.inbox import Answer
from storage.patients import list_patient, patient_with, put_services
from storage.versions import Versioned, as_of, currents
from workflows.clinic_settings import Kind, PatientRights
from workflows.facts import Departure

READ, CHANGE = "clinic.right.read", "clinic.right.change"
MOST_CHANGES = 100


class Card(BaseModel):
    """A patient's card, tab *Kommunikation*: a service that is not named is allowed.

    `email` is the clinic's own record. The portal writes only to the address that the patient has given the portal, and
    asks the clinic's system itself when the two must agree.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    email: Annotated[str, Field(max_length=254)] | None = None
    no_mitid: bool
    services: dict[Kind, bool]


class Version(BaseModel):
    """The version that is in force now."""

    version: int


class AskedCard(BaseModel):
    """Whose card is asked for, and as of which moment; left out: now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    as_of: Moment | None = None


class CardInForce(BaseModel):
    """A card as it is or was in force; version 0 is that of a patient on whom nobody has decided, who may all."""

    version: int = Field(description="In quotes, the `ETag`")
    at: Moment | None
    by: Who | None
    services: dict[Kind, bool]
    ended: Departure | None = Field(description="Why the patient has no rights here any more")
    changes: tuple[Change, ...] = Field(description=f"The newest {MOST_CHANGES}, newest first")


class ClinicCards:
    """Reads and changes what a clinic's patients may do."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)
        self._noting = Noting(services)

    @contract(
        summary="Change a patient's card",
        audience="clinic",
        body=ClinicCall[Card],
        out=Version,
        headers={"ETag": "The version"},
        errors=(RefusedError, *CHANGE_ERRORS),
        description=f"Whoever has a card is a patient of the clinic from then on. {TAGS}",
    )
    def put(self, call: Call, resp: falcon.Response, *, body: ClinicCall[Card]) -> Version:
        """Put one patient's rights in force (PAT-1)."""
        card, staff, services = body.content, body.acting_staff, self._services
        cpr = self._number(call, card.cpr)
        refuse(rights_faults(card.services, services.catalogue))
        expected = expected_version(call)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person = list_patient(
                connection,
                services.keyring,
                services.new_id,
                clinic=clinic.clinic,
                cpr=cpr,
                mitid_exempt=card.no_mitid,
                by=staff.id,
                now=services.clock(),
            )
            return {"version": self._granted(connection, clinic, person, card.services, staff, expected)}

        answer = self._decisions.take(call, Decision(CHANGE, staff, act, cpr))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return Version.model_validate(answer)

    def _granted(
        self,
        connection: Connection,
        clinic: Clinic,
        person: UUID,
        services: Mapping[str, bool],
        staff: ActingStaff,
        expected: int,
    ) -> int:
        by, at = staff.as_staff(), self._services.clock()
        return put_services(connection, clinic.clinic, person, services, by=by, at=at, expected=expected)

    @contract(
        summary="Read a patient's card",
        audience="clinic",
        body=ClinicCall[AskedCard],
        out=CardInForce,
        headers={"ETag": "The version"},
        errors=(RefusedError, NotFoundError),
        description="A number is named in a body only, so this is a POST. It changes nothing and is noted in the "
        "access log.",
    )
    def read(self, call: Call, resp: falcon.Response, *, body: ClinicCall[AskedCard]) -> CardInForce:
        """Answer one patient's rights as they are or were, and how they came to be so."""
        clinic, asked = call.caller(Clinic), body.content
        cpr = self._number(call, asked.cpr)
        with self._services.database.writing() as connection:
            key = self._seen_card(connection, clinic, body.acting_staff, cpr, call.request_id)
            found = (
                currents(connection, clinic.clinic, "right", key)
                if asked.as_of is None
                else as_of(connection, clinic.clinic, "right", asked.as_of, key)
            )
            how = changes(connection, clinic.clinic, Sought(("right",), key), None, MOST_CHANGES)
        resp.set_header("ETag", f'"{found[0].version if found else 0}"')
        return _card(found[0] if found else None, tuple(change_of(each, key="") for each in how))

    def _seen_card(self, connection: Connection, clinic: Clinic, staff: ActingStaff, cpr: Cpr, corr: str) -> str:
        """Return the key of a patient's card, once it is noted who looks.

        Raises:
            NotFoundError: the clinic has no such patient.
        """
        person, _ = patient_with(connection, self._services.keyring, clinic.clinic, cpr)
        seen = Seen(
            "clinician",
            READ,
            "ok",
            actor=staff.id,
            role=staff.role,
            clinic=clinic.clinic,
            person=person,
            purpose="treatment",
            corr=corr,
        )
        self._noting.within(connection, seen)
        return str(person)

    def _number(self, call: Call, text: str) -> Cpr:
        return number_at(self._services, call.caller(Clinic).slug, text, "/content")

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("PUT", "/v1/clinic/rights", self.put, CHANGE),
            Route("POST", "/v1/clinic/rights/lookup", self.read, READ),
        ]


def _card(found: Versioned | None, how: tuple[Change, ...]) -> CardInForce:
    if found is None:
        return CardInForce(version=0, at=None, by=None, services={}, ended=None, changes=how)
    rights = PatientRights.model_validate(found.body)
    return CardInForce(
        version=found.version,
        at=found.at,
        by=Who(id=found.by, name=found.name, role=found.role),
        services=rights.services,
        ended=rights.ended,
        changes=how,
    )
