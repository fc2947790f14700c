"""What the one-command stack says: every child's lines in a file of their own and, prefixed, on the terminal."""

import re
import threading
from collections import defaultdict, deque
from pathlib import Path
from typing import TextIO

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_REMEMBERED_LINES = 20
_NAME_WIDTH = 7


class _Stream:
    """A text stream that may vanish (terminal closed, disk full): then it is left alone, the children are not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, line: str) -> bool:
        """Writes one line; False the first time it cannot, after which lines are dropped."""
        if self.failure is not None:
            return True
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except OSError as failure:
            self.failure = failure
            return False
        return True

    def close(self) -> None:
        """Closes the stream."""
        try:
            self._stream.close()
        except OSError as failure:
            self.failure = failure


class Console:
    """Collects lines from several threads.

    Args:
        out: The terminal.
        folder: Where `<name>.log` is written, one per child; those of the run before are kept as `<name>.log.1`.
    """

    def __init__(self, out: TextIO, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._out = _Stream(out)
        self._files: dict[str, _Stream] = {}
        self._latest: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_REMEMBERED_LINES))
        self._lock = threading.Lock()
        self.shows_children = False
        """Whether children's lines also go to the terminal; off until the demo has told its story."""

    def say(self, text: str) -> None:
        """Says something in the stack's own name."""
        with self._lock:
            self._say(text)

    def relay(self, name: str, raw: bytes) -> None:
        """Takes over one line that the child `name` wrote."""
        line = _COLOUR.sub("", raw.decode(errors="replace")).rstrip()
        with self._lock:
            self._latest[name].append(line)
            if not self._file(name).write(line):
                self._say(f"{name}.log can no longer be written: {self._file(name).failure}")
            if self.shows_children:
                self._out.write(f"{name:<{_NAME_WIDTH}} | {line}")

    def latest(self, name: str) -> list[str]:
        """The last lines, 20 at most, that the child `name` wrote."""
        with self._lock:
            return list(self._latest[name])

    def close(self) -> None:
        """Closes the log files; nothing may be relayed afterwards."""
        with self._lock:
            for stream in self._files.values():
                stream.close()
            self._files.clear()

    def _say(self, text: str) -> None:
        self._out.write(f"{'stack':<{_NAME_WIDTH}} | {text}")

    def _file(self, name: str) -> _Stream:
        if name not in self._files:
            path = self._folder / f"{name}.log"
            if path.exists():
                path.replace(path.with_suffix(".log.1"))
            self._files[name] = _Stream(path.open("w", encoding="utf-8"))
        return self._files[name]
