"""What a patient may wish of notices: by which way, when not, and several as one (NEW-21).

Letters that guard the account go by mail and at once, whatever is wished: codes, links, passwords, addresses.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from workflows.vocabulary import Letter
from workflows.working_days import COPENHAGEN, as_utc

Way = Literal["mail", "sms", "both"]

NOTICES = frozenset(
    {
        Letter.MESSAGE_WAITING,
        Letter.APPOINTMENT_NEWS,
        Letter.APPOINTMENT_REMINDER,
        Letter.SLOT_OFFERED,
        Letter.REQUEST_CLOSED,
        Letter.REQUEST_DELAYED,
        Letter.REQUEST_LATE,
        Letter.REQUEST_UNDELIVERED,
    }
)
"""The letters that follow the patient's wishes."""

GATHERED = frozenset({Letter.MESSAGE_WAITING, Letter.REQUEST_CLOSED})
"""Those that may wait to be told as one: what has news of a time, or of trouble, does not."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one patient wishes; the times are Copenhagen's own.

    Quiet hours begin at `quiet_from` and end at `quiet_until`, over midnight where that is the earlier one. With
    `digest_at`, what may wait is told once a day.
    """

    way: Way = "mail"
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None

    def waits_until(self, letter: Letter, made: datetime, now: datetime) -> datetime | None:
        """Return until when a letter that was made at a moment is to wait, in UTC; None if it goes now."""
        ready = made
        if self.digest_at is not None and letter in GATHERED:
            ready = _next(self.digest_at, made)
        ready = self._after_quiet(max(ready, now))
        return ready if ready > now else None

    def _after_quiet(self, moment: datetime) -> datetime:
        if self.quiet_from is None or self.quiet_until is None:
            return moment
        clock = moment.astimezone(COPENHAGEN).time().replace(tzinfo=None)
        if self.quiet_from < self.quiet_until:
            quiet = self.quiet_from <= clock < self.quiet_until
        else:
            quiet = clock >= self.quiet_from or clock < self.quiet_until
        return _next(self.quiet_until, moment) if quiet else moment


def _next(clock: time, after: datetime) -> datetime:
    """Return the first moment after another at which clocks in Copenhagen show this time."""
    day = after.astimezone(COPENHAGEN).date()
    today = as_utc(day, clock)
    return today if today > after else as_utc(day + _DAY, clock)
