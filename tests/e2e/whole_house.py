"""The whole house in one process, over real sockets: API, workers on a real Redis, WinPLC mock, mail catcher.

Only the processes are missing (the fault tests have those); every word still travels as HTTP, SMTP or through Redis.
"""

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import dramatiq

from api.app import create_app
from portal import demo
from portal.demo_client import DemoClient
from portal.demo_data import CLINICS, NEWCOMERS, PATIENTS
from portal.grants import grant
from portal.mail_catcher import MailCatcher
from portal.master_key import create_master_key
from portal.settings import Settings
from portal.wiring import build_services, build_worker_broker
from storage.scope import DatabaseRole
from tests.database_servers import free_port
from winplc_mock.app import clinic_system
from winplc_mock.app import create_app as create_mock
from winplc_mock.seed import plant, read_seed
from winplc_mock.server import Server
from winplc_mock.store import Store
from workflows.catalogue import CATALOGUE

ALMA, BIRK, CLARA, DAVID, ELLEN, FREJ = PATIENTS
GRY, IDA = NEWCOMERS
NYGADE, HAVNEN = (clinic.slug for clinic in CLINICS)
PATIENCE = 30  # seconds


@dataclass
class WholeHouse:
    """What a story needs to act and to look."""

    settings: Settings
    services: object
    client: DemoClient
    mail: MailCatcher
    mock: object
    broker: object

    def control(self, method, path, body=None):
        """Speak to the mock's control doors."""
        url = f"http://127.0.0.1:{self.settings.winplc_port}/control/{path}"
        words = None if body is None else json.dumps(body).encode()
        reply = self.client._http.request(method, url, body=words, headers={"content-type": "application/json"})
        assert reply.status < 300, reply.data
        return json.loads(reply.data) if reply.data else None

    def act(self, clinic, request, trigger, **content):
        """Do at the desk what staff would."""
        return self.control(
            "POST", "act", {"clinic": clinic, "request": request, "trigger": trigger, "content": content}
        )

    def page(self, path, form=None):
        """Look at a page of the desk; with a form it is sent. Return the page's text."""
        url = f"http://127.0.0.1:{self.settings.winplc_port}{path}"
        sent = {"fields": form, "encode_multipart": False} if form is not None else {}
        reply = self.client._http.request("POST" if form is not None else "GET", url, redirect=False, **sent)
        assert reply.status in {200, 303}, reply.data
        return reply.data.decode()

    def raw(self, method, path, body=None, headers=None):
        """Call the portal and return status and JSON, whatever they are."""
        url = f"http://127.0.0.1:{self.settings.api_port}{path}"
        words = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        reply = self.client._http.request(method, url, body=words, headers=sent, retries=False)
        return reply.status, json.loads(reply.data) if reply.data else None

    def submit(self, proof, clinic, kind, **content):
        return self.client.submit(proof, clinic, kind, content)

    def read(self, proof, request):
        return self.client.call("GET", f"/v1/requests/{request}", headers=proof)[0]

    def pull(self, proof, request, trigger, body=None):
        return self.raw("POST", f"/v1/requests/{request}/{trigger}", body or {}, proof)

    def until_state(self, request, *states):
        """Wait until the request stands in one of the states; return its walk as triggers."""
        rows = self.client.followed_to(request, frozenset(states))
        return [row["trigger"] for row in rows]

    def letters(self, patient):
        """Return the patient's mails, the oldest first."""
        return self.client.mails(patient)

    def until(self, look, what):
        """Wait until `look` gives something true, and return it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.02)
        raise AssertionError(f"never came: {what}")


@contextmanager
def whole_house(folder: Path, database_url, redis_url, *, catalogue=CATALOGUE, robot=0.0):
    """Open the house; everything in it is closed at the end."""
    with ExitStack() as closing:
        mail = closing.enter_context(MailCatcher(folder / "mail"))
        settings = _settings(folder, database_url, redis_url, mail)
        create_master_key(settings.master_key_file)
        api, workers, services = (
            build_services(settings, role, catalogue=catalogue)
            for role in (DatabaseRole.APP, DatabaseRole.WORKER, None)
        )
        for each in (api, workers, services):
            closing.callback(each.database.close)
        mock = _open_mock(closing, settings, folder, robot)
        demo.seed(settings)
        _serve(closing, Server("127.0.0.1", settings.api_port, create_app(api)))
        broker = build_worker_broker(workers)
        _work(closing, broker)
        client = DemoClient(settings.api_port, mail.page_port, _auditor(services))
        closing.callback(client.close)
        yield WholeHouse(settings, services, client, mail, mock, broker)


def _settings(folder, database_url, redis_url, mail):
    return Settings(
        data_dir=folder,
        database_url=database_url,
        redis_url=redis_url,
        api_port=free_port(),
        winplc_port=free_port(),
        mail_page_port=mail.page_port,
        smtp_port=mail.smtp_port,
        password_memory_kib=64,
        password_passes=1,
        worker_threads=4,
        retry_scale=0.05,
        feed_seconds=1,
    )


def _open_mock(closing, settings, folder, robot):
    store = Store(folder / "winplc.db")
    seed = read_seed(demo.winplc_seed(settings).read_bytes())
    with store.write() as db:
        plant(db, seed)
    mock = clinic_system(store, f"http://127.0.0.1:{settings.api_port}", robot_delay=robot)
    mock.start()
    closing.callback(mock.stop)
    _serve(closing, Server("127.0.0.1", settings.winplc_port, create_mock(mock)))
    return mock


def _serve(closing, server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    closing.callback(thread.join)
    closing.callback(server.server_close)
    closing.callback(server.shutdown)


def _work(closing, broker):
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, worker_timeout=20, worker_threads=4)
    worker.start()
    closing.callback(broker.close)
    closing.callback(worker.stop)


def _auditor(services):
    today = services.clock().date()
    week = timedelta(days=7)
    return grant(services, "Story", (NYGADE, HAVNEN), today - week, today + week, week)


def fresh_key():
    return {"idempotency-key": str(uuid4())}
