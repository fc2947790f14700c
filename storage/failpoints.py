"""Named places where a test may kill the process: proof that nothing is lost between two commits.

`PORTAL_FAILPOINTS` names a folder; without it a place costs one look at the environment. A file of a place's name arms
the place. An empty file kills once: whoever removes it dies. A file with the id of an outbox row kills whoever reaches
the place with that row, again and again. Never set outside tests.
"""

import os
import signal
from pathlib import Path
from uuid import UUID


def reach(name: str, row: UUID | None = None) -> None:
    """Kill this process with SIGKILL if the place is armed, for any row or for this one."""
    folder = os.environ.get("PORTAL_FAILPOINTS")
    if folder is not None and _strikes(Path(folder) / name, row):
        os.kill(os.getpid(), signal.SIGKILL)


def _strikes(armed: Path, row: UUID | None) -> bool:
    try:
        poisoned = armed.read_text().strip()
        if not poisoned:
            armed.unlink()
    except FileNotFoundError:
        return False
    return not poisoned or poisoned == str(row)
