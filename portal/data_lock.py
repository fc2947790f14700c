"""One stack per data folder: two would write the same Redis file and answer for the same mail.

`python -m portal.data_lock FOLDER` fails while a stack works in the folder: whoever wipes it asks first.
"""

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 6.0
"""A stack that was just killed needs up to 5 s until its last child is gone."""

_POLL_SECONDS = 0.1


class FolderInUseError(RuntimeError):
    """Another stack works in the folder."""


@contextlib.contextmanager
def lock_folder(folder: Path, patience: float = PATIENCE_SECONDS) -> Iterator[int]:
    """Holds the folder for one stack; the operating system lets go when the last holder has ended.

    Args:
        folder: An existing folder.
        patience: Seconds to wait for the stack before.

    Yields:
        The file descriptor of the lock: a process that inherits it holds the folder too.

    Raises:
        FolderInUseError: It was not free in time.
    """
    descriptor = os.open(folder / "stack.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + patience
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise FolderInUseError(f"another stack works in {folder}; stop it, or set PORTAL_DATA_DIR")
            time.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    try:
        with lock_folder(Path(sys.argv[1])):
            pass
    except FolderInUseError as failure:
        sys.exit(str(failure))
