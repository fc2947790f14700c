"""A decision's later effects become outbox rows, in the decision's transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.models import OUTBOX
from storage.standing import Standing
from storage.together import Write
from workflows.vocabulary import Decision, Do, Effect, State

_INSERT = sa.insert(OUTBOX)  # built once, as `Write` asks

DESTINATIONS = {
    Do.FILE_IN_WINPLC: "winplc",
    Do.CHECK_IDENTITY: "winplc",
    Do.TELL_WINPLC_IT_ENDED: "winplc",
    Do.TELL_WINPLC_IT_WAS_READ: "winplc",
    Do.FILE_FORM: "winplc",
    Do.MAIL: "mail",
    Do.SMS: "sms",
}
"""Rows of one request to one destination are worked strictly in order."""


def outbox_rows(
    connection: Connection,
    standing: Standing,
    decision: Decision,
    history: list[dict[str, Any]],
    new_id: Callable[[], UUID],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return one row per effect, still to be written; rows that they take the place of are settled."""
    rows = [
        _row(standing, effect, written, new_id(), now)
        for step, written in zip(decision.steps, history, strict=True)
        for effect in step.then
        if not (effect.do is Do.TELL_WINPLC_IT_ENDED and _superseded(connection, standing, now))
    ]
    if rows:
        _take_over_parked(connection, standing, decision, rows, now)
    return rows


def owed(row: dict[str, Any]) -> Write:
    """Return the write of one row; whoever carries it out wakes the loops."""
    return Write(_INSERT, row)


def mail_row(*, identifier: UUID, clinic: UUID, letter: str, subject: UUID, now: datetime) -> dict[str, Any]:
    """Return the row of a mail that belongs to no request, such as a log-in code; `subject` is what it is about."""
    return {
        "id": identifier,
        "history_id": None,
        "request_id": None,
        "subject_id": subject,
        "clinic_id": clinic,
        "n": 0,
        "effect": Do.MAIL.value,
        "letter": letter,
        "destination": DESTINATIONS[Do.MAIL],
        **_fresh(now),
    }


def receipt_row(message: Any, identifier: UUID, now: datetime) -> dict[str, Any]:
    """Return the row that tells WinPLC that one of its messages was read; a message has one at most.

    A message has the id of the history row of its step.
    """
    return {
        "id": identifier,
        "history_id": message.id,
        "request_id": message.request_id,
        "subject_id": None,
        "clinic_id": message.clinic_id,
        "n": message.n,
        "effect": Do.TELL_WINPLC_IT_WAS_READ.value,
        "letter": None,
        "destination": DESTINATIONS[Do.TELL_WINPLC_IT_WAS_READ],
        **_fresh(now),
    }


def _row(
    standing: Standing, effect: Effect, written: dict[str, Any], identifier: UUID, now: datetime
) -> dict[str, Any]:
    return {
        "id": identifier,
        "history_id": written["id"],
        "request_id": standing.id,
        "subject_id": None,
        "clinic_id": standing.clinic.id,
        "n": written["n"],
        "effect": effect.do.value,
        "letter": effect.letter.value if effect.letter else None,
        "destination": DESTINATIONS[effect.do],
        **_fresh(now),
    }


def _fresh(now: datetime) -> dict[str, Any]:
    return {"state": "due", "attempts": 0, "crashes": 0, "intent": 0, "next_at": now, "created_at": now}


def _take_over_parked(
    connection: Connection, standing: Standing, decision: Decision, rows: list[dict[str, Any]], now: datetime
) -> None:
    """Settle what was set aside for the same destination: the new row tries again in its place."""
    if decision.steps[0].source not in {State.UNDELIVERABLE, State.UNREACHABLE}:
        return
    connection.execute(
        sa.update(OUTBOX)
        .where(
            OUTBOX.c.request_id == standing.id,
            OUTBOX.c.destination.in_({row["destination"] for row in rows}),
            OUTBOX.c.state == "parked",
        )
        .values(state="done", outcome="taken_over", settled_at=now),
    )


def _superseded(connection: Connection, standing: Standing, now: datetime) -> bool:
    """Settle a delivery that was not attempted; return whether the clinic never heard of the request.

    An earlier delivery that was given up may have arrived all the same: then the clinic must be told.
    """
    filed = (OUTBOX.c.request_id == standing.id, OUTBOX.c.effect == Do.FILE_IN_WINPLC.value)
    settled = connection.execute(
        sa.update(OUTBOX)
        .where(*filed, OUTBOX.c.state == "due", OUTBOX.c.attempts == 0)
        .values(state="done", outcome="superseded", settled_at=now),
    )
    if settled.rowcount == 0:
        return False
    attempted = sa.select(OUTBOX.c.id).where(*filed, OUTBOX.c.attempts > 0)
    return connection.execute(attempted.limit(1)).first() is None
