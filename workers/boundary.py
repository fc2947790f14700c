"""The edge every actor has: whatever goes wrong inside, only a code leaves it.

Dramatiq keeps an exception's text with the message in Redis and prints it; a neutral exception raised `from None` keeps
both free of personal data.
"""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

import structlog

log = structlog.get_logger(__name__)


class WorkFailedError(Exception):
    """An actor did not finish. The row it worked on will be tried again when its lease has run out."""


def neutral(act: Callable[[UUID], None]) -> Callable[[str], None]:
    """Wrap an actor's act: it takes the outbox id as text, and its failures become `WorkFailedError`."""

    @wraps(act)
    def at_the_edge(outbox_id: str) -> None:
        code = _failure(act, UUID(outbox_id))
        if code is not None:
            log.warning("work_failed", act=act.__name__, outbox=outbox_id, code=code)
            raise WorkFailedError(code)

    return at_the_edge


def _failure(act: Callable[[UUID], None], outbox_id: UUID) -> str | None:
    try:
        act(outbox_id)
    except Exception as error:  # noqa: BLE001 - the edge: everything is turned into a code here
        return type(error).__name__
    return None
