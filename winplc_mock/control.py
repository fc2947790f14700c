"""The doors for tests and operators of the mock: faults, books, acts, replays, the robot, the seed."""

from typing import Annotated, Any, Literal
from uuid import uuid4

import falcon
from pydantic import Field, JsonValue

from winplc_mock.books import Books
from winplc_mock.callbacks import Callbacks
from winplc_mock.faults import Fault, Faults
from winplc_mock.intake import Call
from winplc_mock.portal_client import Portal, PortalUnreachableError, Reply
from winplc_mock.pushes import push
from winplc_mock.reports import books_report
from winplc_mock.robot import Robot
from winplc_mock.seed import plant, read_seed
from winplc_mock.shapes import Cpr, Key, RequestId, Shape, Submission
from winplc_mock.wire import body_bytes, read_shape


class ActOrder(Shape):
    """The body of POST /control/act; ``staff`` is an id of the picker, None the first one."""

    clinic: Key
    request: RequestId | None = None
    trigger: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    content: dict[str, JsonValue] = Field(default_factory=dict)
    staff: Key | None = None


class InjectOrder(Shape):
    """The body of POST /control/inject: what a patient sent by another way than the portal."""

    clinic: Key
    kind: Key
    channel: Literal["min_laege", "fmk", "pharmacy"]
    cpr: Cpr
    content: dict[str, JsonValue]


class ReplayOrder(Shape):
    """The body of POST /control/replay: copies in parallel, signed ``timestamp_offset`` seconds from now."""

    event: Key
    times: Annotated[int, Field(ge=1, le=100)] = 1
    timestamp_offset: int = 0


class RobotOrder(Shape):
    """The body of PUT /control/robot: a delay in seconds, None for off; clinic None for all."""

    clinic: Key | None = None
    delay: Annotated[float, Field(ge=0)] | None


class RetryOrder(Shape):
    """The body of POST /control/retry: one event, or None for all that are parked or waiting."""

    event: Key | None = None


class PushOrder(Shape):
    """The body of POST /control/push: send settings, calendar and stamkort of a clinic to the portal."""

    clinic: Key
    staff: Key | None = None


class FaultsControl:
    """/control/faults."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The faults in force."""
        resp.media = {
            "faults": [
                {"number": one.number, "left": one.left} | one.fault.model_dump() for one in self._faults.listed()
            ]
        }

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Put a fault in force."""
        resp.status = falcon.HTTP_201
        resp.media = {"number": self._faults.add(read_shape(req, Fault))}

    def on_delete(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """End every fault."""
        self._faults.clear()
        resp.status = falcon.HTTP_204


class BooksControl:
    """GET /control/books/{clinic}: what the books hold, to be compared with what should have happened."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def on_get(self, _req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Counts and rows."""
        self._books.clinic(clinic)
        with self._books.store.read() as db:
            resp.media = books_report(db, clinic)


class ActControl:
    """POST /control/act: what the desk does, by a program."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Do one act; the event goes out at once."""
        order = read_shape(req, ActOrder)
        staff = self._books.staff(order.clinic, order.staff)
        event = self._books.act(order.clinic, order.request, [(order.trigger, dict(order.content))], staff)[0]
        resp.media = {"event": event.id, "seq": event.seq, "content": event.content}


class CallbackControl:
    """POST /control/replay and /control/retry."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks

    def on_post_replay(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Send copies of an event and tell how each was answered."""
        order = read_shape(req, ReplayOrder)
        replies = self._callbacks.replay(order.event, order.times, order.timestamp_offset)
        resp.media = {"replies": [_told(reply) for reply in replies]}

    def on_post_retry(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Try parked and waiting events now."""
        resp.media = {"tried": self._callbacks.retry(read_shape(req, RetryOrder).event)}


class RobotControl:
    """/control/robot."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The delay per clinic."""
        resp.media = {"delays": self._robot.delays()}

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Switch the robot on or off."""
        order = read_shape(req, RobotOrder)
        self._robot.switch(order.clinic, order.delay)
        resp.media = {"delays": self._robot.delays()}


class InjectControl:
    """POST /control/inject: a request comes by another way than the portal."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """File it among the others and tell its id."""
        order, request = read_shape(req, InjectOrder), str(uuid4())
        said = order.model_dump(exclude={"clinic", "cpr"}) | {"patient": {"cpr": order.cpr}, "practitioner": None}
        submission = Submission.model_validate(said | {"submitted_at": self._books.now(), "thread": request})
        call = Call(order.clinic, request, f"elsewhere_{request}", self._books.now())
        self._books.receive_elsewhere(call, submission)
        resp.status, resp.media = falcon.HTTP_201, {"request": request}


class SeedControl:
    """PUT /control/seed: bring clinics, patients, calendars and secrets up to date."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Plant the seed in the body."""
        seed = read_seed(body_bytes(req))
        with self._books.store.write() as db:
            plant(db, seed)
        resp.media = {"clinics": [clinic.slug for clinic in seed.clinics]}


class PushControl:
    """POST /control/push: the desk's button "Send til portalen", by a program."""

    def __init__(self, books: Books, portal: Portal) -> None:
        self._books = books
        self._portal = portal

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Send everything and tell how each call was answered."""
        order = read_shape(req, PushOrder)
        staff = self._books.staff(order.clinic, order.staff)
        resp.media = {"pushed": push(self._books, self._portal, order.clinic, staff)}


def _told(reply: Reply | PortalUnreachableError) -> dict[str, Any]:
    if isinstance(reply, Reply):
        return {"status": reply.status, "body": reply.json()}
    return {"status": None, "failure": reply.code}
