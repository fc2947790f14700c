"""Using an activation link: what the JSON door and the plain page share."""

from datetime import timedelta

from api.call import Call
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from api.patient.recovering import refuse_weak
from identity.outcomes import NotFoundError, TooManyRequestsError
from identity.password_rules import Standard
from identity.tokens import token_hash
from storage.activations import ACTIVATE, Link, activate, find_link
from storage.ledger import OvertakenError
from storage.password_context import person_of, standard_at
from storage.throttles import count_up
from workflows.enrolment import LINK_HOLDS
from workflows.vocabulary import NotApplicableError, Refusal, Say

TRIES, TRIES_WINDOW = 5, timedelta(hours=1)
_OWN_PASSWORD = Say(
    "Du er allerede bruger i portalen. Skriv den adgangskode, du har.",
    "You are a user of the portal already. Type the password you have.",
)


class Activating:
    """Makes somebody a user by a link, once."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def use(self, call: Call, clinic: str, token: str, password: str) -> Refusal | None:
        """Set the password, or return the rule that refuses: a link that never was, was used or has ended is one.

        Somebody who has become a user meanwhile shows the password they have: a link that one clinic has sent to one
        address must not open what another clinic has given to another (ACC-1).

        Raises:
            InvalidBodyError: the password breaks a rule (ACC-14), or is not the user's own; the link is not used up.
            TooManyRequestsError: too many passwords were tried with this link.
        """
        for _ in range(2):
            try:
                return self._once(call, clinic, token, password)
            except OvertakenError:
                continue
            except (NotFoundError, NotApplicableError):
                break
        return Refusal(LINK_HOLDS)

    def _once(self, call: Call, clinic: str, token: str, password: str) -> Refusal | None:
        services = self._services
        with services.database.reading() as connection:
            link = find_link(connection, clinic, token, services.clock())
            whose = person_of(connection, link.request)
            standard = standard_at(connection, services.keyring, clinic, whose)
        new_hash = self._checked(link, token, password, standard)
        with services.database.writing() as connection:
            outcome = activate(connection, services.ledger, link, new_hash, call.request_id)
        return outcome if isinstance(outcome, Refusal) else None

    def _checked(self, link: Link, token: str, password: str, standard: Standard) -> str | None:
        """Return the hash of a new password; None where the person has shown the one they have."""
        services = self._services
        if link.password_hash is None:
            refuse_weak(password, standard)
            return services.passwords.hash(password)
        with services.database.writing() as connection:
            bucket = f"{ACTIVATE}:{token_hash(token).hex()}"
            if count_up(connection, bucket, services.clock(), TRIES_WINDOW) > TRIES:
                raise TooManyRequestsError(int(TRIES_WINDOW.total_seconds()))
        if not services.passwords.matches(link.password_hash, password):
            words = {"da": _OWN_PASSWORD.da, "en": _OWN_PASSWORD.en}
            raise InvalidBodyError((Fault("/password", "not_your_password", words=words),))
        return None
