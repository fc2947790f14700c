"""A clinic's card: what letters and text messages may say of it, from its settings."""

from notifications.letters import ClinicCard
from workflows.clinic_settings import ClinicSettings


def card_of(settings: ClinicSettings) -> ClinicCard:
    """Return the card.

    Raises:
        ValueError: a field is not what a letter can carry.
    """
    return ClinicCard(
        name=settings.name,
        phone=settings.phone,
        hours=settings.opening_hours,
        emergency_text=settings.emergency_text,
        front_page_url=settings.front_page,
    )
