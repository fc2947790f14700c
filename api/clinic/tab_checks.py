"""What the tabs refuse beyond their shapes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from api.inputs import Fault
from workflows.clinic_settings import ClinicSettings, Closure, PractitionerSettings
from workflows.facts import Switch
from workflows.titles import TITLES
from workflows.vocabulary import Say

_DAY = 24 * 60  # minutes
LONGEST_HOLIDAY = timedelta(days=366)
_CLINIC_OFF = Say(
    "Klinikken har slået denne mulighed fra. Slå den til for klinikken først.",
    "The clinic has this switched off. Switch it on for the clinic first.",
)
_OVERLAP = Say(
    "Perioden overlapper en anden ferie.",
    "The period overlaps another holiday.",
)
_TOO_LONG = Say(
    "En ferie kan højst vare et år. Lukker klinikken, så skriv dens sidste dag i klinikkens indstillinger.",
    "A holiday lasts at most a year. If the clinic closes, write its last day in the clinic's settings.",
)
_UNKNOWN_SERVICE = Say("Denne mulighed findes ikke i portalen.", "The portal has no such service.")
_UNKNOWN_TITLE = Say(
    f"Vælg en af disse titler, eller ingen: {', '.join(TITLES)}.",
    f"Choose one of these titles, or none: {', '.join(TITLES)}.",
)
_WINDOW = Say(
    "Den seneste bestilling skal ligge efter den tidligste.",
    "The latest booking must come after the earliest.",
)


def settings_faults(wanted: ClinicSettings, kinds: Collection[str]) -> tuple[Fault, ...]:
    """Return what is wrong with a clinic tab: services that are none of `kinds`, a booking window that is empty."""
    return tuple(_settings_faults(wanted, kinds))


def _settings_faults(wanted: ClinicSettings, kinds: Collection[str]) -> Iterator[Fault]:
    yield from _unknown("/content/services", wanted.services, kinds)
    for channel, hidden in wanted.not_shown.items():
        yield from _unknown_at(f"/content/not_shown/{channel}", hidden, kinds)
    least = max(wanted.earliest_booking_minutes, _DAY * wanted.earliest_booking_days)
    if least >= _DAY * wanted.latest_booking_days:
        yield Fault("/content/latest_booking_days", "booking_window_empty", words=_both(_WINDOW))


def practitioner_faults(
    wanted: PractitionerSettings, before: PractitionerSettings | None, clinic: ClinicSettings, kinds: Collection[str]
) -> tuple[Fault, ...]:
    """Return what is wrong with a practitioner's line.

    A switch can be turned on only where the clinic's is (PRA-1); one that was on already may stay. A title is one of
    the list (PRA-2).
    """
    return tuple(_practitioner_faults(wanted, before, clinic, kinds))


def _practitioner_faults(
    wanted: PractitionerSettings, before: PractitionerSettings | None, clinic: ClinicSettings, kinds: Collection[str]
) -> Iterator[Fault]:
    if wanted.title and wanted.title not in TITLES:
        yield Fault("/content/title", "title_unknown", words=_both(_UNKNOWN_TITLE))
    yield from _unknown("/content/services", wanted.services, kinds)
    was_on = before.services if before else {}
    for kind, is_on in wanted.services.items():
        if is_on and not was_on.get(kind, False) and clinic.services.get(kind, Switch.OFF) is Switch.OFF:
            yield Fault(f"/content/services/{kind}", "clinic_switched_off", words=_both(_CLINIC_OFF))


def closure_faults(wanted: Closure, others: Sequence[Closure], kinds: Collection[str]) -> tuple[Fault, ...]:
    """Return what is wrong with a holiday: it shares a day with another one (HOL-3), or lasts more than a year."""
    return tuple(_closure_faults(wanted, others, kinds))


def _closure_faults(wanted: Closure, others: Sequence[Closure], kinds: Collection[str]) -> Iterator[Fault]:
    if any(wanted.first_day <= other.last_day and other.first_day <= wanted.last_day for other in others):
        yield Fault("/content/first_day", "holidays_overlap", words=_both(_OVERLAP))
    if wanted.last_day - wanted.first_day > LONGEST_HOLIDAY:
        yield Fault("/content/last_day", "holiday_too_long", words=_both(_TOO_LONG))
    yield from _unknown_at("/content/closes", wanted.closes, kinds)


def rights_faults(services: Mapping[str, bool], kinds: Collection[str]) -> tuple[Fault, ...]:
    """Return each right to something that is no service."""
    return tuple(_unknown("/content/services", services, kinds))


def _unknown(where: str, named: Iterable[str], kinds: Collection[str]) -> Iterator[Fault]:
    """Give each name that is no service; the names have the form of one, so they may be said back."""
    for kind in named:
        if kind not in kinds:
            yield Fault(f"{where}/{kind}", "service_unknown", words=_both(_UNKNOWN_SERVICE))


def _unknown_at(where: str, named: Sequence[str], kinds: Collection[str]) -> Iterator[Fault]:
    for place, kind in enumerate(named):
        if kind not in kinds:
            yield Fault(f"{where}/{place}", "service_unknown", words=_both(_UNKNOWN_SERVICE))


def _both(say: Say) -> dict[str, str]:
    return {"da": say.da, "en": say.en}
