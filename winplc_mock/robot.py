"""Simulated staff: opens, answers, decides and confirms by itself after a set delay."""

import json
import sqlite3
from functools import partial
from typing import Any

from winplc_mock import signups
from winplc_mock.agenda import Agenda
from winplc_mock.books import Books
from winplc_mock.clinics import all_clinics
from winplc_mock.intake import request_row

Steps = list[tuple[str, dict[str, Any]]]
ANSWER_TEXT = "Tak for din henvendelse. Vi har set på den, og du behøver ikke gøre mere nu."
UNHANDLED = ("new", "opened")


class Robot:
    """Staff who never sleep; on or off per clinic, with a delay in seconds. Identity checks are left to people."""

    def __init__(self, books: Books, agenda: Agenda, delay: float | None = None) -> None:
        self._books = books
        self._agenda = agenda
        self._usual = delay
        self._delays: dict[str, float | None] = {}

    def start(self) -> None:
        """Take up what lies in the folders, and listen for new requests."""
        self._books.on_request(self.offer)
        for slug in self._slugs():
            self._take_up(slug)

    def switch(self, clinic: str | None, delay: float | None) -> None:
        """Set the delay of one clinic, or of all; None switches the robot off."""
        if clinic is None:
            self._usual = delay
            self._delays.clear()
        else:
            self._delays[clinic] = delay
        for slug in [clinic] if clinic else self._slugs():
            self._take_up(slug)

    def delays(self) -> dict[str, float | None]:
        """The delay of every clinic; None where the robot is off."""
        return {slug: self._delay(slug) for slug in self._slugs()}

    def offer(self, clinic: str, request: str) -> None:
        """A request has come: handle it when the clinic's delay has passed."""
        delay = self._delay(clinic)
        if delay is not None:
            self._agenda.later(delay, partial(self._handle, clinic, request))

    def _delay(self, clinic: str) -> float | None:
        return self._delays.get(clinic, self._usual)

    def _slugs(self) -> list[str]:
        with self._books.store.read() as db:
            return [clinic.slug for clinic in all_clinics(db)]

    def _take_up(self, clinic: str) -> None:
        with self._books.store.read() as db:
            waiting = db.execute(
                "SELECT id FROM requests WHERE clinic = ? AND state IN ('new', 'opened') ORDER BY number", (clinic,)
            ).fetchall()
        for row in waiting:
            self.offer(clinic, row["id"])

    def _handle(self, clinic: str, request: str) -> None:
        if self._delay(clinic) is None:
            return
        with self._books.store.read() as db:
            row = request_row(db, clinic, request)
            steps = steps_for(db, row) if row and row["state"] in UNHANDLED else []
        if steps:
            self._books.act(clinic, request, steps, self._books.staff(clinic, None), only_if=UNHANDLED)


def steps_for(db: sqlite3.Connection, row: sqlite3.Row) -> Steps:
    """What simulated staff do to a request, as one list of steps."""
    opening: Steps = [("open", {})] if row["state"] == "new" else []
    if row["kind"] == "e_kons":
        return [*opening, ("answer", {"text": ANSWER_TEXT, "watch_unread": True})]
    if row["kind"] == "renewal":
        medicines = json.loads(row["body"])["content"]["medicines"]
        decisions = [("decide", _decision(db, row, medicine)) for medicine in medicines]
        return [*opening, *decisions, ("answer", {"text": None})]
    if row["kind"] == "booking":
        return [("confirm", {})]
    if row["kind"] in {"recovery", "waiting"}:
        return []
    if row["kind"] == signups.KIND:
        return signups.robot_answer(row)
    return [("answer", {"message_id": None, "text": ANSWER_TEXT})]


def _decision(db: sqlite3.Connection, row: sqlite3.Row, medicine: str) -> dict[str, Any]:
    item = db.execute(
        "SELECT * FROM medicines WHERE clinic = ? AND cpr = ? AND key = ?", (row["clinic"], row["cpr"], medicine)
    ).fetchone()
    reason = None
    if item is None:
        reason = "not_on_card"
    elif item["dependency_forming"] and (item["exception_until"] or "") < row["received_at"][:10]:
        reason = "needs_consultation"
    elif item["renewable_from"] > row["received_at"] if item["renewable_from"] else item["open_prescription"]:
        reason = "open_prescription"
    return {"medicine": medicine, "decision": "rejected" if reason else "approved", "reason": reason}
