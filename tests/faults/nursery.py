"""A process that has imported everything and forks off the processes that the fault tests kill.

A restart then costs milliseconds instead of the seconds that imports take. Each child becomes what the same words
after `python -m` would make of it, in a process group of its own; words that begin with a path become that program.
One JSON line on standard input starts a child; its process id is the line that comes back.
"""

import contextlib
import importlib
import json
import os
import runpy
import signal
import sys

BEFOREHAND = (
    "api.app",
    "portal.cli",
    "portal.wiring",
    "portal.mail_catcher",
    "winplc_mock.app",
    "dramatiq.cli",
    "granian.cli",
)


def main() -> None:
    for name in BEFOREHAND:
        importlib.import_module(name)
    # Whoever ends is gone at once, so that the test sees it by asking for the process.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _answer("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            _become(**json.loads(line))
        with contextlib.suppress(PermissionError, ProcessLookupError):  # the child was first, and has gone on
            os.setpgid(child, child)
        _answer(str(child))


def _answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _become(words: list[str], env: dict[str, str], log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.update(env)
    if words[0].startswith("/"):
        os.execv(words[0], words)
    os.execv = _go_on_as
    _run(words)
    sys.exit()


def _go_on_as(_program: str, words: list[str]) -> None:
    """Stand in for `exec` of `python -m …`, which would throw away what is imported."""
    assert words[1] == "-m"
    _run(words[2:])
    sys.exit()


def _run(words: list[str]) -> None:
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
