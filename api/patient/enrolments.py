"""Becoming a user: asking the clinic, which tells nobody anything, and using the link that its yes brings."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import IDEMPOTENCY_KEY, Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from api.patient.acting import ANYONE, cause, idempotency_key
from api.patient.activating import Activating
from api.patient.session import Slug
from api.patient.words import in_language, said
from api.proofs import channel_of
from api.shapes import submissions
from api.throttle import Throttle
from identity.cpr import Cpr
from identity.outcomes import KeyReusedError, NotFoundError, TooManyRequestsError
from storage.accounts import cpr_index
from storage.clinics import find_clinic
from storage.enrolments import known
from storage.federation import verified_by
from storage.notices import ADULT_TO_THE_NOTICE
from storage.submissions import Asked
from storage.throttles import count_up
from workflows.catalogue import behind
from workflows.clinic_settings import Kind
from workflows.content import WrittenText
from workflows.enrolment import SignUp
from workflows.vocabulary import Refusal, Role, Say

DOOR = "enrolments"
ASKED_AT_ONCE, ASKED_WINDOW = 5, timedelta(hours=1)
_RECEIVED = Say(
    "Klinikken får din tilmelding. Du får en mail, når den har svaret. Ring til klinikken, hvis den ikke kommer.",
    "The clinic gets your enrolment. A mail comes when it has answered. Phone the clinic if it does not come.",
)
_DONE = Say("Du er nu bruger. Log ind med din adgangskode.", "You are now a user. Log in with your password.")


class Newcomer(BaseModel):
    """Who wants to become a user. Without `services` the rights asked for are all that the clinic offers.

    `notice_under_15` says that a person under 15 was told who can see what they write. `verified` is what a log-in with
    MitID gave somebody who is no user here (`not_enrolled`); it shows for half an hour whose number it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    email: Annotated[
        str,
        Field(pattern=r"^[^@\s]+@[^@\s]+$", min_length=3, max_length=254, repr=False, examples=["gry@patient.example"]),
    ]
    name: Annotated[WrittenText, Field(max_length=100, repr=False, examples=["Gry Prøve"])]
    language: Literal["da", "en"] = "da"
    services: Annotated[tuple[Kind, ...], Field(min_length=1, max_length=20)] | None = None
    notice_under_15: bool = False
    verified: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False, examples=["A" * 43])] = None


class Link(BaseModel):
    """The code of the mailed link, and the password: a new one, or the one that the person has already."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", repr=False, examples=["A" * 43])]
    password: Annotated[str, Field(max_length=1000, repr=False, examples=["Fjord-2026"])]


class Answer(BaseModel):
    """One sentence, and the clinic that it is about."""

    clinic: str
    message: str


class Enrolments:
    """Takes sign-ups; whose number it is shows in no answer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kind = behind(services.catalogue, DOOR).kind
        self._rights = frozenset(submissions(services.catalogue, Role.PATIENT).shapes)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)
        self._activating = Activating(services)

    @contract(
        summary="Ask to become a user",
        audience="public",
        body=Newcomer,
        out=Answer,
        status=202,
        needs=(IDEMPOTENCY_KEY,),
        errors=(RefusedError, KeyReusedError, NotFoundError, TooManyRequestsError),
        description="The answer is the same for every number and address. A clinic may not take sign-ups "
        "(`sign_up_closed`), or only with MitID (`needs_mitid`): `verified` is then what shows it.",
    )
    def ask(self, call: Call, resp: falcon.Response, *, slug: str, body: Newcomer) -> Answer:
        """Take what was typed to the clinic."""
        self._throttle.knock(call)
        services = self._services
        cpr = number_at(services, slug, body.cpr)
        clinic, content = self._applied(slug, cpr, body)
        if self._asked_too_often(cpr):
            return Answer(clinic=clinic, message=said(_RECEIVED, in_language(call, resp)))
        key = idempotency_key(services, call)
        asked = Asked(
            clinic=slug,
            kind=self._kind,
            person=None,
            content=content,
            thread=None,
            channel=channel_of(call),
            principal="anyone",
            key=key,
            fingerprint=services.keyring.keyed("fingerprint", body.model_dump_json().encode()),
        )
        outcome = services.submissions.submit(asked, ANYONE, cause(services, call, "key", key))
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return Answer(clinic=clinic, message=said(_RECEIVED, in_language(call, resp)))

    @contract(
        summary="Become a user by a mailed link",
        audience="public",
        body=Link,
        out=Answer,
        errors=(RefusedError, NotFoundError, TooManyRequestsError),
        description="The link works once. Who is a user at another clinic already types the password they have there.",
    )
    def activate(self, call: Call, resp: falcon.Response, *, body: Link) -> Answer:
        """Use the link."""
        self._throttle.knock(call)
        refusal = self._activating.use(call, body.clinic, body.token, body.password)
        if refusal is not None:
            raise RefusedError(refusal)
        with self._services.database.reading() as connection:
            clinic = find_clinic(connection, body.clinic).settings.name
        return Answer(clinic=clinic, message=said(_DONE, in_language(call, resp)))

    def _applied(self, slug: str, cpr: Cpr, body: Newcomer) -> tuple[str, SignUp]:
        """Return the clinic's name, and what was typed with what the portal adds for whoever decides."""
        services = self._services
        with services.database.reading() as connection:
            clinic = find_clinic(connection, slug)
            offered = tuple(kind for kind in clinic.settings.offered() if kind in self._rights)
            found = known(connection, services.keyring, clinic, cpr, body.email, offered)
        is_child = cpr.age(services.clock()) < ADULT_TO_THE_NOTICE
        return clinic.settings.name, SignUp(
            cpr=cpr.digits,
            email=body.email,
            name=body.name,
            language=body.language,
            services=found.asks if body.services is None else body.services,
            proven=body.verified is not None and self._is_proven(clinic.id, cpr, body.verified),
            left_before=found.left_before,
            known_as=found.known_as,
            under_15=is_child,
            notice_under_15=body.notice_under_15 and is_child,
        )

    def _is_proven(self, clinic: UUID, cpr: Cpr, handle: str) -> bool:
        """Return whether MitID has vouched for this number; a handle that has ended is none.

        It is not used up: a sign-up that a rule refused may come again, corrected.
        """
        services = self._services
        try:
            with services.database.writing() as connection:
                identity = verified_by(connection, services.keyring, clinic, handle, services.clock())
        except NotFoundError:
            return False
        return identity.cpr == cpr

    def _asked_too_often(self, cpr: Cpr) -> bool:
        """Count one more for this number, whether anybody has it or not; too many are answered as any, and dropped."""
        services = self._services
        bucket = f"enrolment:{cpr_index(services.keyring, cpr).hex()}"
        with services.database.writing() as connection:
            counted = count_up(connection, bucket, services.clock(), ASKED_WINDOW)
        return counted > ASKED_AT_ONCE

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("POST", "/v1/clinics/{slug}/enrolments", self.ask, "public", clinic),
            Route("POST", "/v1/enrolments/activate", self.activate, "public"),
        ]
