"""The application's doors as a patient's client knocks at them."""

import json
from itertools import count
from uuid import UUID

from identity.tokens import log_in_code
from storage.columns import METADATA
from tests.builders import House
from tests.furnishing import settle_in
from tests.knocking import Doors
from tests.people import ALICE

_KEYS = count(1)


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

    def begin(self, who=ALICE, clinic="nygade", **changes):
        """Show the first factor; return the answer."""
        claim = {"clinic": clinic, "cpr": who.digits, "password": who.password}
        return self.call("POST", "/v1/session", claim | changes)

    def complete(self, attempt, code=None):
        """Show the second factor, by default as the mail would tell it; return the answer."""
        code = code or log_in_code(self.house.keyring, UUID(attempt))
        return self.call("POST", "/v1/session/code", {"attempt": attempt, "code": code})

    def rows(self):
        """Return how many rows stand in each table, the counters of throttles and the access log aside."""
        names = {table.name: table for table in METADATA.sorted_tables}
        return {name: len(self.house.rows(each)) for name, each in names.items() if name not in {"throttle", "access"}}
