"""The day that a request's answer is promised by: reckoned once, when it is made, and kept with it."""

from datetime import date, datetime

from sqlalchemy.engine import Connection

from storage.standing import Standing
from storage.versions import currents
from workflows.clinic_settings import Closure
from workflows.promise import promised_day
from workflows.vocabulary import Role
from workflows.working_days import local_day


def promise_for(connection: Connection, standing: Standing, asking: Role, now: datetime) -> date | None:
    """Return the day by which this new request is promised an answer; None for what the clinic begins itself.

    Holidays are looked up only where the clinic's promise heeds them.
    """
    if asking is Role.CLINIC:
        return None
    settings = standing.clinic.settings
    found = currents(connection, standing.clinic.id, "closure") if settings.deadline_pauses_in_holiday else ()
    closures = (Closure.model_validate(each.body) for each in found)
    return promised_day(settings, closures, standing.kind, local_day(now))
