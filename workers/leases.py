"""The rows this process is working on: their leases are renewed until they are let go.

A process that dies or freezes renews nothing, so its rows are free again after one lease.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog

from identity.outcomes import StorageUnavailableError
from storage.outbox import Outbox

log = structlog.get_logger(__name__)


class Leases:
    """Keeps the leases of rows in hand."""

    def __init__(self, outbox: Outbox, lease: timedelta) -> None:
        self._outbox = outbox
        self._pause = lease.total_seconds() / 3
        self._held: set[UUID] = set()
        self._guard = threading.Lock()
        self._stopped = threading.Event()

    @contextmanager
    def held(self, row: UUID) -> Iterator[None]:
        """Keep one row's lease while the block runs."""
        with self._guard:
            self._held.add(row)
        try:
            yield
        finally:
            with self._guard:
                self._held.discard(row)

    def keep(self) -> None:
        """Renew until `stop`; run in a thread of its own, so that slow work elsewhere cannot delay it."""
        while not self._stopped.wait(self._pause):
            with self._guard:
                rows = list(self._held)
            try:
                self._outbox.renew(rows)
            except StorageUnavailableError:
                log.warning("leases_not_renewed", rows=len(rows))

    def stop(self) -> None:
        """Let `keep` return soon."""
        self._stopped.set()
