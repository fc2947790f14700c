"""When to try again, and when to stop trying: about three days, with jitter; never before the other side wishes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

MINUTE, HOUR = 60, 3600
LONGEST_WISH = 24.0 * HOUR
WAITS = (1, 5, 30, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""Seconds to wait after each failed attempt."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`spread` gives a random factor between 0.5 and 1.5; `waits` are seconds, one for each failed attempt."""

    spread: Callable[[], float]
    waits: tuple[float, ...] = WAITS

    def next_wait(self, attempt: int, asked: float | None) -> timedelta | None:
        """Return how long to wait after this attempt (1, 2, …), or None when it was the last.

        `asked` is what the other side asked for (Retry-After), in seconds: the least, for a short wish must not use up
        the attempts in minutes, and at most a day, for a long one must not put the request off for ever.
        """
        if attempt > len(self.waits):
            return None
        own = self.waits[attempt - 1] * self.spread()
        return timedelta(seconds=max(own, min(asked or 0.0, LONGEST_WISH)))
