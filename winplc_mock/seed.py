"""The seed: which clinics this system serves, with their staff, patients and calendars."""

import sqlite3
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, ValidationError

from winplc_mock.calendar_book import AppointmentType, put_type
from winplc_mock.phrases import plant_phrases
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Cpr, Key, Shape, Staff, canonical
from winplc_mock.signing import read_secret


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _readable(secrets: list[str]) -> list[str]:
    for secret in secrets:
        read_secret(secret)
    return secrets


Secrets = Annotated[list[str], BeforeValidator(_listed), AfterValidator(_readable), Field(min_length=1, max_length=5)]


class SecretsSeed(Shape):
    """Secrets per direction: all of ``to_portal`` sign, any of ``from_portal`` is accepted."""

    to_portal: Secrets
    from_portal: Secrets


class MedicineSeed(Shape):
    """A regular medicine; ``ordination`` is the medicine card's id of it. All days are dates.

    ``exception_until`` is the last day of a doctor's standing exception for a dependency-forming medicine,
    ``exception_by`` the member of staff, ``exception_plan`` what the two agreed, which never leaves this system.
    """

    key: Key
    name: Key
    dose: str = ""
    dependency_forming: bool = False
    dependency_group: Literal["opioids", "benzodiazepines", "stimulants", "other"] | None = None
    renewable_from: str | None = None
    exception_until: str | None = None
    exception_by: str | None = None
    exception_plan: str | None = None
    ordination: str = ""
    ordination_ended: str | None = None
    last_dispensed: str | None = None
    expected_used_up: str | None = None
    open_prescription: bool = False


class PatientSeed(Shape):
    """A stamkort; ``rights`` (tab Kommunikation) allows or forbids services by name, unnamed is allowed.

    ``own_gp`` is whether the national register has this clinic as the patient's own GP.
    """

    cpr: Cpr
    name: Key
    email: str | None = None
    no_mitid: bool = False
    own_gp: bool = True
    rights: dict[str, bool] = Field(default_factory=dict)
    medicines: list[MedicineSeed] = Field(default_factory=list)


class PractitionerSeed(Shape):
    """A practitioner as patients see and reach them; a service that is not named is off."""

    key: Key
    name: Key
    title: str = ""
    custom_name: str = ""
    services: dict[str, bool] = Field(default_factory=dict)
    comment_required: bool = False
    calendar_synchronised: bool = True


class SlotSeed(Shape):
    """A time in the calendar, in RFC 3339 UTC; offered to patients from ``released_at`` (None: at once) if at all."""

    key: Key
    practitioner: Key
    starts_at: Key
    ends_at: Key
    reason: Key
    released_at: str | None = None
    offered: bool = True


class ClosureSeed(Shape):
    """A holiday: both days included, the message shown, and the services closed meanwhile."""

    key: Key
    first_day: Key
    last_day: Key
    message: Key
    substitute: str = ""
    closes: list[str] = Field(default_factory=lambda: ["e_kons", "renewal"])


class ClinicSeed(Shape):
    """A clinic with all that belongs to it; ``settings`` is the clinic tab of Patientkommunikation.

    ``registered`` are people without a stamkort who have this clinic as their own GP.
    """

    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    name: Key
    secrets: SecretsSeed
    auto_confirm: bool = False
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    staff: Annotated[list[Staff], Field(min_length=1)]
    practitioners: list[PractitionerSeed] = Field(default_factory=list)
    closures: list[ClosureSeed] = Field(default_factory=list)
    patients: list[PatientSeed] = Field(default_factory=list)
    appointment_types: list[AppointmentType] = Field(default_factory=list)
    slots: list[SlotSeed] = Field(default_factory=list)
    registered: list[Cpr] = Field(default_factory=list)


class Seed(Shape):
    """The seed file."""

    clinics: list[ClinicSeed]


def read_seed(text: bytes | str) -> Seed:
    """Parse a seed.

    Raises:
        RefusedError: 422 ``seed``, naming the fields that are wrong.
    """
    try:
        return Seed.model_validate_json(text)
    except ValidationError as wrong:
        fields = ", ".join(f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in wrong.errors())
        raise RefusedError(422, "seed", fields) from None


def read_seed_file(path: Path) -> Seed:
    """Parse a seed file (see ``read_seed``)."""
    return read_seed(path.read_bytes())


def plant(db: sqlite3.Connection, seed: Seed) -> None:
    """Write the seed into the books; planting again brings the rows up to date and keeps the bookings."""
    for clinic in seed.clinics:
        _plant_clinic(db, clinic)
        plant_phrases(db, clinic.slug)
        for patient in clinic.patients:
            _plant_patient(db, clinic.slug, patient)
        for cpr in {*clinic.registered, *(patient.cpr for patient in clinic.patients if patient.own_gp)}:
            register = "INSERT INTO gp_register (clinic, cpr) VALUES (?, ?) ON CONFLICT DO NOTHING"
            db.execute(register, (clinic.slug, cpr))


def _plant_clinic(db: sqlite3.Connection, clinic: ClinicSeed) -> None:
    secrets = clinic.secrets
    row: dict[str, Any] = {"slug": clinic.slug, "name": clinic.name, "auto_confirm": clinic.auto_confirm}
    row |= {"to_portal": canonical(secrets.to_portal), "from_portal": canonical(secrets.from_portal)}
    _upsert(db, "clinics", ("slug",), row | {"settings": canonical(clinic.settings)})
    for member in clinic.staff:
        _upsert(db, "staff", ("clinic", "id"), {"clinic": clinic.slug} | member.model_dump())
    for practitioner in clinic.practitioners:
        details = canonical(practitioner.model_dump(exclude={"key"}))
        row = {"clinic": clinic.slug, "key": practitioner.key, "details": details}
        _upsert(db, "practitioners", ("clinic", "key"), row)
    for closure in clinic.closures:
        row = {"clinic": clinic.slug, "key": closure.key, "details": canonical(closure.model_dump(exclude={"key"}))}
        _upsert(db, "closures", ("clinic", "key"), row)
    for kind in clinic.appointment_types:
        put_type(db, clinic.slug, kind)
    for slot in clinic.slots:
        _upsert(db, "slots", ("clinic", "key"), {"clinic": clinic.slug} | slot.model_dump())


def _plant_patient(db: sqlite3.Connection, clinic: str, patient: PatientSeed) -> None:
    row: dict[str, Any] = {"clinic": clinic, "cpr": patient.cpr, "name": patient.name, "email": patient.email}
    row |= {"no_mitid": patient.no_mitid, "rights": canonical(patient.rights)}
    _upsert(db, "patients", ("clinic", "cpr"), row)
    for medicine in patient.medicines:
        # What the seed leaves open stays as staff have set it since.
        row = {"clinic": clinic, "cpr": patient.cpr} | medicine.model_dump(exclude_none=True)
        _upsert(db, "medicines", ("clinic", "cpr", "key"), row)


def _upsert(db: sqlite3.Connection, table: str, key: tuple[str, ...], row: dict[str, Any]) -> None:
    columns = ", ".join(row)
    changes = ", ".join(f"{name} = excluded.{name}" for name in row if name not in key)
    db.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - names are ours, above
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}",
        tuple(row.values()),
    )
