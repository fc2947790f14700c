"""When an appointment is reminded of: at the patient's own choice before it, outside the quiet hours (BOO-15)."""

from datetime import datetime, timedelta
from typing import Final

from workflows.quiet_hours import after_quiet, at_local, before_quiet
from workflows.working_days import COPENHAGEN

SHORTEST, LONGEST, USUAL = 2 * 60, 7 * 24 * 60, 24 * 60  # minutes before the start
_DAY: Final = 24 * 60


def remind_at(starts_at: datetime, minutes: int, now: datetime) -> datetime | None:
    """Return when to remind of a start so many minutes before it; None where that is too late to be of use.

    Whole days are days on the calendar: one day before nine o'clock is nine o'clock, also when clocks change between.
    What would fall into the quiet hours comes before them, or else after them, but never at the start or later.
    """
    wished = starts_at - timedelta(minutes=minutes)
    if minutes % _DAY == 0:
        local = starts_at.astimezone(COPENHAGEN)
        wished = at_local(local.date() - timedelta(days=minutes // _DAY), local.time())
    if wished <= now:
        return None
    early, late = before_quiet(wished), after_quiet(wished)
    if early > now:
        return early
    return late if now < late < starts_at else None
