"""What Ctrl-C means to the one-command stack: once, stop in good order; twice, stop now."""

import signal
from types import FrameType, TracebackType
from typing import Self, cast


class Interruption:
    """The first Ctrl-C, SIGTERM or SIGHUP interrupts the main thread; any after that asks for haste."""

    def __init__(self) -> None:
        self._stopping = False
        self._hurried = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        """Takes over the signals; a SIGHUP that is ignored (nohup) stays so."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before = signal.getsignal(number)
            if number is signal.SIGHUP and before is signal.SIG_IGN:
                continue
            self._before[number] = before
            signal.signal(number, self._arrived)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the signals back."""
        for number, before in self._before.items():
            signal.signal(number, cast("signal.Handlers", before))

    def begin_stop(self) -> None:
        """From now on a signal asks for haste only."""
        self._stopping = True

    def hurried(self) -> bool:
        """Whether somebody asked a second time."""
        return self._hurried

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping:
            self._hurried = True
            return
        self._stopping = True
        raise KeyboardInterrupt
