"""What a patient does with a request that stands."""

from uuid import UUID

from identity.subject import Patient
from storage.database import Database
from storage.history import Actor, Cause
from storage.ledger import Ledger, OvertakenError, Recorded, Said
from storage.requests import Requests
from storage.standing import lock
from workflows.content import Content
from workflows.vocabulary import Refusal

_TRIES = 3


class Wishes:
    """Carries out patients' wishes; each is one transaction that leaves nothing when a rule refuses."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def pull(
        self, patient: Patient, request: UUID, trigger: str, content: Content, actor: Actor, cause: Cause
    ) -> Recorded | Refusal:
        """Pull a trigger on the patient's request; a move gives up the old time only if the new one is taken (NEW-16).

        Return where it stands now, or the request that has taken its place.

        Raises:
            NotFoundError: the request is not there, or not theirs.
            NotApplicableError: the trigger does not apply in the request's state, or not for patients.
            StorageUnavailableError: the database cannot take it now; nothing is stored.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._once(patient, request, trigger, Said(content), actor, cause)
            except OvertakenError:
                continue
        return self._once(patient, request, trigger, Said(content), actor, cause)

    def _once(
        self, patient: Patient, request: UUID, trigger: str, said: Said, actor: Actor, cause: Cause
    ) -> Recorded | Refusal:
        with self._database.writing() as connection:
            Requests(connection, self._ledger.keyring, patient).one(request)
            standing = lock(connection, self._ledger.keyring, request)
            standing.channel = patient.channel  # the way this wish comes, which the first one may not have come
            return self._ledger.advance_locked(connection, standing, trigger, said, actor, cause)
