"""Keeps content from log-ins that may not see it yet: decided here, once, before any door is asked.

After a new password by mail, a log-in that rests on the mailbox alone may see what there is, and may not see into it.
After a one-time password another one has to be chosen first.
"""

from uuid import UUID

from api.call import Call
from api.given import Services
from api.noting import Noting
from api.patient.acting import PURPOSE, net
from identity.outcomes import ContentHeldError, ForbiddenError
from identity.policy import WHILE_CHOOSING, WHILE_HELD
from identity.subject import Held, Patient
from storage.access import Seen
from storage.clinics import find_clinic
from storage.requests import Requests


class Holding:
    """Refuses what a hold forbids."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noting = Noting(services)

    def check(self, call: Call, action: str, patient: Patient) -> None:
        """Let pass what shows nothing, and what is at a clinic that holds nothing back.

        Raises:
            ForbiddenError: `password_must_change`, where a one-time password opened the log-in.
            ContentHeldError: the clinic holds its content back; the try is in the access log.
            NotFoundError: the path names what is not there, or not theirs.
        """
        if patient.must_choose:
            _while_choosing(action)
            return
        if not patient.held or action in WHILE_HELD:
            return
        held = self._held(call, patient)
        if held is not None:
            self._noting.alone(self._tried(call, action, patient, held))
            raise ContentHeldError(held.until)

    def _tried(self, call: Call, action: str, patient: Patient, held: Held) -> Seen:
        return Seen(
            "patient",
            action,
            "content_held",
            actor=str(patient.person),
            person=patient.person,
            clinic=held.clinic,
            request=call.variables.get("request"),
            purpose=PURPOSE,
            corr=call.request_id,
            net=net(self._services, call),
        )

    def _held(self, call: Call, patient: Patient) -> Held | None:
        """Return the hold of the clinic that the path is about; of any clinic where it is about none."""
        clinic = self._clinic(call, patient)
        return patient.held[0] if clinic is None else patient.held_at(clinic)

    def _clinic(self, call: Call, patient: Patient) -> UUID | None:
        # A thread has the id of its first case.
        request, slug = call.variables.get("request", call.variables.get("thread")), call.variables.get("slug")
        with self._services.database.reading() as connection:
            if request is not None:
                return Requests(connection, self._services.keyring, patient).one(request).clinic_id
            return find_clinic(connection, slug).id if slug is not None else None


def _while_choosing(action: str) -> None:
    if action not in WHILE_CHOOSING:
        raise ForbiddenError("password_must_change")
