"""Who works where: clinics, their secrets, their staff."""

import json
import sqlite3
from dataclasses import dataclass

from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff

AUTOMATIC = Staff(id="automatic", name="Automatisk", role="system")


@dataclass(frozen=True)
class Clinic:
    """A clinic of this system; ``from_portal`` are the secrets it accepts, ``to_portal`` those it signs with."""

    slug: str
    name: str
    auto_confirm: bool
    from_portal: tuple[str, ...]
    to_portal: tuple[str, ...]


def clinic_named(db: sqlite3.Connection, slug: str) -> Clinic:
    """The clinic of that slug.

    Raises:
        RefusedError: 404 ``unknown_clinic``.
    """
    row = db.execute("SELECT * FROM clinics WHERE slug = ?", (slug,)).fetchone()
    if row is None:
        raise RefusedError(404, "unknown_clinic")
    return _clinic(row)


def all_clinics(db: sqlite3.Connection) -> list[Clinic]:
    """Every clinic, by slug."""
    return [_clinic(row) for row in db.execute("SELECT * FROM clinics ORDER BY slug")]


def staff_of(db: sqlite3.Connection, slug: str) -> list[Staff]:
    """The clinic's staff, doctors first as the user picker shows them."""
    rows = db.execute("SELECT id, name, role FROM staff WHERE clinic = ? ORDER BY role <> 'doctor', id", (slug,))
    return [Staff(**dict(row)) for row in rows]


def everybody(db: sqlite3.Connection) -> list[Staff]:
    """Everyone who works anywhere, once each: the same id at several clinics is one person (SHR-2)."""
    rows = db.execute("SELECT id, min(name) AS name, min(role) AS role FROM staff GROUP BY id ORDER BY name, id")
    return [Staff(**dict(row)) for row in rows]


def clinics_of(db: sqlite3.Connection, person: str) -> list[Clinic]:
    """The clinics where somebody works."""
    theirs = "SELECT * FROM clinics WHERE slug IN (SELECT clinic FROM staff WHERE id = ?) ORDER BY slug"
    return [_clinic(row) for row in db.execute(theirs, (person,))]


def _clinic(row: sqlite3.Row) -> Clinic:
    return Clinic(
        row["slug"],
        row["name"],
        bool(row["auto_confirm"]),
        tuple(json.loads(row["from_portal"])),
        tuple(json.loads(row["to_portal"])),
    )
