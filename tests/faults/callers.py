"""Those who call from outside: a patient's app, a clinic's system that signs by hand, levers of mock and catcher."""

import json
from itertools import count
from uuid import uuid4

import urllib3

from identity.webhooks import sign
from portal.demo_client import DemoClient
from portal.wiring import utc_now
from tests.faults.kept import until

STAFF = {"id": "s1", "name": "Anne Hansen", "role": "doctor"}
LATE = (urllib3.exceptions.HTTPError, ConnectionError)
"""What a caller meets when the other side dies or keeps silent."""


def json_call(http, method, url, body=None, headers=None):
    """Make one call; return (status, JSON, headers)."""
    words = None if body is None else json.dumps(body).encode()
    sent = {"content-type": "application/json"} | (headers or {})
    reply = http.request(method, url, body=words, headers=sent, retries=False, redirect=False)
    return reply.status, json.loads(reply.data) if reply.data else None, reply.headers


class PatientApp:
    """One logged-in patient, who knows every address of the API and tries the next where one does not answer."""

    def __init__(self, ports, patient, proof) -> None:
        self.patient = patient
        self.clinic = patient.clinics[0]
        self._ports = ports
        self._proof = dict(proof)
        self._turn = count()
        self.asked = ports[0]
        self._http = urllib3.PoolManager(maxsize=128, timeout=urllib3.Timeout(connect=2, read=15))

    @classmethod
    def logged_in(cls, ports, mail_port, patient):
        """Log in as a patient does, with the code that comes by mail."""
        client = DemoClient(ports[0], mail_port)
        return cls(ports, patient, client.log_in(patient))

    def call(self, method, path, body=None, headers=None):
        """Call the address whose turn it is, once."""
        self.asked = port = self._ports[next(self._turn) % len(self._ports)]
        return json_call(self._http, method, f"http://127.0.0.1:{port}{path}", body, self._proof | (headers or {}))

    def ask(self, kind, content, key, clinic=None):
        """Submit once under a key."""
        path = f"/v1/clinics/{clinic or self.clinic}/requests/{kind}"
        return self.call("POST", path, content, {"idempotency-key": key})

    def insist(self, kind, content, key=None, clinic=None):
        """Submit as a good client does: repeat the key until there is an answer that is not "later"; return the id."""
        key = key or str(uuid4())
        return until(lambda: self._accepted(kind, content, key, clinic), "the API accepts")

    def _accepted(self, kind, content, key, clinic):
        try:
            status, answer, _ = self.ask(kind, content, key, clinic)
        except LATE:
            return None
        assert status in {202, 503}, (status, answer)
        return answer["id"] if status == 202 else None

    def pull(self, request, trigger):
        """Pull one of the patient's triggers; return the status and what was said."""
        return self.call("POST", f"/v1/requests/{request}/{trigger}", {})[:2]

    def read(self, request):
        return self.call("GET", f"/v1/requests/{request}")[1]


class SigningSystem:
    """A clinic's system by hand: signs whatever it is told to, with whichever secret and time."""

    def __init__(self, port, slug, secret) -> None:
        self.slug = slug
        self.secret = secret
        self._url = f"http://127.0.0.1:{port}/v1/clinic/requests"
        self._http = urllib3.PoolManager(maxsize=32, timeout=15)

    def say(self, request, trigger, content, *, message=None, at=0, secret=None, slug=None):
        """Say a word, signed `at` seconds from now; return the status and what was said."""
        body = {"acting_staff": STAFF, "at": "2026-11-23T10:00:00.000000Z", "content": content}
        words = json.dumps(body).encode()
        now = int(utc_now().timestamp()) + at
        signed = sign([secret or self.secret], message or f"evt_{uuid4().hex}", now, words)
        headers = {"content-type": "application/json", "webhook-clinic": slug or self.slug, **signed.headers()}
        url = f"{self._url}/{request}/{trigger}"
        reply = self._http.request("POST", url, body=words, headers=headers, retries=False, redirect=False)
        return reply.status, json.loads(reply.data)


class Levers:
    """The control doors of the WinPLC mock and of the mail catcher."""

    def __init__(self, mock_port, mail_port) -> None:
        self._mock = f"http://127.0.0.1:{mock_port}/control"
        self._mail = f"http://127.0.0.1:{mail_port}"
        self._http = urllib3.PoolManager(maxsize=8, timeout=15)

    def mock(self, method, door, body=None):
        status, told, _ = json_call(self._http, method, f"{self._mock}/{door}", body)
        assert status < 300, (status, told)
        return told

    def mail(self, method, path, body=None):
        status, told, _ = json_call(self._http, method, f"{self._mail}/{path}", body)
        assert status < 300, (status, told)
        return told

    def winplc_fault(self, kind, **particulars):
        self.mock("POST", "faults", {"kind": kind, **particulars})

    def mail_fault(self, **fault):
        self.mail("POST", "control", fault)

    def behave(self):
        """End every fault of both."""
        self.mock("DELETE", "faults")
        self.mail("DELETE", "control")

    def staff(self, delay):
        """Let simulated staff answer after `delay` seconds; None gives them leave."""
        self.mock("PUT", "robot", {"clinic": None, "delay": delay})

    def act(self, clinic, request, trigger, **content):
        """Do at the desk what staff would; return the event's id."""
        order = {"clinic": clinic, "request": request, "trigger": trigger, "content": content}
        return self.mock("POST", "act", order)["event"]

    def books(self, clinic):
        return self.mock("GET", f"books/{clinic}")

    def mails(self):
        """Return every mail that was ever taken."""
        found, cursor = [], ""
        while page := self.mail("GET", f"api/mails?limit=1000&after={cursor}"):
            if not page["mails"]:
                return found
            found += page["mails"]
            cursor = page["cursor"]
        return found
