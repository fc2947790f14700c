"""The policy, on one page: who may do what. Every route of the doors names one of these actions, and each is named."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Who(StrEnum):
    """A kind of caller, and so the proof that is asked for."""

    ANYONE = "anyone"
    PATIENT = "patient"
    CLINIC = "clinic"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    SCRAPER = "scraper"


POLICY: Mapping[str, Who] = MappingProxyType(
    {
        "public": Who.ANYONE,
        "patient.session.read": Who.PATIENT,
        "patient.session.end": Who.PATIENT,
        "patient.log_in.read": Who.PATIENT,
        "patient.log_in.end": Who.PATIENT,
        "patient.me.read": Who.PATIENT,
        "patient.me.export": Who.PATIENT,
        "patient.me.leave": Who.PATIENT,
        "patient.clinic.leave": Who.PATIENT,
        "patient.notice.read": Who.PATIENT,
        "patient.notice.change": Who.PATIENT,
        "patient.password.change": Who.PATIENT,
        "patient.factor.read": Who.PATIENT,
        "patient.factor.change": Who.PATIENT,
        "patient.me.confirm": Who.PATIENT,
        "patient.request.list": Who.PATIENT,
        "patient.request.submit": Who.PATIENT,
        "patient.request.read": Who.PATIENT,
        "patient.request.change": Who.PATIENT,
        "patient.preparation.read": Who.PATIENT,
        "patient.draft.read": Who.PATIENT,
        "patient.draft.change": Who.PATIENT,
        "patient.thread.list": Who.PATIENT,
        "patient.thread.read": Who.PATIENT,
        "patient.message.read": Who.PATIENT,
        "patient.access.read": Who.PATIENT,
        "patient.file.upload": Who.PATIENT,
        "patient.file.remove": Who.PATIENT,
        "patient.file.read": Who.PATIENT,
        "patient.slot.read": Who.PATIENT,
        "patient.calendar.read": Who.PATIENT,
        "patient.calendar.change": Who.PATIENT,
        "patient.reminder.read": Who.PATIENT,
        "patient.reminder.change": Who.PATIENT,
        "patient.slot.hold": Who.PATIENT,
        "patient.medicine.read": Who.PATIENT,
        "patient.renewal.list": Who.PATIENT,
        "clinic.request.tell": Who.CLINIC,
        "clinic.message.write": Who.CLINIC,
        "clinic.file.upload": Who.CLINIC,
        "clinic.file.read": Who.CLINIC,
        "clinic.settings.read": Who.CLINIC,
        "clinic.settings.change": Who.CLINIC,
        "clinic.practitioner.read": Who.CLINIC,
        "clinic.practitioner.change": Who.CLINIC,
        "clinic.closure.read": Who.CLINIC,
        "clinic.closure.change": Who.CLINIC,
        "clinic.right.read": Who.CLINIC,
        "clinic.signs.read": Who.CLINIC,
        "clinic.signs.change": Who.CLINIC,
        "clinic.stop.read": Who.CLINIC,
        "clinic.right.change": Who.CLINIC,
        "clinic.patient.depart": Who.CLINIC,
        "clinic.user.change": Who.CLINIC,
        "clinic.user.detach": Who.CLINIC,
        "clinic.factor.end": Who.CLINIC,
        "clinic.number.change": Who.CLINIC,
        "clinic.slot.change": Who.CLINIC,
        "clinic.appointment_type.change": Who.CLINIC,
        "clinic.visit_form.change": Who.CLINIC,
        "clinic.medicine.change": Who.CLINIC,
        "clinic.list.read": Who.CLINIC,
        "clinic.statistics.read": Who.CLINIC,
        "clinic.delivery.read": Who.CLINIC,
        "clinic.account.read": Who.CLINIC,
        "clinic.account.change": Who.CLINIC,
        "clinic.account.confirm": Who.CLINIC,
        "clinic.account.password": Who.CLINIC,
        "auditor.request.read": Who.AUDITOR,
        "auditor.history.read": Who.AUDITOR,
        "auditor.settings.read": Who.AUDITOR,
        "auditor.statistics.read": Who.AUDITOR,
        "auditor.session.end": Who.AUDITOR,
        "operator.session.end": Who.OPERATOR,
        "operator.parked.read": Who.OPERATOR,
        "operator.parked.resend": Who.OPERATOR,
        "scraper.metrics.read": Who.SCRAPER,
    },
)
"""Action to the one kind of caller who may. Which rows they see is decided by the scope of their readers."""

WHILE_HELD = frozenset(
    {
        "patient.session.read",
        "patient.session.end",
        "patient.log_in.read",
        "patient.log_in.end",
        "patient.me.read",
        "patient.request.list",
    }
)
"""All that a log-in may do at a clinic that keeps its content back from it; what is not named may show some."""

WHILE_CHOOSING = frozenset({"patient.session.read", "patient.session.end", "patient.password.change"})
"""All that a log-in by a one-time password may do until another password is chosen."""

UNSCOPED = frozenset({"patient.session.read", "patient.session.end"})
"""What every API client may do with a log-in that it made: look at it and end it."""

SCOPES = tuple(action for action, who in POLICY.items() if who is Who.PATIENT and action not in UNSCOPED)
"""What an API client can be given."""


def within(scopes: frozenset[str] | None, action: str) -> bool:
    """Return whether an API client with these scopes may use the action; without a client there is no bound."""
    return scopes is None or action in UNSCOPED or action in scopes
