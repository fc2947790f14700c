"""What the tabs refuse beyond their shape, and what they warn of."""

from collections.abc import Sequence

from api.inputs import Fault
from storage.clinics import Versioned
from workflows.clinic_settings import ClinicSettings, Closure, PractitionerSettings
from workflows.facts import Switch
from workflows.vocabulary import Say

_CLINIC_OFF = Say(
    "Klinikken har slået denne mulighed fra. Slå den til for klinikken først.",
    "The clinic has this switched off. Switch it on for the clinic first.",
)
_OVERLAP = Say(
    "Perioden overlapper en anden ferie.",
    "The period overlaps another holiday.",
)


def practitioner_faults(
    wanted: PractitionerSettings, before: Versioned | None, clinic: Versioned | None
) -> tuple[Fault, ...]:
    """Return each switch that is turned on where the clinic's is off (PRA-1); one that was on already may stay."""
    offered = ClinicSettings.model_validate(clinic.body).services if clinic else {}
    was_on = PractitionerSettings.model_validate(before.body).services if before else {}
    return tuple(
        Fault(f"/content/services/{kind}", "clinic_switched_off", words=_both(_CLINIC_OFF))
        for kind, is_on in wanted.services.items()
        if is_on and not was_on.get(kind, False) and offered.get(kind, Switch.OFF) is Switch.OFF
    )


def closure_faults(wanted: Closure, others: Sequence[Closure]) -> tuple[Fault, ...]:
    """Return a fault where the period shares a day with another one of the clinic (HOL-3)."""
    overlaps = any(wanted.first_day <= other.last_day and other.first_day <= wanted.last_day for other in others)
    return (Fault("/content/first_day", "holidays_overlap", words=_both(_OVERLAP)),) if overlaps else ()


def warnings(practitioner: PractitionerSettings) -> list[str]:
    """Return a warning for each switch that is on and has no effect, since no calendar is synchronised (PRA-5)."""
    on = (kind for kind, is_on in practitioner.services.items() if is_on)
    return [f"{kind}_without_calendar" for kind in on if not practitioner.takes(kind)]


def _both(say: Say) -> dict[str, str]:
    return {"da": say.da, "en": say.en}
