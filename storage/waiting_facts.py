"""The facts about waiting: until when an offer stands, what is given up for it, whether anybody waits for a time."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.engine import Connection

from storage.standing import Standing
from storage.swaps import swap_stands
from storage.waiting_line import anyone_waits, coming_time, offer_until
from workflows.facts import Facts
from workflows.vocabulary import Need


def with_line(connection: Connection, standing: Standing, facts: Facts, needs: Collection[Need | None]) -> Facts:
    """Return the facts with what the waiting list says; only what is asked about."""
    if Need.TURN in needs:
        facts = replace(facts, offer_until=offer_until(connection, standing))
    if Need.SWAP in needs and facts.content.given_up is not None:
        facts = replace(facts, swap_stands=swap_stands(connection, standing, facts.content.given_up))
    if Need.REFILL in needs and standing.slot is not None:
        time = coming_time(connection, standing.clinic.id, standing.slot, facts.now)
        facts = replace(facts, refillable=time is not None and anyone_waits(connection, time, standing.person))
    return facts
