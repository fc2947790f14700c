"""People of every kind that a stranger might ask about, and the calls by which one would."""

import itertools
import json
from collections.abc import Iterator, Mapping
from uuid import UUID, uuid4

from benchmarks.portal_system import PortalSystem
from benchmarks.systems import Call
from identity.cpr import Cpr
from portal.wiring import Services
from storage import accounts, operations
from storage.database import Connection
from storage.schema import migrate
from storage.webhook_secrets import clinic_id
from workflows.clinic_settings import ClinicSettings

CLINICS = 20
LOCKED = 50
OVER_THE_LIMIT = 4  # tries: one more than a number is looked at in an hour
PASSWORD = "Fjord-2026"
_KINDS = ("known", "locked", "with_mitid", "unknown")


class Strangers:
    """Seeds clinics and people, and makes calls about them, each from an address of its own."""

    def __init__(self, system: PortalSystem, count: int) -> None:
        self._system, self._count = system, count
        self._addresses = itertools.count(1)

    def seed(self, winplc_url: str, secret: str) -> None:
        """Make the tables, the clinics and the people; `with_mitid` are patients whom no mark lets in by password."""
        services = self._system.services()
        migrate(services.database, services.catalogue)
        hashed = services.passwords.hash(PASSWORD)
        with services.database.writing() as connection:
            clinics = [_clinic(connection, services, number, winplc_url, secret) for number in range(CLINICS)]
        for kind, count in (("known", self._count), ("locked", LOCKED), ("with_mitid", self._count)):
            with services.database.writing() as connection:
                for number in range(count):
                    _person(connection, services, clinics[number % CLINICS], kind, number, hashed)
        services.database.close()

    def warm_up(self) -> Iterator[Call]:
        """Give calls that put the locked numbers over their limit."""
        for number in range(LOCKED * OVER_THE_LIMIT):
            yield self.recovery("locked", number % LOCKED)

    def recovery(self, kind: str, number: int) -> Call:
        """Return the call by which somebody asks for a new password; `wrong_mail` knows the number alone."""
        who = "known" if kind == "wrong_mail" else kind
        number = number % LOCKED if kind == "locked" else number
        typed = f"other-{number}@patient.example" if kind == "wrong_mail" else _address(who, number)
        body = {"cpr": _digits(who, number), "email": typed}
        return self._call(f"/v1/clinics/{_slug(number % CLINICS)}/recoveries", body)

    def log_in(self, kind: str, number: int) -> Call:
        """Return the call that shows a first factor; `wrong_password` is of somebody who exists."""
        who = "known" if kind in {"right", "wrong_password"} else kind
        password = "Bakke-2027" if kind == "wrong_password" else PASSWORD
        body = {"clinic": _slug(number % CLINICS), "cpr": _digits(who, number), "password": password}
        return self._call("/v1/session", body)

    def _call(self, path: str, body: Mapping[str, str]) -> Call:
        number = next(self._addresses)
        headers = {
            "content-type": "application/json",
            "idempotency-key": str(uuid4()),
            "x-forwarded-for": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        }
        return Call(path, headers, json.dumps(body).encode())


def _slug(number: int) -> str:
    return f"clinic-{number}"


def _digits(kind: str, number: int) -> str:
    """Return a replacement number, which no person can have; each kind has a month of its own."""
    return f"{61 + number % 28}{_KINDS.index(kind) + 1:02}80{1000 + number}"


def _address(kind: str, number: int) -> str:
    return f"{kind}-{number}@patient.example"


def _clinic(connection: Connection, services: Services, number: int, winplc_url: str, secret: str) -> UUID:
    settings = ClinicSettings(
        name=f"Klinik {number}",
        phone="70 10 20 30",
        opening_hours="8-16",
        front_page="https://klinik.example/",
        services={"e_kons": "on"},
    )
    operations.add_clinic(
        connection,
        services.keyring,
        services.new_id,
        slug=_slug(number),
        settings=settings,
        winplc_url=winplc_url,
        secret=secret,
        now=services.clock(),
    )
    identifier = clinic_id(connection, _slug(number))
    if identifier is None:
        raise RuntimeError("the clinic was not stored")
    return identifier


def _person(connection: Connection, services: Services, clinic: UUID, kind: str, number: int, hashed: str) -> None:
    now, keyring, new_id = services.clock(), services.keyring, services.new_id
    person = accounts.create_person(connection, keyring, new_id, Cpr(_digits(kind, number)), now)
    account = {"email": _address(kind, number), "password_hash": hashed, "language": "da"}
    accounts.set_account(connection, keyring, person, now=now, **account)
    exempt = kind != "with_mitid"
    accounts.join_clinic(connection, keyring, new_id, person=person, clinic=clinic, mitid_exempt=exempt, now=now)
