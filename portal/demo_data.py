"""The demo's people and clinics: all invented. The CPR numbers are replacement numbers, which no person can have."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from identity.webhooks import new_secret

PASSWORD = "Demo-1234"  # noqa: S105 - the demo's own, printed on the screen
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_LENGTH = timedelta(minutes=15)
_DAYS, _HOURS = (3, 4, 5, 6, 7, 8, 9, 10), (9, 10, 11, 13)


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """An invented person. `medicines` are rows as the clinic's list has them."""

    name: str
    cpr: str
    email: str
    clinics: tuple[str, ...]
    no_mitid: bool = True
    language: str = "da"
    medicines: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class DemoClinic:
    """An invented clinic; `auto_create_bookings` lets WinPLC confirm bookings by itself, `sign_up` is its mode."""

    slug: str
    name: str
    phone: str
    auto_create_bookings: bool
    practitioners: tuple[dict[str, Any], ...]
    staff: tuple[dict[str, str], ...] = field(default=())
    sign_up: str = "with_approval"


APPOINTMENT_TYPES = {
    "consultation": {"public_name": "Konsultation", "description": "Alm. konsultation", "minutes": 15, "code": "KONS"},
    "blood_test": {"public_name": "", "description": "Blodprøve", "minutes": 10, "code": "BLOD"},
    "home_visit": {"public_name": "", "description": "Sygebesøg", "minutes": 45, "code": "SYG", "use": "other"},
}
"""Kinds of appointment by the reason that patients give, alike at both clinics."""

SHARED = {
    "key": "hansen",
    "name": "Anne Hansen",
    "title": "Læge",
    "services": {"e_kons": True, "renewal": True, "booking": True},
}
"""The practitioner who works at both clinics (SHR-3)."""

CLINICS = (
    DemoClinic(
        "nygade",
        "Lægerne i Nygade",
        "70 10 20 30",
        False,
        (SHARED, {"key": "holm", "name": "Bo Holm", "title": "Læge", "services": {"e_kons": True, "renewal": True}}),
        (
            {"id": "hansen", "name": "Anne Hansen", "role": "doctor"},
            {"id": "sofie", "name": "Sofie Lind", "role": "secretary"},
        ),
    ),
    DemoClinic(
        "havnen",
        "Lægehuset ved Havnen",
        "70 40 50 60",
        True,
        (
            SHARED,
            {"key": "krogh", "name": "Carl Krogh", "title": "Læge", "services": {"e_kons": True, "booking": True}},
        ),
        (
            {"id": "hansen", "name": "Anne Hansen", "role": "doctor"},
            {"id": "krogh", "name": "Carl Krogh", "role": "doctor"},
        ),
        "without_approval",
    ),
)

_METFORMIN = {
    "key": "metformin",
    "name": "Metformin",
    "dose": "500 mg 2 gange dagligt",
    "ordination": "4711",
    "last_dispensed": -80,
    "expected_used_up": 10,
}
_LOSARTAN = {
    "key": "losartan",
    "name": "Losartan",
    "dose": "50 mg 1 gang dagligt",
    "ordination": "4713",
    "last_dispensed": -95,
    "expected_used_up": 3,
    "ordination_ended": -10,
}
_SIMVASTATIN = {
    "key": "simvastatin",
    "name": "Simvastatin",
    "dose": "40 mg 1 gang dagligt",
    "ordination": "4714",
    "last_dispensed": -20,
    "expected_used_up": 80,
    "open_prescription": True,
    "renewable_from": 60,
}
_OXAZEPAM = {
    "key": "oxazepam",
    "name": "Oxazepam",
    "dose": "15 mg ved behov",
    "dependency_forming": True,
    "dependency_group": "benzodiazepines",
    "ordination": "4712",
}
"""Medicines as the clinics list them; a number where a day belongs is so many days from the day of the seed."""
_ALMAS = (_METFORMIN, _LOSARTAN, _SIMVASTATIN, _OXAZEPAM)

PATIENTS = (
    DemoPatient(
        "Alma Prøve",
        "6101851234",
        "alma@patient.example",
        ("nygade",),
        medicines=_ALMAS,
    ),
    DemoPatient("Birk Prøve", "6202701235", "birk@patient.example", ("nygade", "havnen"), medicines=(_METFORMIN,)),
    DemoPatient("Clara Prøve", "6303554236", "clara@patient.example", ("nygade",), language="en"),
    DemoPatient("David Prøve", "6404901237", "david@patient.example", ("havnen",), medicines=(_LOSARTAN,)),
    DemoPatient("Ellen Prøve", "6505481238", "ellen@patient.example", ("havnen",), no_mitid=False),
    DemoPatient("Frej Prøve", "6606124239", "frej@patient.example", ("havnen",)),
)

NEWCOMERS = (
    DemoPatient("Gry Prøve", "6707781230", "gry@patient.example", ("nygade",)),
    DemoPatient("Ida Prøve", "6808801239", "ida@patient.example", ("nygade",)),
)
"""The clinic knows them, but they are no users of the portal until they enrol: the first in the demo's story, the
second with whoever reads the tutorial."""


def settings_of(clinic: DemoClinic, public_url: str) -> dict[str, Any]:
    """Return the clinic's settings as both the portal and its WinPLC hold them."""
    return {
        "name": clinic.name,
        "phone": clinic.phone,
        "opening_hours": "Mandag til fredag kl. 8-16",
        "front_page": f"{public_url}/{clinic.slug}",
        "services": {"e_kons": "on", "renewal": "on", "booking": "on", "waiting": "on", "recovery": "on"},
        "auto_create_bookings": clinic.auto_create_bookings,
        "sign_up": clinic.sign_up,
        "files_taken": True,
    }


def slots_of(clinic: DemoClinic, today: datetime) -> list[dict[str, Any]]:
    """Return free times on the coming days, in UTC."""
    bookable = [one["key"] for one in clinic.practitioners if one["services"].get("booking")]
    slots = []
    for days in _DAYS:
        day = (today.astimezone(COPENHAGEN) + timedelta(days=days)).date()
        for practitioner in bookable:
            for hour in _HOURS:
                start = datetime(day.year, day.month, day.day, hour, tzinfo=COPENHAGEN)
                slots.append(
                    {
                        "key": f"{practitioner}-{day:%Y%m%d}-{hour:02d}00",
                        "practitioner": practitioner,
                        "reason": "consultation",
                        "starts_at": start.astimezone(ZoneInfo("UTC")).isoformat(),
                        "ends_at": (start + _LENGTH).astimezone(ZoneInfo("UTC")).isoformat(),
                    },
                )
    return slots


def medicines_of(patient: DemoPatient, today: datetime) -> list[dict[str, Any]]:
    """Return the patient's list as it is on a day."""
    return [{name: _on(value, today) for name, value in medicine.items()} for medicine in patient.medicines]


def _on(value: Any, today: datetime) -> Any:
    is_days = isinstance(value, int) and not isinstance(value, bool)
    return (today + timedelta(days=value)).date().isoformat() if is_days else value


def winplc_seed(public_url: str, today: datetime, secrets: dict[str, str]) -> str:
    """Return the seed of the clinics' own system as JSON; `secrets` are the webhook secrets by clinic."""
    return json.dumps({"clinics": [_seed_of(clinic, public_url, today, secrets[clinic.slug]) for clinic in CLINICS]})


def _seed_of(clinic: DemoClinic, public_url: str, today: datetime, secret: str) -> dict[str, Any]:
    patients = [
        {
            "cpr": patient.cpr,
            "name": patient.name,
            "email": patient.email,
            "no_mitid": patient.no_mitid,
            "medicines": medicines_of(patient, today),
        }
        for patient in (*PATIENTS, *NEWCOMERS)
        if clinic.slug in patient.clinics
    ]
    settings = settings_of(clinic, public_url)
    return {
        "slug": clinic.slug,
        "name": clinic.name,
        "secrets": {"to_portal": [secret], "from_portal": [secret]},
        "auto_confirm": clinic.auto_create_bookings,
        "settings": {name: value for name, value in settings.items() if name != "name"},
        "staff": list(clinic.staff),
        "practitioners": list(clinic.practitioners),
        "patients": patients,
        "appointment_types": [{"key": key} | details for key, details in APPOINTMENT_TYPES.items()],
        "slots": slots_of(clinic, today),
    }


def fresh_secrets() -> dict[str, str]:
    """Return a new webhook secret for each clinic."""
    return {clinic.slug: new_secret() for clinic in CLINICS}
