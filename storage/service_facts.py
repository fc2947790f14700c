"""The layers of a clinic's service: what the clinic, its practitioner, the patient's rights and holidays say of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.notices import with_age
from storage.registers import SETTING
from storage.standing import ClinicStanding, Standing
from workflows.clinic_settings import Closure, PatientRights, PractitionerSettings
from workflows.facts import Facts, Service, Switch
from workflows.working_days import local_day

# Built once, for every submission asks them. Nothing has the key NULL: who names nobody finds nobody's settings.
_DECIDED = sa.select(SETTING.c.topic, SETTING.c.body).where(
    SETTING.c.clinic_id == sa.bindparam("clinic"),
    SETTING.c.is_current,
    sa.or_(
        SETTING.c.topic == "closure",
        sa.and_(SETTING.c.topic == "practitioner", SETTING.c.key == sa.bindparam("practitioner")),
        sa.and_(SETTING.c.topic == "right", SETTING.c.key == sa.bindparam("person")),
    ),
)


@dataclass(slots=True)
class _Decided:
    """The settings in force that bear on one request beside the clinic's own."""

    practitioner: PractitionerSettings | None = None
    rights: PatientRights = field(default_factory=PatientRights)
    closures: list[Closure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which service of which clinic is asked for, by which channel and of which practitioner, if of one."""

    clinic: ClinicStanding
    kind: str
    channel: str
    practitioner: str | None


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
    decided = _decided(connection, clinic.id, None, caller.person)
    settings = clinic.settings
    facts = Facts(now=now, today=local_day(now), sign_up=settings.sign_up, files_taken=settings.files_taken)
    facts = with_age(connection, keyring, clinic.id, caller.person, facts)
    asked = {kind: _Asked(clinic, kind, caller.channel, None) for kind in kinds}
    return {kind: replace(facts, service=_service(decided, each, facts.today)) for kind, each in asked.items()}


def with_service(connection: Connection, standing: Standing, facts: Facts) -> Facts:
    """Return the facts with each layer of the service that the request is about."""
    decided = _decided(connection, standing.clinic.id, standing.practitioner, standing.person)
    named = decided.practitioner
    asked = _Asked(standing.clinic, standing.kind, standing.channel, standing.practitioner)
    return replace(
        facts,
        comment_required=named is not None and named.comment_required,
        service=_service(decided, asked, facts.today),
    )


def _service(decided: _Decided, asked: _Asked, today: date) -> Service:
    named, settings, kind = decided.practitioner, asked.clinic.settings, asked.kind
    return Service(
        clinic=settings.services.get(kind, Switch.OFF),
        channel=settings.channels.get(asked.channel, True),
        practitioner=asked.practitioner is None or (named is not None and named.takes(kind, asked.channel)),
        patient=decided.rights.services.get(kind, True),
        holiday=any(_shuts(closure, kind, today) for closure in decided.closures),
    )


def _shuts(closure: Closure, kind: str, today: date) -> bool:
    return kind in closure.closes and closure.first_day <= today <= closure.last_day


def _decided(connection: Connection, clinic: UUID, practitioner: str | None, person: UUID | None) -> _Decided:
    asked = {"clinic": clinic, "practitioner": practitioner, "person": None if person is None else str(person)}
    found = _Decided()
    for row in connection.execute(_DECIDED, asked):
        _place(found, row.topic, row.body)
    return found


def _place(found: _Decided, topic: str, body: dict[str, Any]) -> None:
    if topic == "closure":
        found.closures.append(Closure.model_validate(body))
    elif topic == "practitioner":
        found.practitioner = PractitionerSettings.model_validate(body)
    else:
        found.rights = PatientRights.model_validate(body)
