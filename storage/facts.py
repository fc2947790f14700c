"""Gather the facts of one decision: only those that its rules need."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage import activation_links
from storage.files import unused_files
from storage.links import dispute_valid, link_valid
from storage.medicines import listed_medicines
from storage.messages import spoken
from storage.models import REQUEST
from storage.not_reached import with_reach
from storage.notices import with_age
from storage.service_facts import with_service
from storage.slot_facts import with_offered, with_slot
from storage.standing import Standing
from storage.visit_forms import with_form
from storage.waiting_facts import with_line
from workflows.catalogue import Catalogue
from workflows.content import Content
from workflows.facts import Facts
from workflows.vocabulary import Need, Rule, State

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

# Built once, for every reply asks it.
_IN_THREAD = sa.select(REQUEST.c.state).where(REQUEST.c.thread_id == sa.bindparam("thread")).distinct()
_UNANSWERED = frozenset({State.SUBMITTED.value, State.DELIVERED.value})


class FactsReader:
    """Reads the facts for the rules of a catalogue's workflows."""

    def __init__(self, catalogue: Catalogue, keyring: Keyring) -> None:
        self._catalogue, self._keyring = catalogue, keyring

    def gather(
        self, connection: Connection, standing: Standing, trigger: str, content: Content, now: datetime
    ) -> Facts:
        """Return the facts of pulling `trigger` with these words at `now`."""
        rules = self._catalogue[standing.kind].rules(trigger)
        return self.gather_for(connection, standing, rules, content, now)

    def gather_for(
        self, connection: Connection, standing: Standing, rules: Iterable[Rule], content: Content, now: datetime
    ) -> Facts:
        """Return the facts that these rules look at, each look-up made once however many rules need it."""
        needs = {rule.needs for rule in rules}
        settings = standing.clinic.settings
        facts = Facts(
            now=now,
            today=now.astimezone(COPENHAGEN).date(),
            content=content,
            longest_text=settings.longest_text,
            files_taken=settings.files_taken,
            cancel_hours=settings.cancel_hours,
            opened=standing.opened_at is not None,
            outcome=standing.outcome,
            sign_up=settings.sign_up,
            offered=settings.offered(),
        )
        facts = self._with_times(connection, standing, facts, needs)
        if Need.SERVICE in needs:
            facts = with_service(connection, standing, facts, self._catalogue[standing.kind].part_of)
        if Need.AGE in needs:
            facts = with_age(connection, self._keyring, standing.clinic.id, standing.person, facts)
        if Need.MEDICINES in needs:
            facts = _with_medicines(connection, standing, facts)
        if Need.ITEMS in needs:
            facts = self._with_items(connection, standing, facts)
        if Need.RIGHTS in needs:
            facts = self._with_asked_rights(connection, standing, facts)
        facts = _with_files(connection, standing, _with_links(connection, standing, facts, needs))
        facts = with_reach(connection, standing, facts, needs)
        if Need.THREAD in needs:
            facts = _with_thread(connection, standing, facts)
        return facts

    def _with_asked_rights(self, connection: Connection, standing: Standing, facts: Facts) -> Facts:
        words = spoken(connection, self._catalogue[standing.kind], standing.id, standing.key)
        return replace(facts, asked_rights=tuple(kind for said in words for kind in said.content.asked_rights))

    def _with_items(self, connection: Connection, standing: Standing, facts: Facts) -> Facts:
        words = spoken(connection, self._catalogue[standing.kind], standing.id, standing.key)
        wanted = [key for said in words for key in said.content.wanted_medicines]
        decided = {getattr(said.content, "medicine", None) for said in words}
        return replace(facts, undecided=tuple(key for key in wanted if key not in decided))

    def _with_times(
        self, connection: Connection, standing: Standing, facts: Facts, needs: Collection[Need | None]
    ) -> Facts:
        """Return the facts with the times of the calendar that are asked about; before the service, which they name."""
        if Need.SLOT in needs or Need.REFILL in needs:
            facts = with_slot(connection, self._keyring, standing, facts)
        if Need.OFFERED in needs:
            facts = with_offered(connection, self._keyring, standing, facts)
        if Need.OFFER in needs:
            words = spoken(connection, self._catalogue[standing.kind], standing.id, standing.key)
            facts = replace(facts, offer=tuple(key for said in words for key in said.content.offered_slots))
        if Need.FORM in needs:
            facts = with_form(connection, standing, facts)
        return with_line(connection, standing, facts, needs)


def _with_files(connection: Connection, standing: Standing, facts: Facts) -> Facts:
    if not facts.content.attached_files or standing.person is None:
        return facts
    return replace(facts, files=unused_files(connection, standing, facts.content))


def _with_medicines(connection: Connection, standing: Standing, facts: Facts) -> Facts:
    listed = {
        item.key: item for item in listed_medicines(connection, standing.clinic.id, standing.person, standing.key)
    }
    wanted = facts.content.wanted_medicines
    return replace(
        facts,
        medicines=tuple(listed[key].as_facts() for key in wanted if key in listed),
        unknown_medicines=tuple(key for key in wanted if key not in listed),
    )


def _with_links(connection: Connection, standing: Standing, facts: Facts, needs: Collection[Need | None]) -> Facts:
    """Return the facts with whether the request's mailed links can be used; only those that are asked about."""
    if Need.LINK in needs:
        facts = replace(facts, link_valid=link_valid(connection, standing.id, facts.now))
    if Need.ACTIVATION in needs:
        facts = replace(facts, link_valid=activation_links.holds(connection, standing.id, facts.now))
    if Need.DISPUTE in needs:
        facts = replace(facts, dispute_valid=dispute_valid(connection, standing.id, facts.now))
    return facts


def _with_thread(connection: Connection, standing: Standing, facts: Facts) -> Facts:
    if standing.state is State.DRAFT and standing.thread == standing.id:
        return facts  # a thread that begins here holds nothing yet
    states = set(connection.execute(_IN_THREAD, {"thread": standing.thread}).scalars())
    return replace(
        facts, thread_closed=State.CLOSED.value in states, thread_unanswered=not _UNANSWERED.isdisjoint(states)
    )
