"""The letters about visits to come: what a free time or an appointment is about, none of them can say."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notifications.letter_sheet import ClinicCard, Letter, sheet
from notifications.rendering import Language

_COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_DAYS = {
    "da": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "da": (
        *("januar", "februar", "marts", "april", "maj", "juni"),
        *("juli", "august", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


@dataclass(frozen=True, slots=True)
class VisitTime:
    """When an appointment begins, and whether it is cancelled: all that a letter may say of it, where that is agreed.

    Raises:
        ValueError: The time has no zone.
    """

    starts_at: datetime
    cancelled: bool = False

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None:
            raise ValueError("visit time: needs a zone")

    def said(self, language: Language) -> str:
        """Return the local day and time in words."""
        local = self.starts_at.astimezone(_COPENHAGEN)
        day, month = _DAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
        if language == "da":
            return f"{day} den {local.day}. {month} {local.year} kl. {local:%H.%M}"
        return f"{day} {local.day} {month} {local.year} at {local:%H:%M}"


def appointment_news(clinic: ClinicCard, language: Language, *, visit: VisitTime | None = None) -> Letter:
    """An appointment was confirmed, declined, changed or cancelled; which of them only where times are agreed to."""
    return sheet("appointment_news", clinic, language, **_told(visit, language))


def appointment_reminder(
    clinic: ClinicCard, language: Language, *, visit: VisitTime | None = None, form_due: bool = False
) -> Letter:
    """An appointment is coming: log in and see when; and whether a form waits, but not what it asks."""
    return sheet("appointment_reminder", clinic, language, form_due=form_due, **_told(visit, language))


def slot_offered(clinic: ClinicCard, language: Language) -> Letter:
    """The waiting list offers a free time, which is held for a while: log in and answer; which time is not said."""
    return sheet("slot_offered", clinic, language)


def _told(visit: VisitTime | None, language: Language) -> dict[str, object]:
    return {"when": visit and visit.said(language), "cancelled": bool(visit and visit.cancelled)}
