"""What a clinic should look at again in its settings: nothing is refused, and nothing goes unsaid (PRA-5, HOL-2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workflows.clinic_settings import BY_CALENDAR, PER_PRACTITIONER, ClinicSettings, Closure, PractitionerSettings
from workflows.facts import Switch
from workflows.vocabulary import Say

SOON = timedelta(days=14)
"""How long before a holiday its loose ends are named."""


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to look at again: a machine word, where it stands in the settings (a JSON pointer), and a sentence."""

    code: str
    field: str
    say: Say


NO_CALENDAR = Say(
    "Tidsbestilling er slået til, men ingen kalender synkroniseres. Patienterne får ikke tilbudt tider.",
    "Booking is on, but no calendar is synchronised. Patients are not offered times.",
)
CLINIC_OFF = Say(
    "Klinikken har slået dette fra, så behandlerens egen knap virker ikke.",
    "The clinic has this switched off, so the practitioner's own switch has no effect.",
)
NO_EMERGENCY_NUMBER = Say(
    "Teksten om akut hjælp nævner ikke 112.",
    "The text about emergencies does not name 112.",
)
CLOSING = Say(
    "Klinikken lukker. Efter den sidste dag tager den ikke imod noget på nettet.",
    "The clinic closes. After its last day it receives nothing online.",
)
CLOSING_UNEXPLAINED = Say(
    "Klinikken lukker, men patienterne får ikke at vide, hvor de skal gå hen.",
    "The clinic closes, but its patients are not told where to turn.",
)
NO_MESSAGE = Say(
    "Ferien har ingen besked til patienterne.",
    "The holiday has no message to patients.",
)
NO_SUBSTITUTE = Say(
    "Ferien begynder snart, og der er ikke nævnt en afløser.",
    "The holiday begins soon, and no substitute is named.",
)
OTHERS_OPEN = Say(
    "Min Læge, medicinkortet og apoteket kan stadig sende henvendelser i ferien.",
    "Min Læge, the medicine card and the pharmacy can still send requests in the holiday.",
)
OVER = Say("Ferien er forbi.", "The holiday is over.")


def of_clinic(
    settings: ClinicSettings,
    practitioners: Sequence[PractitionerSettings],
    closures: Sequence[Closure],
    today: date,
) -> tuple[Caution, ...]:
    """Return what to look at again in the clinic tab, as the other tabs stand."""
    return tuple(_of_clinic(settings, practitioners, closures, today))


def _of_clinic(
    settings: ClinicSettings,
    practitioners: Sequence[PractitionerSettings],
    closures: Sequence[Closure],
    today: date,
) -> Iterator[Caution]:
    if settings.services.get(BY_CALENDAR) is Switch.ON and not any(each.takes(BY_CALENDAR) for each in practitioners):
        yield Caution(f"{BY_CALENDAR}_without_calendar", f"/services/{BY_CALENDAR}", NO_CALENDAR)
    for kind in PER_PRACTITIONER:
        off = settings.services.get(kind, Switch.OFF) is Switch.OFF
        if off and any(each.services.get(kind, False) for each in practitioners):
            yield Caution("practitioners_left_on", f"/services/{kind}", CLINIC_OFF)
    if "112" not in settings.emergency_text:
        yield Caution("emergency_number_missing", "/emergency_text", NO_EMERGENCY_NUMBER)
    if settings.closes_on is not None:
        yield Caution("clinic_closes", "/closes_on", CLOSING)
        if not settings.closing_message:
            yield Caution("closing_unexplained", "/closing_message", CLOSING_UNEXPLAINED)
    if any(not each.message and today <= each.last_day and each.first_day <= today + SOON for each in closures):
        yield Caution("holiday_without_message", "", NO_MESSAGE)


def of_practitioner(practitioner: PractitionerSettings, clinic: ClinicSettings) -> tuple[Caution, ...]:
    """Return what to look at again on one practitioner's line: switches that are on and have no effect."""
    on = [kind for kind, is_on in practitioner.services.items() if is_on]
    without_calendar = (
        Caution(f"{kind}_without_calendar", f"/services/{kind}", NO_CALENDAR)
        for kind in on
        if not practitioner.takes(kind)
    )
    off = (
        Caution("clinic_switched_off", f"/services/{kind}", CLINIC_OFF)
        for kind in on
        if clinic.services.get(kind, Switch.OFF) is Switch.OFF
    )
    return (*without_calendar, *off)


def of_closure(closure: Closure, today: date) -> tuple[Caution, ...]:
    """Return what to look at again about one holiday."""
    if closure.last_day < today:
        return (Caution("holiday_over", "/last_day", OVER),)
    return tuple(_of_closure(closure, today))


def _of_closure(closure: Closure, today: date) -> Iterator[Caution]:
    if not closure.message:
        yield Caution("holiday_without_message", "/message", NO_MESSAGE)
    if not closure.substitute and closure.first_day <= today + SOON:
        yield Caution("holiday_without_substitute", "/substitute", NO_SUBSTITUTE)
    if closure.closes:
        yield Caution("other_channels_open", "/closes", OTHERS_OPEN)
