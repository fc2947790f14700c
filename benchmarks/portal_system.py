"""The portal as it is run: `portal serve` and `portal work` over PostgreSQL and Redis, patients logged in."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa

from benchmarks.outside import CLINIC
from benchmarks.processes import Command
from benchmarks.systems import TEXT, Call, Shape
from identity.cpr import Cpr
from identity.tokens import new_token, token_hash
from portal.master_key import create_master_key
from portal.settings import Settings
from portal.wiring import Services, build_services
from storage import accounts, operations
from storage.database import Connection
from storage.log_ins import LONGEST
from storage.registers import LOG_IN
from storage.schema import migrate
from storage.webhook_secrets import clinic_id
from workers import broker, loop
from workflows.clinic_settings import ClinicSettings

PATIENTS = 40
_LETTERS = 512  # the largest length of an e-consultation here


class PortalSystem:
    """Migrates the database, seeds a clinic with its patients, and logs them in."""

    name = "portal"

    def __init__(self, *, database: str, redis: str, folder: Path, api_port: int, smtp_port: int) -> None:
        key = folder / "keys" / "master.key"
        create_master_key(key)
        self.database = database
        self.environment = {
            "PORTAL_DATA_DIR": str(folder),
            "PORTAL_KEY_FILE": str(key),
            "PORTAL_DATABASE_URL": database,
            "PORTAL_REDIS_URL": f"{redis.rpartition('/')[0]}/0",
            "PORTAL_API_PORT": str(api_port),
            "PORTAL_SMTP_PORT": str(smtp_port),
        }
        self._tokens: list[str] = []

    def services(self) -> Services:
        """Build the portal's services in this process, with the settings that its own processes have."""
        named = {name.removeprefix("PORTAL_").lower(): value for name, value in self.environment.items()}
        named.pop("trusted_proxies", None)  # a list, as only the environment writes it; nobody knocks in this process
        return build_services(Settings(**named))  # type: ignore[arg-type]

    def seed(self, winplc_url: str, secret: str) -> None:
        """Make the tables, the clinic, and its patients with a token each."""
        services = self.services()
        migrate(services.database, services.catalogue)
        with services.database.writing() as connection:
            clinic = _clinic(connection, services, winplc_url, secret)
            self._tokens = [_patient(connection, services, clinic, number) for number in range(PATIENTS)]
        services.database.close()

    def commands(self, shape: Shape) -> Sequence[Command]:
        """Return `portal serve` and `portal work`."""
        shaped = self.environment | {
            "PORTAL_API_THREADS": str(shape.api_threads),
            "PORTAL_WORKER_PROCESSES": str(shape.worker_processes),
            "PORTAL_WORKER_THREADS": str(shape.worker_threads),
        }
        return [Command(("portal.cli", "serve"), shaped), Command(("portal.cli", "work"), shaped)]

    def submission(self, number: int) -> Call:
        """Return an e-consultation of the patient whose turn it is."""
        headers = {
            "authorization": f"Bearer {self._tokens[number % PATIENTS]}",
            "content-type": "application/json",
            "idempotency-key": str(uuid4()),
        }
        return Call(f"/v1/clinics/{CLINIC}/requests/e_kons", headers, json.dumps({"text": f"{TEXT}{number}"}).encode())

    def configuration(self) -> Mapping[str, object]:
        """Return what bears on speed."""
        return {
            "commands": [str(command) for command in self.commands(Shape(8, 1, 8))],
            "dramatiq": dict(broker.ENVIRONMENT) | {
                "heartbeat_timeout": broker.HEARTBEAT_MILLISECONDS,
                "maintenance_chance": broker.MAINTENANCE_CHANCE,
            },
            "loop looks every (s)": loop.LOOKS_EVERY,
            "lease (s)": Settings().lease_seconds,
            "does besides": "log-in, idempotency key, rules, signature, sealing, history chain, inbox, outbox, leases",
        }  # fmt: skip


def _clinic(connection: Connection, services: Services, winplc_url: str, secret: str) -> UUID:
    settings = ClinicSettings(
        name="Lægerne i Nygade",
        phone="70 10 20 30",
        opening_hours="8-16",
        front_page="https://nygade.example/",
        services={"e_kons": "on"},
        longest_text=_LETTERS,
    )
    operations.add_clinic(
        connection,
        services.keyring,
        services.new_id,
        slug=CLINIC,
        settings=settings,
        winplc_url=winplc_url,
        secret=secret,
        now=services.clock(),
    )
    identifier = clinic_id(connection, CLINIC)
    if identifier is None:
        raise RuntimeError("the clinic was not stored")
    return identifier


def _patient(connection: Connection, services: Services, clinic: UUID, number: int) -> str:
    """Store a patient of the clinic (with a replacement number, which no person can have); return their token."""
    now, keyring, new_id = services.clock(), services.keyring, services.new_id
    person = accounts.create_person(connection, keyring, new_id, Cpr(f"{61 + number % 28}0180{1000 + number}"), now)
    address = f"patient-{number}@patient.example"
    accounts.set_account(connection, keyring, person, email=address, password_hash="unused", language="da", now=now)
    accounts.join_clinic(connection, keyring, new_id, person=person, clinic=clinic, mitid_exempt=True, now=now)
    token = new_token()
    connection.execute(
        sa.insert(LOG_IN).values(
            id=new_id(),
            person_id=person,
            token_hash=token_hash(token),
            channel="api",
            created_at=now,
            seen_at=now + timedelta(minutes=20),  # so that no call of the run has to note that the log-in is alive
            ends_at=now + LONGEST,
        ),
    )
    return token
