"""The letters about visits to come: what a free time or an appointment is about, none of them can say."""

from notifications.letter_sheet import ClinicCard, Letter, sheet
from notifications.rendering import Language


def appointment_reminder(clinic: ClinicCard, language: Language, *, form_due: bool = False) -> Letter:
    """An appointment is coming: log in and see when; and whether a form waits, but not what it asks."""
    return sheet("appointment_reminder", clinic, language, form_due=form_due)


def slot_offered(clinic: ClinicCard, language: Language) -> Letter:
    """The waiting list offers a free time, which is held for a while: log in and answer; which time is not said."""
    return sheet("slot_offered", clinic, language)
