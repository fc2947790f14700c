"""Applies the policy to a call: which proof the action asks for, and whose it is."""

import hmac
from collections.abc import Callable, Mapping

from api.call import Call
from api.clinic.signature import Signatures
from api.contract import Route
from api.given import Services
from api.holding import Holding
from api.proofs import APPS, GRANT_COOKIES, Shown, bearer, client_key, shown
from api.same_site import SameSite, csrf_token, csrf_token_of_grant
from identity.outcomes import ForbiddenError, UnauthenticatedError
from identity.policy import POLICY, Who, within
from identity.subject import Anyone, Patient, Principal
from storage.api_clients import client_by_key
from storage.grant_log_ins import GrantLogIns
from storage.scope import COUNTS, IDENTITY, enter, scope_of

ByToken = Callable[[str], Principal]


class Admission:
    """Says who asks, or refuses: 401 where nobody has shown who they are, 403 where they may not, or not so."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._signatures = Signatures(services)
        self._holding = Holding(services)
        self._same_site = SameSite(services.keyring, services.settings.public_url)
        self._by_token: Mapping[Who, ByToken] = {
            Who.PATIENT: services.log_ins.who,
            **{kind: granted(services, kind).who for kind in (Who.AUDITOR, Who.OPERATOR)},
        }

    def __call__(self, call: Call, route: Route) -> Principal:
        """Return who asks, and let the call to what is theirs: until that is known, only who somebody is may be asked.

        Raises:
            UnauthenticatedError: no proof, or one that does not hold.
            ForbiddenError: the proof holds, but of another kind of caller, for other actions (`client_scope`), or in
                a call that a page of somebody else's sent (`csrf`).
            HeaderFaultError: see `Signatures.clinic`.
            ContentHeldError: see `Holding.check`.
        """
        enter(IDENTITY)
        principal = self._principal(call, route)
        enter(COUNTS if POLICY[route.policy] is Who.SCRAPER else scope_of(principal))
        return principal

    def _principal(self, call: Call, route: Route) -> Principal:
        who = POLICY[route.policy]
        if who is Who.ANYONE:
            return self._anyone(call, route)
        if who is Who.PATIENT:
            return self._patient(call, route)
        if who is Who.CLINIC:
            return self._clinic(call, route.policy)
        if who is Who.SCRAPER:
            return self._scraper(call)
        return self._granted(call, route, who)

    def _anyone(self, call: Call, route: Route) -> Principal:
        key = client_key(call) if route.contract.audience in APPS else None
        if key is not None:
            with self._services.database.reading() as connection:
                call.client = client_by_key(connection, key)
        return Anyone()

    def _patient(self, call: Call, route: Route) -> Principal:
        proof = shown(call)
        if proof.by_cookie:
            self._same_site.expect_own(call, route)
        patient = self._logged_in(call, proof)
        if proof.by_cookie:
            self._same_site.expect_word(call, csrf_token(self._services.keyring, patient.log_in))
        enter(scope_of(patient))
        if not within(patient.scopes, route.policy):
            raise ForbiddenError("client_scope")
        self._holding.check(call, route.policy, patient)
        return patient

    def _logged_in(self, call: Call, proof: Shown) -> Patient:
        try:
            return self._services.log_ins.who(proof.token, client_key(call), by_cookie=proof.by_cookie)
        except UnauthenticatedError:
            if not proof.by_cookie:
                self._refuse_other_kinds(proof.token, Who.PATIENT)
            raise

    def _clinic(self, call: Call, action: str) -> Principal:
        token = bearer(call)
        if token is not None and call.get_header("webhook-signature") is None:
            self._refuse_other_kinds(token, Who.CLINIC)
        return self._signatures.clinic(call, action)

    def _granted(self, call: Call, route: Route, who: Who) -> Principal:
        proof = shown(call, GRANT_COOKIES[who])
        if proof.by_cookie:
            self._same_site.expect_own(call, route)
        try:
            principal = self._by_token[who](proof.token)
        except UnauthenticatedError:
            if not proof.by_cookie:
                self._refuse_other_kinds(proof.token, who)
            raise
        if proof.by_cookie:
            self._same_site.expect_word(call, csrf_token_of_grant(self._services.keyring, proof.token))
        return principal

    def _refuse_other_kinds(self, token: str, wanted: Who) -> None:
        for who, known in self._by_token.items():
            if who is not wanted and _holds(known, token):
                raise ForbiddenError

    def _scraper(self, call: Call) -> Principal:
        """Without a token of its own the page is open on a machine for trying out, and shut in production."""
        settings = self._services.settings
        wanted = settings.metrics_token
        if wanted is None and not settings.production:
            return Anyone()
        token = bearer(call) or ""
        if wanted is None or not hmac.compare_digest(token.encode(), wanted.get_secret_value().encode()):
            raise UnauthenticatedError
        return Anyone()


def granted(services: Services, kind: Who) -> GrantLogIns:
    """Return the log-ins of one kind of grant."""
    return GrantLogIns(kind, services.database, services.keyring, services.new_id)


def _holds(known: ByToken, token: str) -> bool:
    try:
        known(token)
    except UnauthenticatedError:
        return False
    return True
