"""Everything one decision may look at, as frozen values. Gathered by `storage/facts.py`, read by the rules."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from workflows.content import Content, Nothing
from workflows.warning_signs import WarningSigns

SignUpMode = Literal["none", "with_approval", "without_approval"]
"""How people become users of a clinic by themselves (ACC-2): not at all, if staff say so, or at once with MitID."""


Departure = Literal["moved", "deceased"]
"""Why somebody is a clinic's patient no longer."""


class Switch(StrEnum):
    """A clinic's switch for one service (CLN-1, CLN-2)."""

    OFF = "off"
    RECEIVE_ONLY = "receive_only"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Service:
    """One service (a request kind) as each layer has it at the moment of the decision.

    `channel` is whether the clinic takes what comes that way; `practitioner` is True where no practitioner is
    addressed; `holiday` is True while a holiday closes the service. `clinic_closed` is whether the clinic has closed
    for good, `ended` why the patient is the clinic's no longer.
    """

    clinic: Switch = Switch.ON
    channel: bool = True
    practitioner: bool = True
    patient: bool = True
    holiday: bool = False
    clinic_closed: bool = False
    ended: Departure | None = None


@dataclass(frozen=True, slots=True)
class Medicine:
    """One medicine of the patient's list that a renewal names (REN-3..5).

    `exception_until` is the last day of a doctor's leave to renew a medicine that forms dependency without a talk;
    with an open prescription it can be renewed from `renewable_from`, and not at all while that day is not set.
    """

    key: str
    dependency_forming: bool = False
    exception_until: date | None = None
    renewable_from: date | None = None
    open_prescription: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of the clinic's calendar, in UTC; `free` of other bookings, and `offered` to patients or not.

    `held` is whether it is kept for somebody else, who fills in a form or has been offered it by the clinic;
    `reason` is its kind of appointment; a time that a request has already taken comes without.
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    free: bool
    released_at: datetime | None = None
    offered: bool = True
    held: bool = False
    practitioner: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that may go with the words; `print` is its keyed checksum in hexadecimal, which the history keeps."""

    id: UUID
    print: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one decision. `now` is UTC; `today` is the Copenhagen date of `now`.

    `under_15` is the patient's age on that date; `notice_seen` is whether they have been shown who else can see what
    they send (ACC-12), with this act or before it.
    A time can be booked that starts at `earliest_booking` or later and before `latest_booking`; `reason_open` is
    whether its kind of appointment is one that patients may book. `offer_open` is whether every time that the clinic
    offers now is free and still to come; `offer` are the times that it has offered before.
    `form` is the clinic's form to the kind of appointment (`workflows/visit_forms.py`), of version `form_version`.
    Of the waiting list: `offer_until` is how long an offered time is held, `swap_stands` whether the booking that would
    be given up is the patient's own and confirmed, `refillable` whether somebody else waits for the time of this one.
    `signs` are the warning signs that the clinic asks about, in their `signs_version`; `out_of_hours` is whether the
    doctor on duty is phoned now and not the clinic (NEW-12).
    """

    now: datetime
    today: date
    content: Content = field(default_factory=Nothing)
    service: Service = field(default_factory=Service)
    longest_text: int = 400
    files_taken: bool = False
    files: tuple[AttachedFile, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    unknown_medicines: tuple[str, ...] = ()
    slot: Slot | None = None
    earliest_booking: datetime | None = None
    latest_booking: datetime | None = None
    reason_open: bool = True
    offer_until: datetime | None = None
    swap_stands: bool = True
    refillable: bool = False
    form: object = None
    form_version: int = 0
    offer_open: bool = True
    offer: tuple[str, ...] = ()
    comment_required: bool = False
    cancel_hours: int = 48
    opened: bool = False
    outcome: str | None = None
    undecided: tuple[str, ...] = ()
    link_valid: bool = False
    dispute_valid: bool = False
    sign_up: SignUpMode = "none"
    offered: tuple[str, ...] = ()
    asked_rights: tuple[str, ...] = ()
    thread_closed: bool = False
    listed: bool = False
    unread: bool = False
    under_15: bool = False
    notice_seen: bool = False
    thread_unanswered: bool = False
    signs: WarningSigns | None = None
    signs_version: int = 0
    out_of_hours: bool = False
