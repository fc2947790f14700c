"""How a new log-in is kept: a program keeps the token itself, the pages' browser keeps it in a cookie."""

from typing import Annotated, Literal

import falcon
from pydantic import BaseModel, Field

from api.call import Call
from api.cookies import drop_cookie, set_cookie
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from api.patient.acting import source_of
from api.proofs import COOKIE, channel_of, shown_tokens
from api.same_site import SameSite, refuse
from storage.log_ins import Manner, Token
from workflows.channels import PORTAL
from workflows.vocabulary import Say

Keep = Annotated[
    Literal["token", "cookie"],
    Field(description="`token` to be given the token, `cookie` to have it set as a cookie for the portal's pages"),
]
_NOT_FOR_CLIENTS = Say("En API-klient har ingen cookie.", "An API client has no cookie.")


class LoggedIn(BaseModel):
    """The token to send as `Authorization: Bearer`; it ends when it is not used for so many seconds."""

    token: Annotated[
        str | None,
        Field(description="Left out where it is kept in a cookie", repr=False, exclude_if=lambda value: value is None),
    ] = None
    idle_seconds: int
    better_factor_offered: bool = Field(
        description="Whether the code came by mail: an app or a passkey would be safer than the mailbox"
    )


class Keeping:
    """Hands new log-ins over."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._same_site = SameSite(services.keyring, services.settings.public_url)

    def manner(self, call: Call, keep: Keep) -> Manner:
        """Return how the log-in that this call asks for is held; what the call shows of an earlier one ends with it.

        Raises:
            ForbiddenError: `csrf` when a page of somebody else's asks for a cookie.
            InvalidBodyError: an API client asks for one.
        """
        client = call.client
        if keep == "token":
            return Manner(
                channel=channel_of(call),
                client=client.id if client else None,
                instead_of=shown_tokens(call),
                source=source_of(self._services, call),
            )
        if client is not None:
            words = {"da": _NOT_FOR_CLIENTS.da, "en": _NOT_FOR_CLIENTS.en}
            raise InvalidBodyError((Fault("/keep", "cookie_not_for_clients", words=words),))
        refuse(unless=self._same_site.sent_by_us(call))
        return Manner(PORTAL, instead_of=shown_tokens(call), source=source_of(self._services, call))


def hand_over(resp: falcon.Response, token: Token, keep: Keep) -> LoggedIn:
    """Return what the caller is told; a token for the pages goes into the cookie and nowhere else."""
    if keep == "cookie":
        set_cookie(resp, COOKIE, token.token)
    return LoggedIn(
        token=token.token if keep == "token" else None,
        idle_seconds=token.idle_seconds,
        better_factor_offered=token.better_factor_offered,
    )


def forget(resp: falcon.Response) -> None:
    """Have the browser drop the cookie."""
    drop_cookie(resp, COOKIE)
