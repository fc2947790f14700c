"""The hours in which the portal sends nothing that can wait, by Danish time: from nine in the evening to eight."""

from datetime import UTC, date, datetime, time, timedelta

from workflows.working_days import COPENHAGEN

BEGINS, ENDS = time(21), time(8)


def is_quiet(moment: datetime) -> bool:
    """Return whether it is quiet at the moment."""
    local = moment.astimezone(COPENHAGEN).time()
    return local >= BEGINS or local < ENDS


def after_quiet(moment: datetime) -> datetime:
    """Return the moment itself, or when the quiet hours that it lies in end."""
    if not is_quiet(moment):
        return moment
    local = moment.astimezone(COPENHAGEN)
    return at_local(local.date() + timedelta(days=1 if local.time() >= BEGINS else 0), ENDS)


def before_quiet(moment: datetime) -> datetime:
    """Return the moment itself, or when the quiet hours that it lies in began."""
    if not is_quiet(moment):
        return moment
    local = moment.astimezone(COPENHAGEN)
    return at_local(local.date() - timedelta(days=0 if local.time() >= BEGINS else 1), BEGINS)


def at_local(day: date, wall: time) -> datetime:
    """Return the moment, in UTC, at which clocks in Denmark show this time on this day."""
    return datetime.combine(day, wall, COPENHAGEN).astimezone(UTC)
