"""The plain Celery version as it is run: granian and `celery worker`, with the portal's numbers of threads."""

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from benchmarks.outside import CLINIC
from benchmarks.plain_celery.table import METADATA
from benchmarks.processes import Command
from benchmarks.systems import TEXT, Call, Shape

_WORKER = ("--pool", "threads", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning")


class PlainSystem:
    """Makes its one table. A Celery process with a threads pool is one process, so more of them are more workers."""

    name = "plain celery"

    def __init__(self, *, database: str, redis: str, winplc_url: str, api_port: int, smtp_port: int) -> None:
        self.database = database
        self._api_port = api_port
        self.environment = {
            "PLAIN_DATABASE_URL": database,
            "PLAIN_REDIS_URL": f"{redis.rpartition('/')[0]}/1",
            "PLAIN_WINPLC_URL": winplc_url,
            "PLAIN_SMTP_PORT": str(smtp_port),
        }
        engine = sa.create_engine(database)
        METADATA.create_all(engine)
        engine.dispose()

    def commands(self, shape: Shape) -> Sequence[Command]:
        """Return the endpoints' server and the workers."""
        web = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self._api_port))
        served = ("--workers", "1", "--blocking-threads", str(shape.api_threads))
        serving = self.environment | {"PLAIN_THREADS": str(shape.api_threads)}
        working = self.environment | {"PLAIN_THREADS": str(shape.worker_threads)}
        workers = [
            Command((*_worker(number), "--concurrency", str(shape.worker_threads)), working)
            for number in range(shape.worker_processes)
        ]
        return [Command((*web, *served, "benchmarks.plain_celery.web:app"), serving), *workers]

    def submission(self, number: int) -> Call:  # noqa: ARG002 - every patient is the same here
        """Return the call; who writes is not asked."""
        headers = {"content-type": "application/json"}
        return Call(f"/v1/clinics/{CLINIC}/requests/e_kons", headers, json.dumps({"text": TEXT}).encode())

    def configuration(self) -> Mapping[str, object]:
        """Return what bears on speed."""
        return {
            "commands": [str(command) for command in self.commands(Shape(8, 1, 8))],
            "celery": {
                "task_acks_late": True,
                "task_ignore_result": True,
                "worker_prefetch_multiplier": 1,
                "everything else": "default",
            },
            "does besides": "nothing: a job is lost when the process dies between its commit and its enqueue",
        }


def _worker(number: int) -> tuple[str, ...]:
    return ("celery", "--app", "benchmarks.plain_celery.tasks", "worker", "--hostname", f"plain-{number}@%h", *_WORKER)
