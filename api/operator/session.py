"""An operator logs in and out."""

import falcon

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.granted import GrantCode, Granted, GrantLogIn
from identity.outcomes import TooManyRequestsError, UnauthenticatedError
from identity.policy import Who


class OperatorSession:
    """Begins and ends an operator's log-in."""

    def __init__(self, services: Services) -> None:
        self._granted = Granted(services, Who.OPERATOR)

    @contract(
        summary="Log in as an operator",
        audience="operator",
        body=GrantCode,
        out=GrantLogIn,
        errors=(UnauthenticatedError, TooManyRequestsError),
        description="With the grant's token as bearer and a code of the app; the grant's token opens no other door.",
    )
    def begin(self, call: Call, _resp: falcon.Response, *, body: GrantCode) -> GrantLogIn:
        """Take both factors."""
        return self._granted.begin(call, body)

    @contract(summary="Log out as an operator", audience="operator", status=204)
    def end(self, call: Call, resp: falcon.Response) -> None:
        """End the log-in that the call came with."""
        self._granted.end(call, resp)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("POST", "/v1/operator/session", self.begin, "public"),
            Route("DELETE", "/v1/operator/session", self.end, "operator.session.end"),
        ]
