"""The Redis broker, with the settings that make a lost worker's message come back soon, and no retries of its own.

Time and number of tries live in the outbox; Redis only carries wake-ups and may be emptied at any moment.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage, Middleware, ShutdownNotifications, TimeLimit

from workers.boundary import neutral

Broker = RedisBroker
"""The broker, for rooms that only pass it on."""

NAMESPACE = "patientportal"
HEARTBEAT_MILLISECONDS = 10_000
MAINTENANCE_CHANCE = 100_000  # of a million commands
DEAD_LETTERS_KEPT = 3_600_000  # milliseconds
LONGEST_RUN = 25_000  # milliseconds

ENVIRONMENT = {
    "dramatiq_worker_timeout": "20",
    "dramatiq_restart_delay": "500",
}
"""What Dramatiq reads from the environment when its worker module is imported."""


class OneForEachThread(Middleware):
    """Lets a process hold as many messages of a queue as it has threads.

    With fewer, threads stand idle, for a message counts until it is acknowledged; with more, it would hoard what
    another process could be working on.
    """

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:  # noqa: ARG002 - Dramatiq's signature
        """Set the number, in the worker process."""
        worker.queue_prefetch = worker.worker_threads


def build_broker(url: str, acts: Mapping[str, Callable[[UUID], None]], extra: list[Middleware]) -> RedisBroker:
    """Return the broker with one actor per queue: `acts` maps a queue's name to what works its rows."""
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        url=_with_timeouts(url),
        middleware=[
            TimeLimit(time_limit=LONGEST_RUN),
            ShutdownNotifications(),
            CurrentMessage(),
            OneForEachThread(),
            *extra,
        ],
        namespace=NAMESPACE,
        heartbeat_timeout=HEARTBEAT_MILLISECONDS,
        maintenance_chance=MAINTENANCE_CHANCE,
        dead_message_ttl=DEAD_LETTERS_KEPT,
    )
    for name, act in acts.items():
        dramatiq.actor(actor_name=name, queue_name=name, broker=broker)(neutral(act))
    # Times live in the outbox, nothing is ever enqueued for later: polling for it would be half of all polling.
    broker.delay_queues.clear()
    return broker


def _with_timeouts(url: str) -> str:
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}socket_timeout=5&socket_connect_timeout=2"
