"""Logs: one JSON object a line, and only fields from a list. What is not on the list does not reach a log."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger",
        "act", "attempt", "clinic", "code", "count", "effect", "error", "event_id", "kind", "method", "milliseconds",
        "outbox", "path", "request", "request_id", "route", "rows", "seconds", "state", "status", "trigger", "version",
    },
)  # fmt: skip


def _only_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list, and everything of an exception but its class."""
    failure = event.pop("exc_info", None)
    kept = {name: value for name, value in event.items() if name in ALLOWED}
    if failure:
        kept["error"] = _class_of(failure)
    return kept


def _class_of(failure: Any) -> str:
    if failure is True:
        failure = sys.exc_info()
    raised = failure[1] if isinstance(failure, tuple) else failure
    return type(raised).__name__


def set_up_logging(level: int = logging.INFO) -> None:
    """Send the standard library's and structlog's records to standard error through the same list."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    line = logging.StreamHandler(sys.stderr)
    line.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _only_allowed,
                structlog.processors.JSONRenderer(),
            ],
        ),
    )
    root = logging.getLogger()
    root.handlers[:] = [line]
    root.setLevel(level)
    for chatty in ("dramatiq", "transitions", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
