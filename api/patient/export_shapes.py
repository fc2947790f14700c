"""What a patient's export holds (GDPR article 15 and 20): the shapes, and how stored rows become them."""

from collections.abc import Iterable
from datetime import time
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.call import Language
from api.patient import views
from api.patient.file_views import links
from api.strict_json import Moment
from storage.medicines import ListedMedicine
from storage.notice_wishes import Chosen
from storage.portability import Self, Told
from workflows.catalogue import Catalogue


class _Held(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class HeldNumber(_Held):
    """A CPR number, and from when until when it was the present one."""

    number: str = Field(repr=False)
    since: Moment
    until: Moment | None


class HeldFactor(_Held):
    """A second factor; its secret is never shown."""

    kind: str
    label: str
    created_at: Moment
    used_at: Moment | None


class HeldIdentity(_Held):
    """Whom an identity provider knows the patient as is kept as a keyed hash only; this is which provider it is."""

    issuer: str
    since: Moment


class HeldNotices(_Held):
    """How the patient wishes to be told."""

    way: str
    phone: str | None = Field(repr=False)
    sms_agreed_at: Moment | None
    sms_ended_at: Moment | None
    quiet_from: time | None
    quiet_until: time | None
    digest_at: time | None


class HeldDraft(_Held):
    """What the patient has typed and not sent."""

    clinic: str
    kind: str
    changed_at: Moment
    content: dict[str, Any]


class HeldVisits(_Held):
    """What the patient has chosen about appointments to come; the secret address itself is not kept."""

    remind_minutes: int | None
    times_agreed_at: Moment | None
    times_ended_at: Moment | None
    calendar_made_at: Moment | None


class HeldStop(_Held):
    """That a warning sign kept the patient from sending, as the clinic sees it."""

    clinic: str
    at: Moment
    signs: tuple[str, ...]


class HeldAccount(_Held):
    """The account."""

    id: UUID
    created_at: Moment
    language: str
    email: str | None = Field(repr=False)
    numbers: tuple[HeldNumber, ...]
    factors: tuple[HeldFactor, ...]
    identities: tuple[HeldIdentity, ...]
    notices: HeldNotices
    visits: HeldVisits
    drafts: tuple[HeldDraft, ...]
    stops: tuple[HeldStop, ...]


class HeldMembership(_Held):
    """A clinic where the patient is one, or was until a moment."""

    clinic: str
    name: str
    since: Moment
    until: Moment | None
    no_mitid: bool
    services: dict[str, bool] = Field(description="What the clinic decided for this patient; the rest is allowed")
    medicines: tuple[ListedMedicine, ...]


class HeldLogIn(_Held):
    """A log-in, ended or not."""

    channel: str
    auth: str
    loa: str | None
    created_at: Moment
    seen_at: Moment
    ended_at: Moment | None


class HeldRequest(views.Summary):
    """A request with all that was said and done. A recovery and a sign-up are only named: auditors see their steps."""

    reference: str | None
    messages: tuple[views.Message, ...]
    steps: tuple[views.Step, ...]


class Export(BaseModel):
    """Everything that the portal holds about the patient."""

    made_at: Moment
    account: HeldAccount
    memberships: tuple[HeldMembership, ...]
    log_ins: tuple[HeldLogIn, ...]
    requests: tuple[HeldRequest, ...]
    accesses: tuple[views.LookAtMine, ...]


def account_of(own: Self) -> HeldAccount:
    """Return the account."""
    identities = tuple(HeldIdentity(issuer=issuer, since=since) for issuer, since in own.identities)
    return HeldAccount(
        id=own.id,
        created_at=own.created_at,
        language=own.language,
        email=own.email,
        numbers=tuple(HeldNumber.model_validate(each) for each in own.numbers),
        factors=tuple(HeldFactor.model_validate(each) for each in own.factors),
        identities=identities,
        notices=_notices_of(own.notices),
        visits=HeldVisits(
            remind_minutes=own.visits.remind_minutes,
            times_agreed_at=own.visits.times_agreed_at,
            times_ended_at=own.visits.times_ended_at,
            calendar_made_at=own.calendar_made_at,
        ),
        drafts=tuple(
            HeldDraft(clinic=clinic, kind=kind, changed_at=draft.changed_at, content=dict(draft.content))
            for clinic, kind, draft in own.drafts
        ),
        stops=tuple(HeldStop.model_validate(each) for each in own.stops),
    )


def _notices_of(chosen: Chosen) -> HeldNotices:
    wish = chosen.wish
    return HeldNotices(
        way=wish.way,
        phone=chosen.phone,
        sms_agreed_at=chosen.sms_agreed_at,
        sms_ended_at=chosen.sms_ended_at,
        quiet_from=wish.quiet_from,
        quiet_until=wish.quiet_until,
        digest_at=wish.digest_at,
    )


def memberships_of(own: Self) -> tuple[HeldMembership, ...]:
    """Return the clinics, each with its list of medicines."""
    return tuple(HeldMembership.model_validate(each) for each in own.members)


def request_of(told: Told, catalogue: Catalogue, language: Language) -> HeldRequest:
    """Return a request; what the patient has not opened stays unread by this."""
    messages: Iterable[Any] = (
        {
            "id": each.id,
            "author": each.author,
            "trigger": each.trigger,
            "at": each.at,
            "read_at": each.read_at,
            "content": each.content.as_json(),
            "files": links(each.files),
        }
        for each in told.messages
    )
    return HeldRequest.model_validate(
        views.summary(told.found, catalogue, language)
        | {
            "reference": told.found.reference,
            "messages": tuple(messages),
            "steps": views.timeline(told.found, told.steps, (), language).steps,
        },
    )
