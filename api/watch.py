"""What those who watch the process may see: its log lines, readiness checks and gauges."""

from collections.abc import Callable, Iterator, Mapping

import structlog

from api.given import Services
from api.health import Check
from api.metrics import Reading
from api.middleware import Served
from identity.outcomes import StorageUnavailableError
from storage.operations import count_requests, owed
from storage.schema import is_current

log = structlog.get_logger(__name__)


def log_served(served: Served) -> None:
    """Write one line for each answered call: the path's template, never the path."""
    log.info(
        "served",
        request_id=served.request_id,
        method=served.method,
        route=served.route,
        status=served.status,
        milliseconds=round(served.seconds * 1000, 3),
    )


def log_failed(request_id: str, error: str, place: str) -> None:
    """Write down that something unexpected happened: the exception's class and where, never its text."""
    log.error("unexpected", request_id=request_id, error=error, code=place)


def readiness(services: Services) -> Mapping[str, Check]:
    """Return the checks of readiness by name."""

    def database() -> bool:
        with services.database.reading():
            return True

    return {
        "database": _passes(database),
        "migrations": _passes(lambda: is_current(services.database, services.catalogue)),
    }


def _passes(check: Check) -> Check:
    def asked() -> bool:
        try:
            return check()
        except StorageUnavailableError:
            return False

    return asked


def gauges(services: Services) -> Callable[[], Iterator[Reading]]:
    """Return what is asked at each scrape: what the outbox owes, and how many requests stand where."""

    def asked() -> Iterator[Reading]:
        with services.database.reading() as connection:
            debt = owed(connection, services.clock())
            counted = count_requests(connection)
        yield Reading("outbox_due", "Effects that are still to be done", debt.due)
        yield Reading("outbox_parked", "Effects set aside for the operator", debt.parked)
        yield Reading("outbox_oldest_seconds", "How long the oldest due effect is late", debt.oldest_seconds)
        for (kind, state), number in counted.items():
            yield Reading("requests", "Requests by type and state", number, (("kind", kind), ("state", state)))

    return asked
