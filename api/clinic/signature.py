"""Who calls from a clinic: known by the signature over the message, as Standard Webhooks does it."""

import re

from api.call import Call
from api.given import Services
from api.inputs import HeaderFaultError
from api.noting import Noting
from identity.outcomes import UnauthenticatedError
from identity.subject import Clinic
from identity.webhooks import Signed, is_authentic, is_fresh
from storage import access
from storage.scope import scope_of, within
from storage.webhook_secrets import clinic_with_secrets

MESSAGE_ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
_SHAPES = {
    "webhook-clinic": re.compile(r"[a-z][a-z0-9-]{0,59}"),
    MESSAGE_ID: re.compile(r"[\x21-\x7e]{1,80}"),
    TIMESTAMP: re.compile(r"[0-9]{1,12}"),
    "webhook-signature": re.compile(r"[\x20-\x7e]{1,2000}"),
}


class Signatures:
    """Recognises clinics. Order: the headers, the secrets in force, the signature, and only then the time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noting = Noting(services)

    def clinic(self, call: Call, action: str) -> Clinic:
        """Return the clinic that signed this call.

        A message that was taken before may come with any timestamp: what was answered then is answered again.

        Raises:
            UnauthenticatedError: `signature_missing` where a header is missing or malformed, `signature_wrong`.
            HeaderFaultError: `timestamp_stale` when a new message is more than five minutes off.
            InputError: the body cannot be read.
        """
        slug, message, timestamp, signature = (_header(call, name) for name in _SHAPES)
        services, body = self._services, call.signed_bytes()
        now = services.clock()
        with services.database.reading() as connection:
            identifier, secrets = clinic_with_secrets(connection, services.keyring, slug, now)
        signed = Signed(message, timestamp, signature)
        if identifier is None or not is_authentic(secrets, signed, body):
            # The row names no clinic: nobody has shown to be one.
            self._noting.alone(access.Seen("anyone", action, "signature_wrong", corr=call.request_id))
            raise UnauthenticatedError("signature_wrong")
        clinic = Clinic(identifier, slug)
        if not is_fresh(signed, int(now.timestamp())) and not self._taken_before(clinic, message):
            raise HeaderFaultError(TIMESTAMP, "timestamp_stale")
        return clinic

    def _taken_before(self, clinic: Clinic, message: str) -> bool:
        with within(scope_of(clinic)):
            return self._services.words.known(clinic, message) is not None


def _header(call: Call, name: str) -> str:
    value = call.get_header(name)
    if value is None or not _SHAPES[name].fullmatch(value):
        raise UnauthenticatedError("signature_missing")
    return value
