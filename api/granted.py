"""How auditors and operators log in: by the token of their grant and a code of their authenticator app."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.admission import granted
from api.call import Call
from api.cookies import drop_cookie, set_cookie
from api.given import Services
from api.proofs import GRANT_COOKIES, bearer, cookie, shown
from api.same_site import SameSite, refuse
from api.throttle import Throttle
from identity.outcomes import UnauthenticatedError
from identity.policy import Who
from storage.log_ins import Token


class GrantCode(BaseModel):
    """The code that the app shows now; the grant's token comes in the header `Authorization`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", repr=False, examples=["042137"])]


class GrantAndCode(GrantCode):
    """Both factors, as they are typed into the form of the pages."""

    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$", repr=False)]


class GrantLogIn(BaseModel):
    """The token for every other door; it ends when it is not used for so many seconds, and after 12 hours."""

    token: Annotated[str, Field(repr=False)]
    idle_seconds: int


class Granted:
    """Begins and ends the log-ins of one kind of grant."""

    def __init__(self, services: Services, kind: Who) -> None:
        self._log_ins, self._cookie = granted(services, kind), GRANT_COOKIES[kind]
        self._same_site = SameSite(services.keyring, services.settings.public_url)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)

    def begin(self, call: Call, body: GrantCode) -> GrantLogIn:
        """Return a log-in.

        Raises:
            UnauthenticatedError: no token, or `grant_wrong`.
            TooManyRequestsError: the address has tried too often.
        """
        token = bearer(call)
        if token is None:
            raise UnauthenticatedError
        begun = self._begun(call, token, body.code)
        return GrantLogIn(token=begun.token, idle_seconds=begun.idle_seconds)

    def keep(self, call: Call, resp: falcon.Response, body: GrantAndCode) -> None:
        """Begin a log-in that the browser keeps in a cookie; the one that it kept before ends.

        Raises:
            UnauthenticatedError: `grant_wrong`.
            ForbiddenError: `csrf` when a page of somebody else's asks for it.
            TooManyRequestsError: the address has tried too often.
        """
        refuse(unless=self._same_site.sent_by_us(call))
        begun, earlier = self._begun(call, body.token, body.code), cookie(call, self._cookie)
        if earlier is not None:
            self._log_ins.end(earlier)
        set_cookie(resp, self._cookie, begun.token)

    def _begun(self, call: Call, grant_token: str, code: str) -> Token:
        self._throttle.knock(call)
        return self._log_ins.begin(grant_token, code, call.request_id)

    def end(self, call: Call, resp: falcon.Response) -> None:
        """End the log-in that the call came with."""
        proof = shown(call, self._cookie)
        self._log_ins.end(proof.token)
        if proof.by_cookie:
            drop_cookie(resp, self._cookie)
