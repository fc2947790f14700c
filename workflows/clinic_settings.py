"""What a clinic decides about its services: shapes of the versioned settings (CLN, PRA, HOL, PAT)."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workflows.channels import MIN_LAEGE, PORTAL, RESERVED
from workflows.content import LARGEST_TEXT, PlainText, WrittenText
from workflows.facts import Departure, SignUpMode, Switch

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
Channel = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
Phone = Annotated[str, Field(pattern=r"^[0-9+][0-9 +()./-]{0,39}$")]
Line = Annotated[WrittenText, Field(max_length=120)]
EmergencyText = Annotated[WrittenText, Field(max_length=1000)]
Note = Annotated[PlainText, Field(max_length=1000)]
Days = Annotated[tuple[date, ...], Field(max_length=400), AfterValidator(lambda days: tuple(sorted(set(days))))]
"""Single days, each once and in order."""
Hidden = Annotated[tuple[Kind, ...], Field(max_length=20)]
"""Services that are not shown."""

PER_PRACTITIONER = ("e_kons", "booking", "renewal")
"""The services that a practitioner has a switch and an icon for: letter, clock and pill bottle (PRA-6)."""

BY_CALENDAR = "booking"
"""The service for which a practitioner needs a calendar that is synchronised (PRA-5)."""

WITHOUT_OWN_SWITCH = frozenset({(MIN_LAEGE, BY_CALENDAR)})
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
    `offer_minutes` is how long a time is held for whom the waiting list offers it to (NEW-15).
    `sign_up` says how people become users by themselves (ACC-2).
    An answer is promised within `answer_promise_days` working days; the clinic's own `closing_days` are none, and the
    days of a holiday are none where `deadline_pauses_in_holiday` says so (HOL-4). An answer that nobody has read after
    `unread_after_days` stands on the list of patients not reached (NEW-5).

    `not_shown` names services that a channel does not show though it is on. A clinic that closes for good says its last
    day in `closes_on`, and in `closing_message` where its patients turn.
    """

    name: Line
    phone: Phone
    opening_hours: Annotated[WrittenText, Field(max_length=500)]
    emergency_text: EmergencyText = "Ring 112 ved livsfare. Ring til lægevagten uden for klinikkens åbningstid."
    front_page: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=300)]
    services: dict[Kind, Switch]
    channels: dict[Channel, bool] = Field(default_factory=dict)
    not_shown: dict[Channel, Hidden] = Field(default_factory=dict)
    longest_text: Annotated[int, Field(ge=1, le=LARGEST_TEXT)] = 400
    files_taken: bool = False
    auto_create_bookings: bool = False
    earliest_booking_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 60)] = 120
    earliest_booking_days: Annotated[int, Field(ge=0, le=60)] = 0
    latest_booking_days: Annotated[int, Field(ge=1, le=730)] = 90
    cancel_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 48
    mailed_codes: bool = True
    shortest_password: Annotated[int, Field(ge=8, le=64)] = 8
    offer_minutes: Annotated[int, Field(ge=15, le=24 * 60)] = 120
    answer_promise_days: Annotated[int, Field(ge=1, le=30)] = 5
    closing_days: Days = ()
    deadline_pauses_in_holiday: bool = False
    unread_after_days: Annotated[int, Field(ge=1, le=60)] = 7
    closes_on: date | None = None
    closing_message: Note = ""
    allow_ecpr: bool = False
    after_reset: Literal["hold", "approval"] = "hold"
    sign_up: SignUpMode = "none"

    def offered(self) -> tuple[str, ...]:
        """Return the services that the clinic has not switched off."""
        return tuple(kind for kind, switch in self.services.items() if switch is not Switch.OFF)

    def takes_by(self, channel: str, kind: str) -> bool:
        """Return whether the clinic takes this service by this channel (APP-3)."""
        return self.channels.get(channel, True) and kind not in self.not_shown.get(channel, ())

    def is_closed(self, day: date) -> bool:
        """Return whether the clinic has closed for good by this local day."""
        return self.closes_on is not None and day > self.closes_on


def settings_as_stored(body: Mapping[str, Any]) -> ClinicSettings:
    """Return settings as any version of this code has stored them: the least notice was once kept in hours."""
    hours = body.get("earliest_booking_hours")
    if hours is None:
        return ClinicSettings.model_validate(body)
    rest = {name: value for name, value in body.items() if name != "earliest_booking_hours"}
    return ClinicSettings.model_validate({"earliest_booking_minutes": 60 * hours} | rest)


class PractitionerSettings(_Decided):
    """The practitioners tab (PRA-1..6). A custom name wins over name and title (PRA-2)."""

    name: Line
    title: Annotated[PlainText, Field(max_length=60)] = ""
    custom_name: Annotated[PlainText, Field(max_length=120)] = ""
    services: dict[Kind, bool]
    comment_required: bool = False
    calendar_synchronised: bool = True

    def display_name(self) -> str:
        """Return the name as patients see it."""
        return self.custom_name or " ".join(part for part in (self.title, self.name) if part)

    def takes(self, kind: str, channel: str = PORTAL) -> bool:
        """Return whether the practitioner's own switch is on, where it has a say (PRA-4), and usable (PRA-5)."""
        usable = kind != BY_CALENDAR or self.calendar_synchronised
        return usable and ((channel, kind) in WITHOUT_OWN_SWITCH or self.services.get(kind, False))

    def icons(self, clinic: ClinicSettings) -> Mapping[str, bool]:
        """Return, for each service with an icon, whether the practitioner receives it here (PRA-6)."""
        return MappingProxyType(
            {kind: clinic.services.get(kind, Switch.OFF) is Switch.ON and self.takes(kind) for kind in PER_PRACTITIONER}
        )


class Closure(_Decided):
    """One holiday (HOL-1, HOL-3): local dates, both included; `closes` names the services that are shut."""

    first_day: date
    last_day: date
    message: Note = ""
    substitute: Annotated[PlainText, Field(max_length=200)] = ""
    closes: tuple[Kind, ...] = ("e_kons", "renewal")

    def shuts(self, kind: str, channel: str, day: date) -> bool:
        """Return whether the service is shut on a day; an app with a channel of its own has its own switch (HOL-2)."""
        return channel in RESERVED and kind in self.closes and self.first_day <= day <= self.last_day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("days_reversed", "The last day comes before the first")
        return self


class PatientRights(_Decided):
    """One patient's rights at the clinic (PAT-1). A service that is not named is allowed.

    `ended` is why the patient has none any more, whatever is named.
    """

    services: dict[Kind, bool] = Field(default_factory=dict)
    ended: Departure | None = None
