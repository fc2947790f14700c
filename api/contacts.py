"""Whom to phone when a written question cannot wait: said with what warning signs have stopped (NEW-12)."""

from pydantic import BaseModel, ConfigDict, Field

from workflows.clinic_settings import ClinicSettings
from workflows.facts import Facts
from workflows.warning_signs import DEFAULT

EMERGENCY = "112"


class Contact(BaseModel):
    """Whom to phone now."""

    model_config = ConfigDict(frozen=True)

    emergency: str = Field(description="The number where life is in danger")
    out_of_hours: bool = Field(description="Whether the doctor on duty is phoned now, and not the clinic")
    advice: str = Field(description="The clinic's own words on whom to phone when it is shut")
    phone: str = Field(description="The clinic's")
    opening_hours: str


def contact_of(settings: ClinicSettings, facts: Facts, language: str) -> Contact:
    """Return whom to phone at this clinic at the moment of the facts."""
    signs = facts.signs or DEFAULT
    return Contact(
        emergency=EMERGENCY,
        out_of_hours=facts.out_of_hours,
        advice=signs.out_of_hours_da if language == "da" else signs.out_of_hours_en,
        phone=settings.phone,
        opening_hours=settings.opening_hours,
    )
