"""What a clinic decides about its services: shapes of the versioned settings (CLN, PRA, HOL, PAT)."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workflows.channels import MIN_LAEGE, PORTAL
from workflows.content import LARGEST_TEXT, PlainText, WrittenText
from workflows.facts import SignUpMode, Switch

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
Channel = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]

WITHOUT_OWN_SWITCH = frozenset({(MIN_LAEGE, "booking")})
"""Where a practitioner's own switch for a service has no say (PRA-4): Min Læge books by the clinic's switch alone."""


class _Decided(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClinicSettings(_Decided):
    """The clinic tab (CLN-1..3): names, contact texts, switches and limits.

    A service that `services` does not name is off; a channel that `channels` does not name is on (APP-3), and what
    comes by one that is off is refused. `earliest_booking_minutes`, `earliest_booking_days` and `latest_booking_days`
    bound how far ahead a time may be booked (BOO-2), the days as whole local ones; `cancel_hours` is how long before it
    may be cancelled (BOO-7). `allow_ecpr` admits national replacement numbers with letters (ACC-11). `mailed_codes`
    is whether those without a better second factor get a code by mail, as the vendor's portal does it (LOG-2);
    `shortest_password` is how many characters a new password must have here (ACC-14). After a new password by a mailed
    link, `after_reset` keeps content from log-ins with a mailed code: for a day, or until the clinic has confirmed the
    patient.
    `sign_up` says how people become users by themselves (ACC-2).
    An answer is promised within `answer_promise_days` working days; the clinic's own `closing_days` are none, and the
    days of a holiday are none where `deadline_pauses_in_holiday` says so (HOL-4). An answer that nobody has read after
    `unread_after_days` stands on the list of patients not reached (NEW-5).
    """

    name: WrittenText
    phone: WrittenText
    opening_hours: WrittenText
    emergency_text: WrittenText = "Ring 112 ved livsfare. Ring til lægevagten uden for klinikkens åbningstid."
    front_page: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=300)]
    services: dict[Kind, Switch]
    channels: dict[Channel, bool] = Field(default_factory=dict)
    longest_text: Annotated[int, Field(ge=1, le=LARGEST_TEXT)] = 400
    files_taken: bool = False
    auto_create_bookings: bool = False
    earliest_booking_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 60)] = 120
    earliest_booking_days: Annotated[int, Field(ge=0, le=60)] = 0
    latest_booking_days: Annotated[int, Field(ge=1, le=730)] = 90
    cancel_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 48
    mailed_codes: bool = True
    shortest_password: Annotated[int, Field(ge=8, le=64)] = 8
    answer_promise_days: Annotated[int, Field(ge=1, le=30)] = 5
    closing_days: Annotated[tuple[date, ...], Field(max_length=200)] = ()
    deadline_pauses_in_holiday: bool = False
    unread_after_days: Annotated[int, Field(ge=1, le=60)] = 7
    allow_ecpr: bool = False
    after_reset: Literal["hold", "approval"] = "hold"
    sign_up: SignUpMode = "none"

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_called(cls, given: Any) -> Any:
        """Read the least notice in hours, as settings from before it was kept in minutes have it."""
        if not isinstance(given, dict) or not isinstance(given.get("earliest_booking_hours"), int):
            return given
        rest = {name: value for name, value in given.items() if name != "earliest_booking_hours"}
        return {"earliest_booking_minutes": 60 * given["earliest_booking_hours"]} | rest

    def offered(self) -> tuple[str, ...]:
        """Return the services that the clinic has not switched off."""
        return tuple(kind for kind, switch in self.services.items() if switch is not Switch.OFF)


class PractitionerSettings(_Decided):
    """The practitioners tab (PRA-1..6). A custom name wins over name and title (PRA-2)."""

    name: WrittenText
    title: PlainText = ""
    custom_name: PlainText = ""
    services: dict[Kind, bool]
    comment_required: bool = False
    calendar_synchronised: bool = True

    def display_name(self) -> str:
        """Return the name as patients see it."""
        return self.custom_name or " ".join(part for part in (self.title, self.name) if part)

    def takes(self, kind: str, channel: str = PORTAL) -> bool:
        """Return whether the practitioner's own switch is on, where it has a say (PRA-4), and usable (PRA-5)."""
        usable = kind != "booking" or self.calendar_synchronised
        return usable and ((channel, kind) in WITHOUT_OWN_SWITCH or self.services.get(kind, False))


class Closure(_Decided):
    """One holiday (HOL-1, HOL-3): local dates, both included; `closes` names the services that are shut."""

    first_day: date
    last_day: date
    message: WrittenText
    substitute: PlainText = ""
    closes: tuple[Kind, ...] = ("e_kons", "renewal")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("days_reversed", "The last day comes before the first")
        return self


class PatientRights(_Decided):
    """One patient's rights at the clinic (PAT-1). A service that is not named is allowed."""

    services: dict[Kind, bool] = Field(default_factory=dict)
