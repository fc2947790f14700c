"""A clinic system of the example seed, and a toy portal, for the tests of the mock."""

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Lock, Thread
from uuid import uuid4

import urllib3

from winplc_mock.app import clinic_system, create_app
from winplc_mock.seed import plant, read_seed
from winplc_mock.server import Server
from winplc_mock.shapes import Submission
from winplc_mock.signing import signed_headers, verify
from winplc_mock.store import Store

EXAMPLE = json.loads((files("winplc_mock") / "contract" / "example-seed.json").read_text(encoding="utf-8"))
TO_PORTAL = [EXAMPLE["clinics"][0]["secrets"]["to_portal"]]
FROM_PORTAL = EXAMPLE["clinics"][0]["secrets"]["from_portal"]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDA, JENS, STRANGER = "1111111118", "1403837853", "2103009996"
PATIENCE = 10.0


def until(condition, patience=PATIENCE):
    """Poll until the condition holds and give what it gave."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)
    return found


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, moment=NOON):
        self.moment = moment

    def __call__(self):
        return self.moment

    def move(self, **by):
        self.moment += timedelta(**by)


def planted(path, seed=EXAMPLE):
    """A store with the example seed in it."""
    store = Store(path / "winplc.sqlite3")
    with store.write() as db:
        plant(db, read_seed(json.dumps(seed)))
    return store


def body_of(kind, content, cpr=IDA, practitioner=None):
    """The body of a PUT."""
    return {
        "kind": kind,
        "channel": "portal",
        "submitted_at": "2026-11-23T12:00:00.000000Z",
        "thread": "01931f3e-7a10-7000-8000-0000000000a1",
        "patient": {"cpr": cpr},
        "practitioner": practitioner,
        "content": content,
    }


def e_kons(text="Må jeg tage medicinen om aftenen?", cpr=IDA):
    return body_of("e_kons", {"text": text, "files": []}, cpr)


def renewal(*medicines):
    return body_of("renewal", {"medicines": list(medicines), "comment": None})


def booking(slot, cpr=IDA):
    return body_of("booking", {"slot": slot, "reason": "consultation", "comment": None}, cpr)


def waiting(cpr=IDA):
    days = {"first_day": "2026-11-24", "last_day": "2026-12-04", "parts_of_day": ["morning"], "instead_of": None}
    return body_of("waiting", {"reason": "consultation", **days}, cpr)


def sign_up(cpr=STRANGER, **changes):
    content = {"email": "gry@example.test", "name": "Gry Prøve", "language": "da", "services": ["e_kons", "booking"]}
    content |= {"proven": False, "left_before": False, "known_as": "nobody", "under_15": False}
    return body_of("enrolment", content | {"notice_under_15": False} | changes, cpr)


def submission(body):
    return Submission.model_validate(body)


@dataclass
class Received:
    """A callback as the toy portal took it."""

    at: float
    path: str
    headers: dict
    body: bytes

    @property
    def trigger(self):
        return self.path.rpartition("/")[2]

    @property
    def content(self):
        return json.loads(self.body)["content"]


@dataclass
class ToyPortal:
    """Takes callbacks and answers 200, or the next of ``answers``: (status, headers, body)."""

    answers: list = field(default_factory=list)
    received: list = field(default_factory=list)

    def __post_init__(self):
        toy, lock = self, Lock()

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _take(self):
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    toy.received.append(Received(time.monotonic(), self.path, headers, body))
                    usual = (200, {}, {"request": "01931f3e-7a10-7000-8000-00000000000f", "state": "answered"})
                    status, extra, reply = toy.answers.pop(0) if toy.answers else usual
                payload = json.dumps(reply).encode()
                self.send_response(status)
                for name, value in {**extra, "Content-Length": str(len(payload))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)

            do_POST = do_PUT = do_GET = _take  # noqa: N815 - the base class names them

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def triggers(self, request):
        return [one.trigger for one in list(self.received) if request in one.path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Running:
    """A clinic system that serves on a free port, with a client that signs as the portal does."""

    def __init__(self, store, portal_url, **options):
        self.store = store
        self.system = clinic_system(store, portal_url, **options)
        self.server = Server("127.0.0.1", 0, create_app(self.system))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._pool = urllib3.PoolManager(retries=False, timeout=PATIENCE, maxsize=16)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.system.start()

    def call(self, method, path, payload=None, *, identifier=None, moved=0, secrets=FROM_PORTAL, **headers):
        """A signed call to a door; ``payload`` is JSON or bytes, ``moved`` shifts the time stamp."""
        body = payload if isinstance(payload, bytes) else b"" if payload is None else json.dumps(payload).encode()
        timestamp = int(self.system.books.clock().timestamp()) + moved
        signed = signed_headers(secrets, identifier or f"msg_{uuid4().hex}", timestamp, body)
        return self._pool.request(method, self.url + path, body=body or None, headers=signed | headers)

    def put(self, request, body, **options):
        return self.call("PUT", f"/winplc/v1/clinics/nygade/requests/{request}", body, **options)

    def control(self, method, path, payload=None):
        reply = self._pool.request(method, f"{self.url}/control/{path}", json=payload)
        assert reply.status < 300, reply.data
        return reply.json() if reply.data else None

    def page(self, path, form=None, **headers):
        """A page of the desk; with ``form`` it is posted."""
        fields = {"fields": form, "encode_multipart": False} if form is not None else {}
        method = "GET" if form is None else "POST"
        return self._pool.request(method, self.url + path, headers=headers, redirect=False, **fields)

    def report(self, clinic="nygade"):
        return self.control("GET", f"books/{clinic}")

    def filed(self, request):
        return next(one for one in self.report()["requests"] if one["request"] == request)

    def close(self):
        self._pool.clear()
        self.server.shutdown()
        self.server.server_close()
        self.system.stop()
        self.store.close()


def signature_holds(received, moment):
    """Check a callback's signature as the portal would."""
    return verify(TO_PORTAL, received.headers, received.body, moment.timestamp()).fresh


def new_id():
    return str(uuid4())
