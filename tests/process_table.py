"""Which processes exist, told without a package: from /proc, and from `ps` where there is no /proc."""

import subprocess
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Process(NamedTuple):
    """One line of the process table."""

    pid: int
    parent: int
    group: int
    state: str


def processes() -> list[Process]:
    """Every process of this machine, zombies included."""
    if (PROC / "self" / "stat").exists():
        return [found for folder in PROC.glob("[0-9]*") if (found := _from_proc(folder))]
    command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = (line.split() for line in listed.splitlines())
    return [Process(int(pid), int(parent), int(group), state) for pid, parent, group, state in lines]


def running(pids: set[int]) -> set[int]:
    """Those of `pids` that still run; a zombie only waits to be noticed."""
    return pids & {process.pid for process in processes() if not process.state.startswith("Z")}


def _from_proc(folder: Path) -> Process | None:
    try:
        text = (folder / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended while we looked
    state, parent, group = text.rpartition(")")[2].split()[:3]
    return Process(int(folder.name), int(parent), int(group), state)
