"""Applies the policy to a call: which proof the action asks for, and whose it is."""

import hmac
import re
from collections.abc import Callable, Mapping

from api.call import Call
from api.clinic.signature import Signatures
from api.contract import Route
from api.given import Services
from api.holding import Holding
from identity.outcomes import ForbiddenError, UnauthenticatedError
from identity.policy import POLICY, Who
from identity.subject import Anyone, Auditor, Patient, Principal
from storage.auditors import auditor_by_token

ByToken = Callable[[str], Principal]

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9_\-.~+/]{1,200}=*)")


class Admission:
    """Says who asks, or refuses: 401 where nobody has shown who they are, 403 where it is another kind of caller."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._signatures = Signatures(services)
        self._holding = Holding(services)
        self._by_token: Mapping[Who, ByToken] = {Who.PATIENT: services.log_ins.who, Who.AUDITOR: self._auditor}

    def __call__(self, call: Call, route: Route) -> Principal:
        """Return who asks.

        Raises:
            UnauthenticatedError: no proof, or one that does not hold.
            ForbiddenError: the proof holds, but of another kind of caller.
            HeaderFaultError: see `Signatures.clinic`.
            ContentHeldError: see `Holding.check`.
        """
        who = POLICY[route.policy]
        if who is Who.ANYONE:
            return Anyone()
        if who is Who.CLINIC:
            return self._clinic(call, route.policy)
        if who is Who.OPERATOR:
            return self._operator(call)
        principal = self._bearer(call, who)
        if isinstance(principal, Patient):
            self._holding.check(call, route.policy, principal)
        return principal

    def _clinic(self, call: Call, action: str) -> Principal:
        token = _token(call)
        if token is not None and call.get_header("webhook-signature") is None:
            self._refuse_other_kinds(token, Who.CLINIC)
        return self._signatures.clinic(call, action)

    def _bearer(self, call: Call, who: Who) -> Principal:
        token = _token(call)
        if token is None:
            raise UnauthenticatedError
        try:
            return self._by_token[who](token)
        except UnauthenticatedError:
            self._refuse_other_kinds(token, who)
            raise

    def _refuse_other_kinds(self, token: str, wanted: Who) -> None:
        for who, known in self._by_token.items():
            if who is not wanted and _holds(known, token):
                raise ForbiddenError

    def _auditor(self, token: str) -> Auditor:
        services = self._services
        with services.database.reading() as connection:
            return auditor_by_token(connection, token, services.clock())

    def _operator(self, call: Call) -> Principal:
        """Without a token of its own the page is open on a machine for trying out, and shut in production."""
        settings = self._services.settings
        wanted = settings.metrics_token
        if wanted is None and not settings.production:
            return Anyone()
        shown = _token(call) or ""
        if wanted is None or not hmac.compare_digest(shown.encode(), wanted.get_secret_value().encode()):
            raise UnauthenticatedError
        return Anyone()


def _token(call: Call) -> str | None:
    found = _BEARER.fullmatch(call.get_header("Authorization") or "")
    return found[1] if found else None


def _holds(known: ByToken, token: str) -> bool:
    try:
        known(token)
    except UnauthenticatedError:
        return False
    return True
