"""The layers of a clinic's service: what the clinic, its practitioner, the patient's rights and holidays say of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.decided import Asked, Decided, decided
from storage.notices import with_age
from storage.standing import ClinicStanding, Standing
from workflows.facts import Facts
from workflows.working_days import local_day, out_of_hours


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a service is open or not: a person, or None for anyone, who comes by a channel."""

    person: UUID | None
    channel: str


def services(
    connection: Connection,
    keyring: Keyring,
    clinic: ClinicStanding,
    caller: Caller,
    kinds: Iterable[str],
    now: datetime,
) -> dict[str, Facts]:
    """Return, for each kind, the facts that say whether the clinic's service is open to the caller."""
    found, settings = decided(connection, clinic.id, person=caller.person), clinic.settings
    facts = Facts(now=now, today=local_day(now), sign_up=settings.sign_up, files_taken=settings.files_taken)
    facts = with_age(connection, keyring, clinic.id, caller.person, _with_signs(found, facts))
    asked = {kind: Asked(clinic, kind, caller.channel, None) for kind in kinds}
    return {kind: replace(facts, service=found.service(each, facts.today)) for kind, each in asked.items()}


def with_service(connection: Connection, standing: Standing, facts: Facts, part_of: str | None = None) -> Facts:
    """Return the facts with each layer of the service; a time is its practitioner's, whomever the request names.

    `part_of` is the service that it is a part of, if any: what closes that one closes this one too.
    """
    practitioner, reason = standing.practitioner, None
    if facts.slot is not None:
        practitioner, reason = facts.slot.practitioner or practitioner, facts.slot.reason
    found = decided(connection, standing.clinic.id, person=standing.person, practitioner=practitioner, reason=reason)
    named = found.practitioner(practitioner)
    asked = Asked(standing.clinic, standing.kind, standing.channel, practitioner, part_of)
    return replace(
        _with_signs(found, facts),
        comment_required=named is not None and named.comment_required,
        reason_open=reason is None or found.is_open(reason),
        service=found.service(asked, facts.today),
    )


def _with_signs(found: Decided, facts: Facts) -> Facts:
    asked, version = found.signs, found.signs_version
    return replace(facts, signs=asked, signs_version=version, out_of_hours=out_of_hours(facts.now))
