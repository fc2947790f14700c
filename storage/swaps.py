"""A booking that is given up for another time: which one it is, and whether it still stands."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.messages import spoken
from storage.models import REQUEST
from storage.standing import Standing
from workflows.vocabulary import Workflow


def given_up(connection: Connection, workflow: Workflow, standing: Standing) -> UUID | None:
    """Return the booking that the request's words give up for the time it now gets, if that still stands."""
    named = (said.content.given_up for said in spoken(connection, workflow, standing.id, standing.key))
    return next((each for each in named if each is not None and swap_stands(connection, standing, each)), None)


def swap_stands(connection: Connection, standing: Standing, request: UUID) -> bool:
    """Return whether a request is a confirmed booking of the same patient at the same clinic."""
    mine = sa.select(REQUEST.c.id).where(
        REQUEST.c.id == request,
        REQUEST.c.person_id == standing.person,
        REQUEST.c.clinic_id == standing.clinic.id,
        REQUEST.c.slot_held,
        REQUEST.c.outcome == "confirmed",
    )
    return connection.execute(mine).first() is not None
