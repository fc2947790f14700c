"""The demo: seed two clinics and six patients, then play one request of each type; a seventh enrols on the way."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import urllib3

from identity.cpr import Cpr
from portal.demo_client import DemoClient
from portal.demo_data import (
    APPOINTMENT_TYPES,
    CLINICS,
    NEWCOMERS,
    PASSWORD,
    PATIENTS,
    DemoClinic,
    DemoPatient,
    fresh_secrets,
    medicines_of,
    settings_of,
    slots_of,
)
from portal.demo_data import winplc_seed as seed_text
from portal.demo_mitid import log_in_with_mitid
from portal.demo_story import tell
from portal.grants import grant
from portal.settings import Settings
from portal.wiring import Services, build_services, utc_now
from storage import accounts, operations
from storage.calendar import OfferedSlot, put_slots
from storage.database import Connection
from storage.decided import APPOINTMENT_TYPE
from storage.medicines import ListedMedicine, put_medicines
from storage.scope import DatabaseRole
from storage.versions import put
from storage.webhook_secrets import clinic_id
from workflows.appointments import AppointmentType
from workflows.clinic_settings import ClinicSettings, PractitionerSettings


def winplc_seed(settings: Settings) -> Path:
    """Write the seed of the clinics' own system and return its file; the secrets are made once and kept."""
    file = settings.data_dir / "winplc-seed.json"
    file.touch(mode=0o600)
    file.write_text(seed_text(settings.public_url, utc_now(), _secrets(settings)))
    return file


def _secrets(settings: Settings) -> dict[str, str]:
    file = settings.data_dir / "keys" / "demo-webhooks.json"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps(fresh_secrets()))
    secrets: dict[str, str] = json.loads(file.read_text())
    return secrets


def seed(settings: Settings) -> None:
    """Put the demo's clinics and people into the portal; again changes nothing but the calendar's new days."""
    services = build_services(settings, DatabaseRole.OPERATOR)
    hashed = services.passwords.hash(PASSWORD)
    with services.database.writing() as connection:
        for clinic in CLINICS:
            _seed_clinic(connection, services, clinic)
        for patient in PATIENTS:
            _seed_patient(connection, services, patient, hashed)
    services.database.close()


def _seed_clinic(connection: Connection, services: Services, clinic: DemoClinic) -> None:
    now, settings = services.clock(), services.settings
    operations.add_clinic(
        connection,
        services.keyring,
        services.new_id,
        slug=clinic.slug,
        settings=ClinicSettings.model_validate(settings_of(clinic, settings.public_url)),
        winplc_url=f"http://127.0.0.1:{settings.winplc_port}",
        secret=_secrets(settings)[clinic.slug],
        now=now,
    )
    identifier = clinic_id(connection, clinic.slug)
    if identifier is None:
        return
    for one in clinic.practitioners:
        line = PractitionerSettings.model_validate({name: one[name] for name in one if name != "key"})
        put(connection, clinic=identifier, topic="practitioner", key=one["key"], decided=line, by="demo", at=now)
    for reason, particulars in APPOINTMENT_TYPES.items():
        kind = AppointmentType.model_validate(particulars)
        put(connection, clinic=identifier, topic=APPOINTMENT_TYPE, key=reason, decided=kind, by="demo", at=now)
    put_slots(connection, identifier, [OfferedSlot.model_validate(slot) for slot in slots_of(clinic, now)], now)


def _seed_patient(connection: Connection, services: Services, patient: DemoPatient, password_hash: str) -> None:
    now, keyring = services.clock(), services.keyring
    known = accounts.person_by_cpr(connection, accounts.cpr_index(keyring, Cpr(patient.cpr)))
    person = accounts.create_person(connection, keyring, services.new_id, Cpr(patient.cpr), now)
    if known is None:
        accounts.set_account(
            connection,
            keyring,
            person,
            email=patient.email,
            password_hash=password_hash,
            language=patient.language,
            now=now,
        )
    for slug in patient.clinics:
        clinic = clinic_id(connection, slug)
        if clinic is None:
            continue
        accounts.join_clinic(
            connection,
            keyring,
            services.new_id,
            person=person,
            clinic=clinic,
            mitid_exempt=patient.no_mitid,
            now=now,
        )
        key = accounts.membership_key(connection, keyring, person, clinic)
        if key is not None and patient.medicines:
            listed = [ListedMedicine.model_validate(item) for item in medicines_of(patient, now)]
            put_medicines(connection, clinic, person, key, listed, now)


def play(settings: Settings, out: TextIO) -> None:
    """Play one request of each type as a client would, and print each one's timeline and the log-ins."""
    services = build_services(settings, DatabaseRole.OPERATOR)
    today = services.clock().date()
    auditor = grant(
        services,
        "Demo",
        tuple(c.slug for c in CLINICS),
        today - timedelta(days=1),
        today + timedelta(days=30),
        timedelta(days=30),
    )
    services.database.close()
    client = DemoClient(settings.api_port, settings.mail_page_port, auditor)
    tell(client, out)
    if not settings.mitid_issuer:
        _log_in_with_mitid(settings, out)
    out.write("\n  Demo log-ins (CPR number, password; the code comes by mail)\n")
    for patient in (*PATIENTS, NEWCOMERS[0]):
        if patient.no_mitid:
            out.write(f"    {patient.name:<12} {patient.cpr}  {PASSWORD}  {', '.join(patient.clinics)}\n")
    out.write(f"    Auditor's log-in  {client.auditor_token()}\n")
    out.write(f"    and its grant     {auditor.token}\n                      {auditor.uri}\n")
    out.flush()


def _log_in_with_mitid(settings: Settings, out: TextIO) -> None:
    """Log in whoever has MitID, at the mock broker, and print where to do so in a browser."""
    out.write("\n  Logged in with MitID, as you can in a browser\n")
    with urllib3.PoolManager(timeout=10, retries=False) as http:
        for patient in PATIENTS:
            if not patient.no_mitid:
                log_in_with_mitid(http, f"http://localhost:{settings.api_port}", patient)
                begin = f"{settings.public_url}/v1/session/mitid?clinic={patient.clinics[0]}"
                out.write(f"    {patient.name:<12} {begin}\n")
