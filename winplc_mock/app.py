"""The route table of the clinic system, on one page."""

from dataclasses import dataclass
from typing import Any

import falcon

from winplc_mock.agenda import Agenda
from winplc_mock.books import Books
from winplc_mock.callbacks import Callbacks
from winplc_mock.control import (
    ActControl,
    BooksControl,
    CallbackControl,
    FaultsControl,
    InjectControl,
    PushControl,
    RobotControl,
    SeedControl,
)
from winplc_mock.desk.areas import add_desk
from winplc_mock.faults import Faults
from winplc_mock.portal_client import Portal
from winplc_mock.portal_doors import Doorman, EventsDoor, FormDoor, IdentityDoor, ReadDoor, RequestDoor, WithdrawalDoor
from winplc_mock.refusals import RefusedError
from winplc_mock.robot import Robot
from winplc_mock.store import Clock, Store, wall_clock
from winplc_mock.wire import SameSite, refuse

DOORS = "/winplc/v1/clinics/{clinic}"


@dataclass(frozen=True)
class ClinicSystem:
    """Everything that runs: the books and those who work with them."""

    books: Books
    portal: Portal
    agenda: Agenda
    faults: Faults
    callbacks: Callbacks
    robot: Robot

    def start(self) -> None:
        """Start the threads and take up what was left undone."""
        self.agenda.start()
        self.callbacks.start()
        self.robot.start()

    def stop(self) -> None:
        """End the threads; what is owed stays in the books."""
        self.agenda.stop()
        self.portal.close()


def clinic_system(
    store: Store,
    portal_url: str,
    *,
    robot_delay: float | None = None,
    clock: Clock = wall_clock,
    faults: Faults | None = None,
) -> ClinicSystem:
    """Put the parts together; ``robot_delay`` in seconds, None for staff of flesh and blood only."""
    books = Books(store, clock)
    portal = Portal(portal_url, clock)
    agenda = Agenda()
    faults = faults or Faults()
    callbacks = Callbacks(books, portal, agenda, faults)
    return ClinicSystem(books, portal, agenda, faults, callbacks, Robot(books, agenda, robot_delay))


class Live:
    """GET /health/live."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """200 as long as the process serves."""
        resp.media = {"status": "live"}


def create_app(system: ClinicSystem) -> falcon.App[Any, Any]:
    """The WSGI application of a clinic system; start the system as well for callbacks and robot to work."""
    books = system.books
    app: falcon.App[Any, Any] = falcon.App(middleware=[SameSite(), Doorman(books, system.faults)])
    app.add_error_handler(RefusedError, refuse)
    app.add_route("/health/live", Live())
    app.add_route(f"{DOORS}/requests/{{request}}", RequestDoor(books))
    app.add_route(f"{DOORS}/requests/{{request}}/withdrawal", WithdrawalDoor(books))
    app.add_route(f"{DOORS}/requests/{{request}}/form", FormDoor(books))
    app.add_route(f"{DOORS}/identity-checks", IdentityDoor(books))
    app.add_route(f"{DOORS}/messages/{{message}}/read", ReadDoor(books))
    app.add_route(f"{DOORS}/events", EventsDoor(books))
    _add_control(app, system)
    add_desk(app, books, system.callbacks, system.portal)
    return app


def _add_control(app: falcon.App[Any, Any], system: ClinicSystem) -> None:
    app.add_route("/control/faults", FaultsControl(system.faults))
    app.add_route("/control/books/{clinic}", BooksControl(system.books))
    app.add_route("/control/act", ActControl(system.books))
    app.add_route("/control/inject", InjectControl(system.books))
    callbacks = CallbackControl(system.callbacks)
    app.add_route("/control/replay", callbacks, suffix="replay")
    app.add_route("/control/retry", callbacks, suffix="retry")
    app.add_route("/control/robot", RobotControl(system.robot))
    app.add_route("/control/seed", SeedControl(system.books))
    app.add_route("/control/push", PushControl(system.books, system.portal))
