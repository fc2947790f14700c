"""How every decision of a clinic is taken: once for each message, with a row in the access log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.call import Call
from api.clinic.calls import ActingStaff
from api.clinic.signature import MESSAGE_ID
from api.given import Services
from api.noting import Noting
from identity.cpr import Cpr
from identity.subject import Clinic
from storage import access
from storage.accounts import cpr_index, person_by_cpr
from storage.database import Connection
from storage.inbox import Answer, Arrival, once
from storage.versions import cancel, put

Act = Callable[[Connection, Clinic], Answer]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides, under which action of the policy, about whom, and what is done in the transaction."""

    action: str
    staff: ActingStaff
    act: Act
    about: Cpr | None = None


class Decisions:
    """Carries decisions out."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._noting = Noting(services)

    def take(self, call: Call, decision: Decision) -> Answer:
        """Return what is answered; a repeat of the message is answered alike and decides nothing.

        Raises:
            KeyReusedError: the message id came before with another body or at another door.
        """
        clinic = call.caller(Clinic)
        said = call.path.encode() + b"\n" + call.body_bytes()
        fingerprint = self.services.keyring.keyed("fingerprint", said)
        arrival = Arrival(clinic.clinic, call.header(MESSAGE_ID), decision.action, fingerprint)

        def act(connection: Connection) -> Answer:
            answer = decision.act(connection, clinic)
            self._note(connection, clinic, decision, call.request_id)
            return answer

        return once(self.services.database, arrival, act)

    def put(self, connection: Connection, clinic: Clinic, staff: ActingStaff, topic: str, **particulars: Any) -> int:
        """Put a version in force and return its number; see `storage.versions.put`."""
        at = self.services.clock()
        return put(connection, clinic=clinic.clinic, topic=topic, by=staff.as_staff(), at=at, **particulars)

    def end(self, call: Call, action: str, staff: ActingStaff, topic: str, **which: Any) -> Answer:
        """Take something out of force and answer the version that says so; see `storage.versions.cancel`."""

        def act(connection: Connection, clinic: Clinic) -> Answer:
            at = self.services.clock()
            return {
                "version": cancel(connection, clinic=clinic.clinic, topic=topic, by=staff.as_staff(), at=at, **which)
            }

        return self.take(call, Decision(action, staff, act))

    def _note(self, connection: Connection, clinic: Clinic, decision: Decision, corr: str) -> None:
        """Add the row, once it is there whom the decision may have made."""
        about = decision.about
        seen = access.Seen(
            "clinician",
            decision.action,
            "ok",
            actor=decision.staff.id,
            role=decision.staff.role,
            clinic=clinic.clinic,
            person=None if about is None else person_by_cpr(connection, cpr_index(self.services.keyring, about)),
            purpose="treatment",
            corr=corr,
        )
        self._noting.within(connection, seen)
