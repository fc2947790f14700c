"""Logging in with MitID: off to the broker, and back with what it vouches for (LOG-1).

Nothing is decided by the address that a browser brings back alone: the attempt is tied to the browser by a cookie, and
everything about the person comes from the broker directly.
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.identity_broker import Answer, IdentityBroker
from api.noting import Noting
from api.patient.acting import net, source_of
from api.patient.keeping import Keep, Keeping, LoggedIn, hand_over
from api.patient.session import Slug
from api.proofs import shown_tokens
from api.throttle import Throttle
from identity.mitid import Federated
from identity.oidc import new_secrets
from identity.outcomes import (
    BrokerUnavailableError,
    MitIdOffError,
    MitIdRefusedError,
    NotEnrolledError,
    NotFoundError,
    TooManyRequestsError,
)
from identity.subject import MITID
from identity.tokens import new_token
from storage.access import Seen
from storage.clinics import find_clinic, find_clinic_by_id
from storage.federation import ATTEMPT_LIVES, Attempt, keep_verified, open_attempt, use_attempt, user_of
from storage.log_ins import Entry, Manner, Token
from workflows.channels import PORTAL

ACTION = "patient.session.mitid"
CALLBACK = "/v1/session/mitid/callback"
COOKIE = "__Host-mitid"


class Wish(BaseModel):
    """At which clinic, and how the log-in is to be kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    keep: Keep = "token"


class Returned(BaseModel):
    """What the broker has the browser bring back. Brokers add words of their own, which say nothing to us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Annotated[str, Field(max_length=512, repr=False)]
    code: Annotated[str | None, Field(max_length=4096, repr=False)] = None
    error: Annotated[str | None, Field(max_length=200)] = None
    iss: Annotated[str | None, Field(max_length=300)] = None


class MitId:
    """Begins and completes log-ins with MitID."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noting, self._keeping = Noting(services), Keeping(services)
        proxies = services.settings.trusted_proxies
        self._beginnings, self._returns = Throttle("30/minute", proxies), Throttle("60/minute", proxies)

    @contract(
        summary="Begin a log-in with MitID",
        audience="patient",
        query=Wish,
        status=303,
        headers={"Location": "The broker's address, with what it is asked", "Set-Cookie": "Ties the attempt to you"},
        errors=(NotFoundError, MitIdOffError, TooManyRequestsError, BrokerUnavailableError),
        description="For browsers. The attempt lives ten minutes, and only the browser that began it can complete it.",
    )
    def begin(self, call: Call, resp: falcon.Response, *, query: Wish) -> None:
        """Send the browser to the broker."""
        self._beginnings.knock(call)
        services, secrets, browser = self._services, new_secrets(), new_token()
        address = self._broker().address(secrets)
        with services.database.writing() as connection:
            clinic = find_clinic(connection, query.clinic)
            attempt = Attempt(clinic.id, query.keep, secrets)
            open_attempt(connection, services.keyring, services.new_id(), attempt, browser, services.clock())
        _set_cookie(resp, browser, int(ATTEMPT_LIVES.total_seconds()))
        resp.set_header("Location", address)

    @contract(
        summary="Complete a log-in with MitID",
        audience="patient",
        query=Returned,
        out=LoggedIn,
        also={303: "The log-in is in its cookie; on to the clinic's front page"},
        headers={
            "Location": "The clinic's front page, where the log-in is kept in a cookie",
            "Set-Cookie": "Ends what tied the attempt to you",
        },
        errors=(MitIdRefusedError, NotEnrolledError, MitIdOffError, TooManyRequestsError, BrokerUnavailableError),
        description="Where the broker sends the browser back to. An attempt ends here, however it goes.",
    )
    def complete(self, call: Call, resp: falcon.Response, *, query: Returned) -> LoggedIn:
        """Take what the browser brought back, ask the broker about it, and log the person in."""
        self._returns.knock(call)
        broker, clinic = self._broker(), None
        try:
            attempt = self._used(call, query.state)
            clinic = attempt.clinic
            _set_cookie(resp, "", None)
            token, front_page = self._entered(call, attempt, broker.vouch(_answer(query), attempt.secrets))
        except NotEnrolledError:
            self._come_back(call, clinic)
            raise
        except (MitIdRefusedError, BrokerUnavailableError) as refusal:
            self._come_back(call, clinic)
            person = getattr(refusal, "person", None)
            self._noting.alone(self._seen(call, refusal.reason, clinic, person))
            raise
        if attempt.keep == "cookie":
            resp.status = 303
            resp.set_header("Location", front_page)
        return hand_over(resp, token, attempt.keep)

    def _come_back(self, call: Call, clinic: UUID | None) -> None:
        """Let a page that tells of the problem know the clinic."""
        if clinic is not None:
            with self._services.database.reading() as connection:
                call.variables = {"slug": find_clinic_by_id(connection, clinic)[0]}

    def _broker(self) -> IdentityBroker:
        if self._services.mitid is None:
            raise MitIdOffError
        return self._services.mitid

    def _used(self, call: Call, state: str) -> Attempt:
        """Use the attempt up before anything else happens, so that whatever follows happens once."""
        services = self._services
        shown = call.get_cookie_values(COOKIE) or [""]
        with services.database.writing() as connection:
            return use_attempt(connection, services.keyring, state, shown[0], services.clock())

    def _entered(self, call: Call, attempt: Attempt, identity: Federated) -> tuple[Token, str]:
        """Return a token for the user, and the clinic's front page.

        Who is no user gets what shows to the enrolment who they are.

        Raises:
            NotEnrolledError: they are no user at the clinic.
            MitIdRefusedError: see `user_of`.
        """
        services, clinic, now = self._services, attempt.clinic, self._services.clock()
        with services.database.writing() as connection:
            person = user_of(connection, services.keyring, clinic, identity, now)
            outcome = "not_enrolled" if person is None else "ok"
            self._noting.within(connection, self._seen(call, outcome, clinic, person))
            if person is not None:
                manner = self._manner(call, attempt.keep)
                held = (manner.client, manner.instead_of, manner.source)
                entry = Entry(person, manner.channel, MITID, identity.level, *held)
                return services.log_ins.enter(connection, entry), find_clinic_by_id(connection, clinic)[1].front_page
            handle = keep_verified(connection, services.keyring, services.new_id, clinic, identity, now)
        raise NotEnrolledError(handle)

    def _manner(self, call: Call, keep: Keep) -> Manner:
        """Return how the log-in is held.

        The browser comes from the broker and from no page of ours: the attempt's cookie says that it was meant.
        """
        if keep == "token":
            return self._keeping.manner(call, keep)
        return Manner(PORTAL, instead_of=shown_tokens(call), source=source_of(self._services, call))

    def _seen(self, call: Call, outcome: str, clinic: UUID | None, person: UUID | None) -> Seen:
        return Seen(
            "anyone" if person is None else "patient",
            ACTION,
            outcome,
            actor=None if person is None else str(person),
            person=person,
            clinic=clinic,
            corr=call.request_id,
            net=net(self._services, call),
        )

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/session/mitid", self.begin, "public"),
            Route("GET", CALLBACK, self.complete, "public"),
        ]


def _answer(returned: Returned) -> Answer:
    """Return the answer that holds a code.

    Raises:
        MitIdRefusedError: the person or the broker broke off.
    """
    if returned.error is not None:
        cancelled = returned.error == "access_denied"
        raise MitIdRefusedError(
            "cancelled" if cancelled else "broker_refused", code="mitid_cancelled" if cancelled else "mitid_refused"
        )
    if not returned.code:
        raise MitIdRefusedError("code_missing")
    return Answer(returned.code, returned.iss)


def _set_cookie(resp: falcon.Response, value: str, seconds: int | None) -> None:
    """Set the cookie, or end it. It comes along when the broker leads the browser back; no script reads it."""
    ended = None if seconds else datetime.fromtimestamp(0, UTC)
    resp.set_cookie(
        COOKIE, value, max_age=seconds, expires=ended, secure=True, http_only=True, path="/", same_site="Lax"
    )
