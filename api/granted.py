"""How auditors and operators log in: by the token of their grant and a code of their authenticator app."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.admission import granted
from api.call import Call
from api.given import Services
from api.proofs import bearer
from api.throttle import Throttle
from identity.outcomes import UnauthenticatedError
from identity.policy import Who


class GrantCode(BaseModel):
    """The code that the app shows now; the grant's token comes in the header `Authorization`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", repr=False, examples=["042137"])]


class GrantLogIn(BaseModel):
    """The token for every other door; it ends when it is not used for so many seconds, and after 12 hours."""

    token: Annotated[str, Field(repr=False)]
    idle_seconds: int


class Granted:
    """Begins and ends the log-ins of one kind of grant."""

    def __init__(self, services: Services, kind: Who) -> None:
        self._log_ins = granted(services, kind)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)

    def begin(self, call: Call, body: GrantCode) -> GrantLogIn:
        """Return a log-in.

        Raises:
            UnauthenticatedError: no token, or `grant_wrong`.
            TooManyRequestsError: the address has tried too often.
        """
        self._throttle.knock(call)
        token = bearer(call)
        if token is None:
            raise UnauthenticatedError
        begun = self._log_ins.begin(token, body.code, call.request_id)
        return GrantLogIn(token=begun.token, idle_seconds=begun.idle_seconds)

    def end(self, call: Call) -> None:
        """End the log-in that the call came with."""
        self._log_ins.end(bearer(call) or "")
