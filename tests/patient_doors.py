"""The application's doors as a patient's client knocks at them."""

import json
from itertools import count
from uuid import UUID

from api.proofs import COOKIE
from identity.tokens import log_in_code
from storage import api_clients
from storage.columns import METADATA
from tests.builders import House
from tests.furnishing import settle_in
from tests.knocking import Doors
from tests.people import ALICE

_KEYS = count(1)
APART = {"throttle", "access", "refused"}
APP_MAY = ("patient.request.read", "patient.me.read", "patient.request.submit")
OWN_PAGE = {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"}


class PatientDoors:
    """A client of the patient's doors; `doors` knows the other callers."""

    def __init__(self, house, passwords, **settings):
        self.house, self.doors = house, Doors.of(house, passwords, **settings)
        self.client = self.doors.client

    @classmethod
    def over(cls, database, keyring, clock, new_id, passwords):
        """Return the doors over a house of one database only."""
        return cls(settle_in(House.of(database, keyring, clock, new_id), passwords), passwords)

    def call(self, method, path, body=None, who=None, **headers):
        sent = {"Content-Type": "application/json"} if body is not None else {}
        sent |= self.doors.patient(who) if who else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        words = body if isinstance(body, str | bytes | None) else json.dumps(body)
        return self.client.simulate_request(method, path, body=words, headers=sent)

    def get(self, path, who=ALICE, **headers):
        return self.call("GET", path, who=who, **headers)

    def post(self, path, body, who=ALICE, **headers):
        return self.call("POST", path, body, who=who, **headers)

    def submit(self, kind, body, *, who=ALICE, clinic="nygade", key=None, **headers):
        key = key or f"a-key-of-the-tests-{next(_KEYS)}"
        return self.post(f"/v1/clinics/{clinic}/requests/{kind}", body, who, Idempotency_Key=key, **headers)

    def begin(self, who=ALICE, clinic="nygade", password=None, **headers):
        """Show the first factor; return the answer."""
        claim = {"clinic": clinic, "cpr": who.digits, "password": password or who.password}
        return self.call("POST", "/v1/session", claim, **headers)

    def complete(self, attempt, code=None, *, keep="token", **headers):
        """Show the second factor, by default as the mail would tell it; return the answer."""
        code = code or log_in_code(self.house.keyring, UUID(attempt))
        return self.call("POST", "/v1/session/code", {"attempt": attempt, "code": code, "keep": keep}, **headers)

    def log_in(self, who=ALICE, **headers):
        """Log in as the persona's own client does, with these headers; return those of the log-in's calls."""
        answer = self.complete(self.begin(who, **headers).json["attempt"], **headers)
        return {"Authorization": f"Bearer {answer.json['token']}", **headers}

    def app(self, *scopes, name="Min Læge", channel="min_laege"):
        """Add an API client, by default with what an app needs; return the header with its key."""
        house = self.house
        particulars = {"name": name, "channel": channel, "scopes": scopes or APP_MAY, "now": house.clock()}
        with house.database.writing() as connection:
            return {"Client_Key": api_clients.add(connection, house.new_id, **particulars)}

    def browse(self, who=ALICE):
        """Log in as the portal's pages do; return the headers that the browser then sends, its word against CSRF too.

        The browser is one that says where calls come from.
        """
        answer = self.complete(self.begin(who).json["attempt"], keep="cookie", **OWN_PAGE)
        sent = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE].value}", **OWN_PAGE}
        return sent | {"X_CSRF_Token": self.call("GET", "/v1/session", **sent).json["csrf"]}

    def rows(self):
        """Return how many rows stand in each table, apart from throttles, the access log, and counts of refusals."""
        names = {table.name: table for table in METADATA.sorted_tables}
        return {name: len(self.house.rows(each)) for name, each in names.items() if name not in APART}
