"""The same words twice: a message that waits already, by which a repeat is known (NEW-23)."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.messages import opened
from storage.models import MESSAGE, REQUEST
from storage.registers import SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of
from storage.standing import Standing
from workflows.content import Content
from workflows.vocabulary import State, Workflow

LOOKS_BACK = timedelta(days=30)
MOST = 20
"""How far back, and at how many of a patient's waiting requests, a repeat is looked for."""

# Built once, for every submission asks it. A request's first message is its submission.
_WAITING = (
    sa.select(REQUEST.c.id, REQUEST.c.thread_id, MESSAGE.c.id.label("message_id"), MESSAGE.c.sealed, *KEY_COLUMNS)
    .join(MESSAGE, sa.and_(MESSAGE.c.request_id == REQUEST.c.id, MESSAGE.c.n == 1))
    .join(SEALING_KEY, SEALING_KEY.c.id == REQUEST.c.key_id)
    .where(
        REQUEST.c.person_id == sa.bindparam("person"),
        REQUEST.c.created_at >= sa.bindparam("since"),
        REQUEST.c.clinic_id == sa.bindparam("clinic"),
        REQUEST.c.kind == sa.bindparam("kind"),
        REQUEST.c.state.in_((State.SUBMITTED.value, State.DELIVERED.value)),
        REQUEST.c.id != sa.bindparam("fresh"),
        MESSAGE.c.trigger == sa.bindparam("trigger"),
        MESSAGE.c.sealed.is_not(None),
    )
    .order_by(REQUEST.c.created_at.desc(), REQUEST.c.id.desc())
    .limit(MOST)
)


def twin_of(
    connection: Connection, keyring: Keyring, workflow: Workflow, standing: Standing, trigger: str, content: Content
) -> UUID | None:
    """Return the request that says the same and waits: in the same thread for a reply, in any for a new message."""
    if content.sameness is None or standing.person is None:
        return None
    asked = {
        "person": standing.person,
        "since": standing.changed_at - LOOKS_BACK,
        "clinic": standing.clinic.id,
        "kind": workflow.kind,
        "fresh": standing.id,
        "trigger": trigger,
    }
    is_reply = standing.thread != standing.id
    for row in connection.execute(_WAITING, asked):
        if is_reply and row.thread_id != standing.thread:
            continue
        words = opened(workflow, trigger, row.message_id, row.sealed, key_of(keyring, row))
        if words.sameness == content.sameness:
            found: UUID = row.id
            return found
    return None
