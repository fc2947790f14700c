"""A forgotten password: asking for a link, which tells nobody anything, and using it."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contract import IDEMPOTENCY_KEY, Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from api.patient.acting import ANYONE, cause, idempotency_key
from api.patient.recovering import Recovering
from api.patient.session import Slug
from api.patient.words import in_language, said
from api.proofs import channel_of
from api.shapes import SUBMIT
from api.throttle import Throttle
from identity.outcomes import KeyReusedError, NotFoundError, TooManyRequestsError
from storage.clinics import find_clinic
from storage.recoveries import ASKED_WINDOW
from storage.submissions import Asked
from storage.throttles import count_up
from workflows.catalogue import Catalogue, behind
from workflows.content import Content
from workflows.vocabulary import Refusal, Say, State

DOOR = "recoveries"
PER_ADDRESS, PER_CLINIC = "10/hour", 300
_RECEIVED = Say(
    "Har du MitID, så log ind med det: så behøver du ingen adgangskode. Ellers kommer der en mail med et link, hvis "
    "oplysningerne passer. Ring til klinikken, hvis den ikke kommer.",
    "If you have MitID, log in with it: then you need no password. Otherwise a mail with a link is on its way, if the "
    "details fit. Phone the clinic if it does not come.",
)
_DONE = Say("Adgangskoden er skiftet. Log ind med den nye.", "The password is changed. Log in with the new one.")
_LOCKED = Say(
    "Adgangskoden er spærret. Ring til klinikken, eller log ind med MitID.",
    "The password is locked. Phone the clinic, or log in with MitID.",
)


class Lost(BaseModel):
    """Who the caller says they are: CPR number and the address they enrolled with (REC-1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    email: Annotated[
        str,
        Field(
            pattern=r"^[^@\s]+@[^@\s]+$", min_length=3, max_length=254, repr=False, examples=["alma@patient.example"]
        ),
    ]


class Link(BaseModel):
    """The code of the mailed link, and the new password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False, examples=["A" * 43])]
    password: Annotated[str, Field(max_length=1000, repr=False, examples=["Fjord-2026"])]


class Dispute(BaseModel):
    """The code of the link in the mail that tells of a new password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False, examples=["A" * 43])]


class Answer(BaseModel):
    """One sentence."""

    message: str


class Recoveries:
    """Takes recoveries; what was asked, and whether it fits, shows in no answer (REC-3)."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kind, self._shape = _first_step(services.catalogue)
        proxies = services.settings.trusted_proxies
        self._asking, self._throttle = Throttle(PER_ADDRESS, proxies), Throttle("30/minute", proxies)
        self._recovering = Recovering(services)

    @contract(
        summary="Ask for a new password",
        audience="public",
        body=Lost,
        out=Answer,
        status=202,
        needs=(IDEMPOTENCY_KEY,),
        errors=(RefusedError, KeyReusedError, NotFoundError),
        description="The answer is the same for every number and address, right or wrong, and for too many tries. "
        "Who has MitID needs no password: that way is offered first.",
    )
    def ask(self, call: Call, resp: falcon.Response, *, slug: str, body: Lost) -> Answer:
        """Take what was typed to the clinic."""
        number_at(self._services, slug, body.cpr)
        if self._is_too_much(call, slug):
            return _told(_RECEIVED, in_language(call, resp))
        services = self._services
        key = idempotency_key(services, call)
        content = self._shape.model_validate(body.model_dump())
        asked = Asked(
            clinic=slug,
            kind=self._kind,
            person=None,
            content=content,
            thread=None,
            channel=channel_of(call),
            principal="anyone",
            key=key,
            fingerprint=services.keyring.keyed("fingerprint", content.model_dump_json().encode()),
        )
        outcome = services.submissions.submit(asked, ANYONE, cause(services, call, "key", key))
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return _told(_RECEIVED, in_language(call, resp))

    @contract(
        summary="Set a new password by a mailed link",
        audience="public",
        body=Link,
        out=Answer,
        errors=(RefusedError, TooManyRequestsError),
        description="The link works once; every log-in ends.",
    )
    def complete(self, call: Call, resp: falcon.Response, *, body: Link) -> Answer:
        """Use the link."""
        self._throttle.knock(call)
        refusal = self._recovering.use(call, body.clinic, body.token, body.password)
        if refusal is not None:
            raise RefusedError(refusal)
        return _told(_DONE, in_language(call, resp))

    @contract(
        summary="Say that somebody else set the new password",
        audience="public",
        body=Dispute,
        out=Answer,
        errors=(RefusedError, TooManyRequestsError),
        description="The password is gone and every log-in ends, until the clinic or MitID has confirmed the patient.",
    )
    def dispute(self, call: Call, resp: falcon.Response, *, body: Dispute) -> Answer:
        """Use the link."""
        self._throttle.knock(call)
        refusal = self._recovering.dispute(call, body.clinic, body.token)
        if refusal is not None:
            raise RefusedError(refusal)
        return _told(_LOCKED, in_language(call, resp))

    def _is_too_much(self, call: Call, slug: str) -> bool:
        """Count one more of this address and for this clinic; what is too much is answered as any, and dropped.

        What the typed number has had is counted later, for here nothing may depend on the number.
        """
        if not self._asking.takes(call):
            return True
        services = self._services
        with services.database.writing() as connection:
            bucket = f"recovery-clinic:{find_clinic(connection, slug).id}"
            return count_up(connection, bucket, services.clock(), ASKED_WINDOW) > PER_CLINIC

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("POST", "/v1/clinics/{slug}/recoveries", self.ask, "public", clinic),
            Route("POST", "/v1/recoveries/complete", self.complete, "public"),
            Route("POST", "/v1/recoveries/dispute", self.dispute, "public"),
        ]


def _told(say: Say, language: Language) -> Answer:
    return Answer(message=said(say, language))


def _first_step(catalogue: Catalogue) -> tuple[str, type[Content]]:
    """Return the request type behind this door, and the shape with which it begins.

    Raises:
        LookupError: no page has this door, or its page does not begin with a submission.
    """
    workflow = behind(catalogue, DOOR)
    step = workflow.step(SUBMIT, State.DRAFT)
    if step is None:
        raise LookupError("a page behind a door begins with a submission")
    return workflow.kind, step.says
