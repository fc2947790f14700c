"""The forms that appointment types carry, in force and as they were; what a patient has answered."""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.calendar_registers import SLOT
from storage.messages import Spoken, spoken
from storage.models import HISTORY
from storage.standing import Standing
from storage.versions import current
from workflows.facts import Facts
from workflows.visit_forms import Answers, VisitForm
from workflows.vocabulary import Workflow

TOPIC, FILL_FORM = "visit_form", "fill_form"


def form_for(connection: Connection, clinic: UUID, slot: str | None) -> tuple[VisitForm, int] | None:
    """Return the form of a time's kind of appointment and its version, if it has one."""
    reason = sa.select(SLOT.c.reason).where(SLOT.c.clinic_id == clinic, SLOT.c.key == slot, SLOT.c.is_current)
    key = connection.execute(reason).scalar_one_or_none()
    found = None if key is None else current(connection, clinic, TOPIC, key)
    return None if found is None else (VisitForm.model_validate(found.body), found.version)


def is_form_due(connection: Connection, clinic: UUID, request: UUID, slot: str | None) -> bool:
    """Return whether a form with questions that must be answered belongs to the request's time, and is not answered."""
    found = form_for(connection, clinic, slot)
    if found is None or not any(question.required for question in found[0].questions):
        return False
    filled = sa.select(HISTORY.c.id).where(HISTORY.c.request_id == request, HISTORY.c.trigger == FILL_FORM)
    return connection.execute(filled.limit(1)).first() is None


def with_form(connection: Connection, standing: Standing, facts: Facts) -> Facts:
    """Return the facts with the form of the request's own time."""
    found = form_for(connection, standing.clinic.id, standing.slot)
    return facts if found is None else replace(facts, form=found[0], form_version=found[1])


def answered(connection: Connection, workflow: Workflow, standing: Standing) -> Spoken | None:
    """Return what the patient answered last."""
    said = spoken(connection, workflow, standing.id, standing.key)
    return next((each for each in reversed(said) if isinstance(each.content, Answers)), None)
