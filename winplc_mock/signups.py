"""Sign-ups: who asks to become a user, whether the clinic knows them, and what its yes writes into the books."""

import json
import sqlite3
from typing import Any

from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import canonical

KIND = "enrolment"
WITHOUT_APPROVAL = "without_approval"
NO_RIGHTS = {"enrolment", "recovery"}
"""Kinds that nobody needs a right for, since they are asked for without a log-in."""


def stamkort(db: sqlite3.Connection, clinic: str, cpr: str) -> sqlite3.Row | None:
    """The patient's card, or None for somebody whom the clinic does not know."""
    found: sqlite3.Row | None = db.execute(
        "SELECT rowid AS number, * FROM patients WHERE clinic = ? AND cpr = ?", (clinic, cpr)
    ).fetchone()
    return found


def offered(db: sqlite3.Connection, clinic: str) -> list[str]:
    """The services that the clinic's settings do not switch off, and that a patient may have a right to."""
    row = db.execute("SELECT settings FROM clinics WHERE slug = ?", (clinic,)).fetchone()
    services: dict[str, str] = json.loads(row["settings"]).get("services", {})
    return [kind for kind, switch in services.items() if switch != "off" and kind not in NO_RIGHTS]


def is_own_gp(db: sqlite3.Connection, clinic: str, cpr: str) -> bool:
    """Whether the national register has this clinic as the person's own GP."""
    return db.execute("SELECT 1 FROM gp_register WHERE clinic = ? AND cpr = ?", (clinic, cpr)).fetchone() is not None


def answers_by_itself(db: sqlite3.Connection, clinic: str, content: dict[str, Any]) -> bool:
    """Whether nobody is asked: the clinic takes sign-ups without approval, and MitID has vouched for this one."""
    row = db.execute("SELECT settings FROM clinics WHERE slug = ?", (clinic,)).fetchone()
    return bool(json.loads(row["settings"]).get("sign_up") == WITHOUT_APPROVAL and content["proven"])


def own_answer(db: sqlite3.Connection, clinic: str, cpr: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The act by which the clinic system answers without staff: yes to the clinic's own patients only."""
    if not is_own_gp(db, clinic, cpr):
        return "reject", {"reason": "not_own_gp"}
    return "approve", {"services": content["services"], "create_record": True}


def approved(db: sqlite3.Connection, row: sqlite3.Row, content: dict[str, Any]) -> dict[str, Any]:
    """What the portal is told of a yes; a card is made first if staff say so (ACC-3).

    Raises:
        RefusedError: 422 ``no_record`` if there is no card and none is to be made.
    """
    told = {name: value for name, value in content.items() if name != "create_record"}
    asked = json.loads(row["body"])["content"]
    known = stamkort(db, row["clinic"], row["cpr"])
    if known is None and not content["create_record"]:
        raise RefusedError(422, "no_record")
    rights = {kind: kind in told["services"] for kind in asked["services"]}
    card = {"name": asked["name"], "email": asked["email"], "no_mitid": told["no_mitid"], "rights": canonical(rights)}
    if known is not None:
        card |= {"name": known["name"], "email": known["email"] or asked["email"]}
        card["no_mitid"] = told["no_mitid"] or bool(known["no_mitid"])
    db.execute(
        "INSERT INTO patients (clinic, cpr, name, email, no_mitid, rights) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET email = excluded.email, no_mitid = excluded.no_mitid, rights = excluded.rights",
        (row["clinic"], row["cpr"], *card.values()),
    )
    return told | {"no_mitid": card["no_mitid"], "own_gp": is_own_gp(db, row["clinic"], row["cpr"])}


def robot_answer(row: sqlite3.Row) -> list[tuple[str, dict[str, Any]]]:
    """What simulated staff do: yes, but a number that is somebody's under another address is left to people."""
    content = json.loads(row["body"])["content"]
    if content["known_as"] == "user_with_another_address":
        return []
    return [("approve", {"services": content["services"], "create_record": True})]
