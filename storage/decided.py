"""What a clinic has decided that bears on a request: practitioners, appointment types, a patient's rights, holidays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.registers import SETTING
from storage.standing import ClinicStanding
from workflows.appointments import AppointmentType
from workflows.clinic_settings import Closure, PatientRights, PractitionerSettings
from workflows.facts import Service, Switch
from workflows.warning_signs import DEFAULT, WarningSigns

APPOINTMENT_TYPE = "appointment_type"
"""The topic under which a clinic's appointment types are kept, by the reason that patients give."""

SIGNS = "warning_signs"
"""The topic under which a clinic keeps the warning signs that it asks about (NEW-12)."""

_CURRENT = (SETTING.c.clinic_id == sa.bindparam("clinic"), SETTING.c.is_current)
_WHOLE = SETTING.c.topic.in_(("closure", SIGNS))
_RIGHTS = sa.and_(SETTING.c.topic == "right", SETTING.c.key == sa.bindparam("person"))

# Built once, for every submission asks one. Nothing has the key NULL: who names nobody finds nobody's settings.
_OF_ONE = sa.select(SETTING.c.topic, SETTING.c.key, SETTING.c.version, SETTING.c.body).where(
    *_CURRENT,
    sa.or_(
        _WHOLE,
        _RIGHTS,
        sa.and_(SETTING.c.topic == "practitioner", SETTING.c.key == sa.bindparam("practitioner")),
        sa.and_(SETTING.c.topic == APPOINTMENT_TYPE, SETTING.c.key == sa.bindparam("reason")),
    ),
)
_OF_ALL = sa.select(SETTING.c.topic, SETTING.c.key, SETTING.c.version, SETTING.c.body).where(
    *_CURRENT, sa.or_(_WHOLE, _RIGHTS, SETTING.c.topic.in_(("practitioner", APPOINTMENT_TYPE)))
)
_BY_NAME: Mapping[str, type[PractitionerSettings | AppointmentType]] = MappingProxyType(
    {"practitioner": PractitionerSettings, APPOINTMENT_TYPE: AppointmentType}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which service of which clinic is asked for, by which channel and of which practitioner, if of one."""

    clinic: ClinicStanding
    kind: str
    channel: str
    practitioner: str | None
    part_of: str | None = None

    @property
    def switched(self) -> tuple[str, ...]:
        """The services that must all be open."""
        return (self.kind,) if self.part_of is None else (self.kind, self.part_of)


@dataclass(slots=True)
class Decided:
    """The settings in force that bear on a request beside the clinic's own; `named` by topic and key."""

    named: dict[tuple[str, str], Any] = field(default_factory=dict)
    rights: PatientRights = field(default_factory=PatientRights)
    closures: list[Closure] = field(default_factory=list)
    signs: WarningSigns = DEFAULT
    signs_version: int = 0

    def practitioner(self, key: str | None) -> PractitionerSettings | None:
        """Return what is decided about a practitioner."""
        found: PractitionerSettings | None = self.named.get(("practitioner", key or ""))
        return found

    def practitioners(self) -> dict[str, PractitionerSettings]:
        """Return every practitioner, by key."""
        return {key: found for (topic, key), found in self.named.items() if topic == "practitioner"}

    def types(self) -> dict[str, AppointmentType]:
        """Return every appointment type, by the reason that patients give."""
        return {key: found for (topic, key), found in self.named.items() if topic == APPOINTMENT_TYPE}

    def is_open(self, reason: str | None) -> bool:
        """Return whether patients may book times for this reason; one that the clinic does not know is closed."""
        found = self.types().get(reason or "")
        return found is not None and found.for_patients

    def service(self, asked: Asked, today: date) -> Service:
        """Return the service as each layer has it today."""
        named, settings = self.practitioner(asked.practitioner), asked.clinic.settings
        taken = named is not None and named.takes(asked.part_of or asked.kind, asked.channel)
        switches = {settings.services.get(kind, Switch.OFF) for kind in asked.switched}
        return Service(
            clinic=next(switch for switch in Switch if switch in switches),  # the one that lets least through
            channel=all(settings.takes_by(asked.channel, kind) for kind in asked.switched),
            practitioner=asked.practitioner is None or taken,
            patient=all(self.rights.services.get(kind, True) for kind in asked.switched),
            holiday=any(each.shuts(kind, asked.channel, today) for each in self.closures for kind in asked.switched),
            clinic_closed=settings.is_closed(today),
            ended=self.rights.ended,
        )


def decided(
    connection: Connection,
    clinic: UUID,
    *,
    person: UUID | None,
    practitioner: str | None = None,
    reason: str | None = None,
) -> Decided:
    """Return what bears on a request to this practitioner and for this reason, where they are named."""
    asked = {"practitioner": practitioner, "reason": reason}
    return _gathered(connection, _OF_ONE, {"clinic": clinic, **_person(person), **asked})


def decided_for_all(connection: Connection, clinic: UUID, person: UUID | None) -> Decided:
    """Return what bears on the person's requests to whichever practitioner and for whichever reason."""
    return _gathered(connection, _OF_ALL, {"clinic": clinic, **_person(person)})


def _person(person: UUID | None) -> dict[str, str | None]:
    return {"person": None if person is None else str(person)}


def _gathered(connection: Connection, query: sa.Select[Any], asked: Mapping[str, Any]) -> Decided:
    found = Decided()
    for row in connection.execute(query, asked):
        if row.topic == "closure":
            found.closures.append(Closure.model_validate(row.body))
        elif row.topic == "right":
            found.rights = PatientRights.model_validate(row.body)
        elif row.topic == SIGNS:
            found.signs, found.signs_version = WarningSigns.model_validate(row.body), row.version
        else:
            found.named[row.topic, row.key] = _BY_NAME[row.topic].model_validate(row.body)
    return found
