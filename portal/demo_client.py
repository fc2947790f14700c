"""A client of the public API, as an app would be one: logs in with the mailed code, submits, follows."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

import pyotp
import urllib3

from portal.demo_data import PASSWORD, DemoPatient
from portal.grants import Granted

PATIENCE = 60.0  # seconds
_LOOK_EVERY = 0.1
_CODE = re.compile(r"\b\d{6}\b")
_TOKEN = re.compile(r"/recovery#([A-Za-z0-9_-]{43})")
_ACTIVATION = re.compile(r"/activation#([A-Za-z0-9_-]{43})")
_DECIDED = frozenset({"notified", "activated", "closed", "unreachable", "undeliverable"})


Found = TypeVar("Found")


class DemoFailedError(RuntimeError):
    """The portal did not answer as the demo needs."""


class DemoClient:
    """Talks to the portal at `api_port` and reads its mails at `mail_port`."""

    def __init__(self, api_port: int, mail_port: int, auditor: Granted | None = None) -> None:
        self._api = f"http://127.0.0.1:{api_port}"
        self._mail = f"http://127.0.0.1:{mail_port}"
        self._auditor = auditor
        self._auditor_token = ""
        self._http = urllib3.PoolManager(timeout=10, retries=False)

    def close(self) -> None:
        """Hang up every idle connection."""
        self._http.clear()

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """Make one call; return the answer's JSON and headers.

        Raises:
            DemoFailedError: the answer is not a success.
        """
        words = None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(headers or {})}
        reply = self._http.request(method, self._api + path, body=words, headers=sent)
        if reply.status >= 300:  # noqa: PLR2004 - HTTP's own
            raise DemoFailedError(f"{method} {path}: {reply.status} {reply.data.decode()[:500]}")
        return (json.loads(reply.data) if reply.data else None), reply.headers

    def log_in(self, patient: DemoPatient) -> Mapping[str, str]:
        """Log in with CPR number, password and the mailed code; return the header that proves it."""
        seen = self._last_mail(patient)
        claim = {"clinic": patient.clinics[0], "cpr": patient.cpr, "password": PASSWORD}
        attempt, _ = self.call("POST", "/v1/session", claim)
        code = self._found_in_mail(patient, _CODE, after=seen)
        token, _ = self.call("POST", "/v1/session/code", {"attempt": attempt["attempt"], "code": code})
        return {"authorization": f"Bearer {token['token']}"}

    def submit(self, proof: Mapping[str, str], clinic: str, kind: str, content: Mapping[str, Any]) -> str:
        """Submit a request; return its id."""
        headers = {**proof, "idempotency-key": str(uuid4())}
        answer, _ = self.call("POST", f"/v1/clinics/{clinic}/requests/{kind}", dict(content), headers)
        return str(answer["id"])

    def first_slot(self, proof: Mapping[str, str], clinic: str, month: str) -> str | None:
        """Return the first free time of a month, if there is one."""
        path = f"/v1/clinics/{clinic}/slots?practitioner=hansen&reason=consultation&month={month}"
        slots, _ = self.call("GET", path, headers=proof)
        return next((slot["key"] for day in slots["days"] for slot in day["slots"]), None)

    def recover(self, patient: DemoPatient) -> str:
        """Ask for a new password, use the mailed link, and return the request's id as the auditor finds it."""
        seen, known = self._last_mail(patient), self._made("recovery")
        body = {"cpr": patient.cpr, "email": patient.email}
        clinic = patient.clinics[0]
        self.call("POST", f"/v1/clinics/{clinic}/recoveries", body, {"idempotency-key": str(uuid4())})
        token = self._found_in_mail(patient, _TOKEN, after=seen)
        self.call("POST", "/v1/recoveries/complete", {"clinic": clinic, "token": token, "password": PASSWORD})
        return next(iter(self._made("recovery") - known))

    def enrol(self, patient: DemoPatient) -> str:
        """Ask to become a user and use the mailed link; return the request's id as the auditor finds it.

        Who is a user already gets no link, and needs none.
        """
        seen, known = self._last_mail(patient), self._made("enrolment")
        body = {"cpr": patient.cpr, "email": patient.email, "name": patient.name, "language": patient.language}
        clinic = patient.clinics[0]
        self.call("POST", f"/v1/clinics/{clinic}/enrolments", body, {"idempotency-key": str(uuid4())})
        request = next(iter(self._made("enrolment") - known))
        self.followed_to(request, _DECIDED)
        token = _first(self.mails(patient, seen), _ACTIVATION)
        if token is not None:
            self.call("POST", "/v1/enrolments/activate", {"clinic": clinic, "token": token, "password": PASSWORD})
        return request

    def history(self, request: str) -> list[dict[str, Any]]:
        """Return the request's history rows, as the auditor sees them."""
        answer, _ = self.call("GET", f"/v1/audit/requests/{request}/history", headers=self._auditor_headers())
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    def followed_to(self, request: str, ends: frozenset[str]) -> list[dict[str, Any]]:
        """Return the history once the request has reached one of the states.

        Raises:
            DemoFailedError: it did not within a minute.
        """
        return self._until(lambda: self._ended(request, ends), "the request did not get there")

    def _ended(self, request: str, ends: frozenset[str]) -> list[dict[str, Any]] | None:
        rows = self.history(request)
        return rows if rows[-1]["to"] in ends else None

    def _made(self, kind: str) -> set[str]:
        """Return the ids of the newest requests of a type that is made without a log-in."""
        answer, _ = self.call("GET", f"/v1/audit/requests?kind={kind}", headers=self._auditor_headers())
        return {str(row["id"]) for row in answer["items"]}

    def _auditor_headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.auditor_token()}", "purpose": "demo"}

    def auditor_token(self) -> str:
        """Return the token of the auditor's log-in, which begins when it is first asked for.

        Raises:
            DemoFailedError: the client was given no grant, or it does not open.
        """
        if not self._auditor_token:
            if self._auditor is None:
                raise DemoFailedError("no auditor's grant at hand")
            code = pyotp.TOTP(self._auditor.secret).now()
            proof = {"authorization": f"Bearer {self._auditor.token}"}
            answer, _ = self.call("POST", "/v1/audit/session", {"code": code}, proof)
            self._auditor_token = str(answer["token"])
        return self._auditor_token

    def mails(self, patient: DemoPatient, after: str = "") -> list[dict[str, Any]]:
        """Return the patient's mails that came after the one with this key, in the order they came."""
        mails: list[dict[str, Any]] = []
        while True:
            reply = self._http.request("GET", f"{self._mail}/api/mails?to={patient.email}&after={after}")
            page = json.loads(reply.data)
            if not page["mails"]:
                return mails
            mails += page["mails"]
            after = page["cursor"]

    def _last_mail(self, patient: DemoPatient) -> str:
        mails = self.mails(patient)
        return str(mails[-1]["key"]) if mails else ""

    def _found_in_mail(self, patient: DemoPatient, pattern: re.Pattern[str], after: str) -> str:
        return self._until(lambda: _first(self.mails(patient, after), pattern), "no mail came")

    def _until(self, look: Callable[[], Found | None], complaint: str) -> Found:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(_LOOK_EVERY)
        raise DemoFailedError(complaint)


def _first(mails: list[dict[str, Any]], pattern: re.Pattern[str]) -> str | None:
    """Return what the pattern finds in the first mail that has it."""
    for mail in mails:
        found = pattern.search(mail["text"])
        if found:
            return found.group(found.lastindex or 0)
    return None
