"""What every change of a patient's second factors goes through: a fresh log-in, a row in the access log, a letter."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.call import Call
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from identity.outcomes import UnauthenticatedError
from identity.subject import Patient
from storage import second_factors
from storage.database import Connection
from workflows.content import WrittenText

CHANGE = "patient.factor.change"
Label = Annotated[WrittenText, Field(max_length=60, description="What you call it", examples=["My telephone"])]


class FactorChanges:
    """Asks for a fresh log-in before a change, and records the change."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._noting = Noting(services)

    def require_fresh(self, connection: Connection, call: Call) -> UUID:
        """Return whose the call is, whose log-in is at most five minutes old or was proven as lately.

        Raises:
            UnauthenticatedError: `log_in_not_fresh`.
        """
        patient = call.caller(Patient)
        if not second_factors.is_fresh(connection, patient.log_in, self.services.clock()):
            raise UnauthenticatedError("log_in_not_fresh")
        return patient.person

    def record(self, connection: Connection, call: Call, letter: str | None) -> None:
        """Record the change, and owe its owner the letter that tells of it."""
        services, person = self.services, call.caller(Patient).person
        self._noting.within(connection, seen(services, call, CHANGE))
        if letter is not None:
            second_factors.tell(connection, services.new_id, person, letter, services.clock())
