"""The facts about times: the one that is asked for, and those that the clinic offers instead."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.calendar_registers import SLOT
from storage.scope import counting
from storage.slot_holds import HELD, KEPT, held_now, holder_of
from storage.standing import Standing
from workflows.appointments import booking_window
from workflows.facts import Facts, Slot
from workflows.vocabulary import State

# Built once, for every booking asks it.
_NAMED = sa.select(SLOT, HELD.label("taken"), KEPT.label("held")).where(
    SLOT.c.clinic_id == sa.bindparam("clinic"),
    SLOT.c.key.in_(sa.bindparam("keys", expanding=True)),
    SLOT.c.is_current,
    ~SLOT.c.removed,
)


def with_slot(connection: Connection, keyring: Keyring, standing: Standing, facts: Facts) -> Facts:
    """Return the facts with the time that a new request wants, or that a standing one has, and the booking window."""
    earliest, latest = booking_window(standing.clinic.settings, facts.now)
    slot = _own_slot(standing)
    if standing.state is State.DRAFT or standing.slot is None:
        wanted = facts.content.wanted_slot
        found = _named(connection, keyring, standing, facts, (wanted,)) if wanted is not None else []
        slot = found[0] if found else None
    return replace(facts, slot=slot, earliest_booking=earliest, latest_booking=latest)


def with_offered(connection: Connection, keyring: Keyring, standing: Standing, facts: Facts) -> Facts:
    """Return the facts with whether the times that the clinic offers now can be had by the patient."""
    keys = facts.content.offered_slots
    found = _named(connection, keyring, standing, facts, keys)
    is_open = len(found) == len(keys) and all(
        slot.free and not slot.held and slot.starts_at > facts.now for slot in found
    )
    return replace(facts, offer_open=is_open)


def _own_slot(standing: Standing) -> Slot | None:
    if standing.slot is None or standing.slot_start is None or standing.slot_end is None:
        return None
    own = standing.practitioner
    return Slot(standing.slot, standing.slot_start, standing.slot_end, free=False, practitioner=own)


def _named(
    connection: Connection, keyring: Keyring, standing: Standing, facts: Facts, keys: tuple[str, ...]
) -> list[Slot]:
    asked = {"clinic": standing.clinic.id, "keys": keys}
    held = held_now(holder_of(keyring, standing.person, standing.clinic.id), facts.now)
    with counting():  # who has taken them is not the caller's to see
        return [_slot(row) for row in connection.execute(_NAMED, asked | held)]


def _slot(row: sa.Row[Any]) -> Slot:
    return Slot(
        row.key,
        row.starts_at,
        row.ends_at,
        free=not row.taken,
        held=row.held,
        released_at=row.released_at,
        offered=row.offered,
        practitioner=row.practitioner,
        reason=row.reason,
    )
