"""The application: every door mounted on what the house manager gives."""

import falcon
from prometheus_client import CollectorRegistry

from api import public
from api.admission import Admission
from api.assembly import Surroundings, build_app
from api.auditor.requests import AuditedRequests
from api.auditor.session import AuditorSession
from api.auditor.settings import AuditedSettings
from api.auditor.statistics import AuditedStatistics
from api.call import Call
from api.clinic import routes as clinic
from api.contract import Route
from api.cursor import Cursors
from api.docs_page import Documentation
from api.given import Services
from api.health import Health
from api.metrics import HttpMetrics, Metrics
from api.openapi import About
from api.operator.parked import ParkedRows
from api.operator.session import OperatorSession
from api.pages.pages import Pages
from api.patient import routes as patient
from api.watch import gauges, log_failed, log_served, readiness
from workflows.working_days import answer_by, local_day

ABOUT = About(
    "Patientportal",
    "1.0.0",
    "Requests from patients to their clinic, and the clinic's answers. Times are RFC 3339 in UTC; errors are RFC 9457 "
    "problems with a stable `code` and sentences in Danish or English by `Accept-Language`.",
)


def routes(services: Services, registry: CollectorRegistry, pages: Pages | None = None) -> list[Route]:
    """Return the whole route table, the documentation's own rows included."""
    cursors = Cursors(services.keyring.keyed("cursor", b""))
    doors = [
        *public.routes(services),
        *patient.routes(services),
        *clinic.routes(services, cursors),
        *AuditorSession(services).routes(),
        *AuditedRequests(services, cursors).routes(),
        *AuditedSettings(services, cursors).routes(),
        *AuditedStatistics(services).routes(),
        *OperatorSession(services).routes(),
        *ParkedRows(services).routes(),
        *Health(readiness(services)).routes(),
        *Metrics(registry, gauges(services)).routes(),
        *(pages or Pages(services)).routes(),
    ]
    return Documentation(doors, ABOUT).routes()


def create_app(services: Services) -> "falcon.App[Call, falcon.Response]":
    """Return the WSGI application.

    Raises:
        RouteError: the route table does not fit together.
    """
    registry = CollectorRegistry()
    # The public holidays are loaded when first asked for, which takes a second: nobody should wait for that.
    answer_by(local_day(services.clock()), 1)
    pages = Pages(services)
    return build_app(
        routes(services, registry, pages),
        Surroundings(
            authorise=Admission(services),
            failed=log_failed,
            observers=(HttpMetrics(registry), log_served),
            pages=pages.tell,
        ),
    )
