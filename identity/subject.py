"""Who is asking, as frozen values. There is no anonymous user with flags."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

MITID = "mitid"
"""The way in with MitID."""

MAILBOX_ONLY = frozenset({"password+code"})
"""Ways in that rest on a mailbox alone: whoever reads the mails can set the password and gets the code."""


@dataclass(frozen=True, slots=True)
class Held:
    """A clinic that keeps its content back: until a moment, or (None) until it has confirmed the patient."""

    clinic: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program that asks for patients, such as an app: its channel, and the actions of the policy it may use."""

    id: UUID
    name: str
    channel: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Patient:
    """A person who has logged in, and how.

    `auth` is the way in, `loa` the NSIS level of assurance where an identity provider vouched for it; `held` are the
    clinics that keep their content back from this log-in; `scopes` are those of the API client that made the log-in,
    None where there is no such client and so no narrower bound; `must_choose` is whether a one-time password opened it,
    and another has yet to be chosen.
    """

    person: UUID
    log_in: UUID
    channel: str
    auth: str = "password+code"
    loa: str | None = None
    held: tuple[Held, ...] = ()
    scopes: frozenset[str] | None = None
    must_choose: bool = False

    def held_at(self, clinic: UUID) -> Held | None:
        """Return what the clinic keeps back, if it does."""
        return next((each for each in self.held if each.clinic == clinic), None)


@dataclass(frozen=True, slots=True)
class Clinic:
    """A clinic's own system, known by its signature."""

    clinic: UUID
    slug: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Who at the clinic acts, as the clinic vouches."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Auditor:
    """An auditor, limited to clinics and to the days on which the requests were made."""

    id: UUID
    name: str
    clinics: tuple[UUID, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the portal: sees what is parked, not what it holds."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Anyone:
    """A caller who has not said who they are."""


Principal = Patient | Clinic | Auditor | Operator | Anyone
