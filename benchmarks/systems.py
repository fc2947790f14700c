"""What the measurement needs to know of a system: how it is started, and how a patient writes to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.processes import Command

TEXT = "Jeg har haft ondt i halsen i en uge. " * 10


@dataclass(frozen=True, slots=True)
class Shape:
    """How many processes and threads work: the same for both systems."""

    api_threads: int
    worker_processes: int
    worker_threads: int

    def __str__(self) -> str:
        return f"API 1 x {self.api_threads} threads, workers {self.worker_processes} x {self.worker_threads} threads"


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the portal: a patient's, or the clinic's."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class System(Protocol):
    """One of the two systems, ready to be started over its own database."""

    name: str
    database: str
    environment: dict[str, str]

    def commands(self, shape: Shape) -> Sequence[Command]:
        """Return what to start."""

    def submission(self, number: int) -> Call:
        """Return the call that begins the workflow with this number."""

    def configuration(self) -> Mapping[str, object]:
        """Return the settings that bear on speed."""
