"""What WinPLC was given, when, under which reference: a keyed fingerprint of it, which can be reckoned again (NEW-4).

The fingerprint covers what the patient said and how it was addressed. It leaves out the number, which may change.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.history import instant
from storage.messages import spoken
from storage.notice_registers import DELIVERY
from storage.outbox import Work
from storage.parcels import Parcel, beside
from storage.requests import Found
from workflows.vocabulary import Workflow

FORM = 1
"""Which members are covered and how they are written; a change of either is another form."""

# Built once: what was delivered twice under one row is one delivery.
_INSERT = {
    dialect: insert(DELIVERY).on_conflict_do_nothing()
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery; `form` says how its fingerprint was made."""

    reference: str | None
    journal_copy: str | None
    at: datetime
    form: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class _Delivered:
    kind: str
    channel: str
    created_at: datetime
    thread: UUID
    practitioner: str | None
    answer_by: date | None
    content: Mapping[str, Any]


def keeping(
    keyring: Keyring, work: Work, parcel: Parcel, reference: str | None, journal_copy: str | None, now: datetime
) -> Callable[[Connection], None]:
    """Return what keeps the proof of a delivery, in the commit that records it."""
    given = _Delivered(
        parcel.kind, parcel.channel, parcel.created_at, parcel.thread, parcel.practitioner, parcel.answer_by,
        parcel.content(),
    )  # fmt: skip
    row = {
        "outbox_id": work.id,
        "request_id": parcel.request,
        "clinic_id": work.clinic,
        "reference": reference,
        "journal_copy": journal_copy,
        "at": now,
        "form": FORM,
        "fingerprint": _fingerprint(keyring, given),
    }

    def keep(connection: Connection) -> None:
        connection.execute(_INSERT[connection.dialect.name], row)

    return keep


def deliveries_of(connection: Connection, request: UUID) -> Sequence[Delivery]:
    """Return the deliveries of a request that the caller was let to, the first one first."""
    rows = connection.execute(sa.select(DELIVERY).where(DELIVERY.c.request_id == request).order_by(DELIVERY.c.at))
    return [Delivery(row.reference, row.journal_copy, row.at, row.form, row.fingerprint) for row in rows]


def reckoned(connection: Connection, keyring: Keyring, workflow: Workflow, found: Found) -> bytes | None:
    """Return the fingerprint of what is stored now; None where it has been erased."""
    words = [] if found.key is None else spoken(connection, workflow, found.id, found.key)
    if not words or words[0].author == "clinician":
        return None
    content = beside(words[0].content, words[0].files)
    given = _Delivered(
        found.kind, found.channel, found.created_at, found.thread, found.practitioner, found.promised_on, content
    )
    return _fingerprint(keyring, given)


def _fingerprint(keyring: Keyring, given: _Delivered) -> bytes:
    said = {
        "kind": given.kind,
        "channel": given.channel,
        "submitted_at": instant(given.created_at),
        "thread": str(given.thread),
        "practitioner": given.practitioner,
        "answer_by": given.answer_by and given.answer_by.isoformat(),
        "content": given.content,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keyring.keyed("delivery", f"{FORM}\n{text}".encode())
