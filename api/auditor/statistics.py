"""A clinic's numbers, for an auditor who was let to that clinic and those days."""

from typing import Annotated

import falcon
from pydantic import Field

from api.auditor.purpose import Why, stated
from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import InvalidQueryError
from api.noting import Noting
from api.statistics import Days, Statistics, period_of, statistics
from identity.outcomes import NotFoundError
from identity.subject import Auditor
from storage.access import Seen
from storage.statistics import Period
from storage.webhook_secrets import clinic_id

READ = "auditor.statistics.read"


class Asked(Days):
    """Which clinic and days, and why."""

    purpose: Why = None
    clinic: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$", examples=["nygade"])]


class AuditedStatistics:
    """Shows numbers within the auditor's grant; every look-up is itself recorded, with its purpose."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(
        summary="Read a clinic's numbers",
        audience="auditor",
        query=Asked,
        out=Statistics,
        errors=(InvalidQueryError, NotFoundError),
        description="Days that the grant does not cover are left out.",
    )
    def read(self, call: Call, _resp: falcon.Response, *, query: Asked) -> Statistics:
        """Answer the numbers of a period, and record that they were looked at."""
        auditor, why, asked = call.caller(Auditor), stated(call, query.purpose), period_of(query)
        period = Period(max(asked.first, auditor.first_day), min(asked.last, auditor.last_day))
        with self._services.database.writing() as connection:
            clinic = clinic_id(connection, query.clinic)
            if clinic is None or clinic not in auditor.clinics:
                raise NotFoundError
            seen = Seen("auditor", READ, "ok", actor=str(auditor.id), clinic=clinic, purpose=why, corr=call.request_id)
            self._noting.within(connection, seen)
            return statistics(connection, query.clinic, clinic, period, self._services.clock())

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/v1/audit/statistics", self.read, READ)]
