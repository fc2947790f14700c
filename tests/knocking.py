"""Knocking at the API's doors in a test: in this process, signed as a clinic's system signs, or with a token."""

import atexit
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from types import SimpleNamespace
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa
from falcon.testing import TestClient

from api.app import create_app
from identity.cpr import Cpr
from identity.tokens import new_token, token_hash
from identity.webhooks import sign
from sanitising.scanner import NoScanner
from sanitising.workshop import Workshop
from storage.accounts import cpr_index, person_by_cpr
from storage.auditors import grant
from storage.calendar_registers import SLOT
from storage.clinic_words import ClinicWords
from storage.file_registers import STORED_FILE
from storage.grant_registers import GRANT_LOG_IN
from storage.log_ins import LONGEST, LogIns
from storage.models import HISTORY, IDEMPOTENCY, INBOX, MESSAGE, OUTBOX, REQUEST
from storage.operators import add_operator
from storage.registers import ACCESS, LOG_IN, MEDICINE_LIST, SETTING
from storage.scope import DatabaseRole
from storage.submissions import Submissions
from storage.uploads import Files
from storage.versions import ONLY_KEY
from tests.builders import database_as
from tests.file_stores import MemoryStore
from tests.furnishing import SECRET
from tests.people import ALICE

_TOPICS = {"settings": "settings", "practitioners": "practitioner", "closures": "closure", "rights": "right"}
WORKSHOP = Workshop()
atexit.register(WORKSHOP.close)
"""The run's one process that opens files; it is started by the first test that sends one."""

STAFF = {"id": "s1", "name": "Anne Hansen", "role": "doctor"}
KEPT_THINGS = (REQUEST, HISTORY, MESSAGE, OUTBOX, INBOX, IDEMPOTENCY, SETTING, SLOT, MEDICINE_LIST, STORED_FILE)
"""The tables in which a refused call must leave nothing."""


@dataclass
class Doors:
    """The application over a house, with callers of every kind."""

    house: object
    client: TestClient
    services: object
    tokens: dict = field(default_factory=dict)

    @classmethod
    def of(cls, house, passwords, mitid=None, *, store=None, sanitiser=None, scanner=None, **settings):
        plain = {"production": False, "public_url": "http://localhost", "trusted_proxies": ()}
        plain |= {"metrics_token": None, "sms_url": "http://localhost/sms"}
        database = database_as(house.database, DatabaseRole.APP)
        services = SimpleNamespace(
            settings=SimpleNamespace(**(plain | settings)),
            database=database,
            keyring=house.keyring,
            clock=house.clock,
            new_id=house.new_id,
            catalogue=house.ledger.catalogue,
            ledger=house.ledger,
            submissions=Submissions(database, house.ledger, house.new_id),
            words=ClinicWords(database, house.ledger, house.new_id),
            passwords=passwords,
            log_ins=LogIns(database, house.keyring, passwords, house.new_id),
            files=Files(database, house.keyring, house.new_id, store or MemoryStore()),
            sanitiser=sanitiser or WORKSHOP,
            scanner=scanner or NoScanner(),
            mitid=mitid,
        )
        return cls(house, TestClient(create_app(services)), services)

    @property
    def console(self):
        """The services as the operator's command line builds them."""
        return SimpleNamespace(
            **{**vars(self.services), "database": database_as(self.house.database, DatabaseRole.OPERATOR)}
        )

    def signed(self, method, path, body=None, *, clinic="nygade", message=None, moved=0, secret=SECRET, **headers):
        """Call as a clinic's system does; `body` is JSON or bytes, `moved` shifts the timestamp."""
        words = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        timestamp = int(self.house.clock().timestamp()) + moved
        proof = sign([secret], message or f"evt_{self.house.new_id()}", timestamp, words).headers()
        sent = {"webhook-clinic": clinic, "content-type": "application/json", **proof}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.simulate_request(method, path, body=words, headers=sent)

    def decide(self, path, *, clinic="nygade", evt=None, **content):
        """Put something in force as a clinic's system does that has just read what is."""
        read = {"if-match": f'"{self._version(path, clinic, content.get("cpr"))}"'}
        return self.signed("PUT", f"/v1/clinic/{path}", self.call(**content), clinic=clinic, message=evt, **read)

    def _version(self, path, clinic, number):
        topic, _, key = path.partition("/")
        if number is not None:
            key = str(self._person(number))
        mine = (SETTING.c.clinic_id == self.house.clinics[clinic].clinic, SETTING.c.topic == _TOPICS[topic])
        rows = self.house.rows(SETTING, *mine, SETTING.c.key == (key or ONLY_KEY), SETTING.c.is_current)
        return rows[0].version if rows else 0

    def _person(self, number):
        try:
            index = cpr_index(self.house.keyring, Cpr(number, letters=True))
        except ValueError:
            return None
        with self.house.database.reading() as connection:
            return person_by_cpr(connection, index)

    def tell(self, request, trigger, message=None, *, clinic="nygade", moved=0, **content):
        """Tell what the clinic did to a request."""
        path = f"/v1/clinic/requests/{request}/{trigger}"
        return self.signed("POST", path, self.call(**content), clinic=clinic, message=message, moved=moved)

    def call(self, **content):
        """Return the body of a clinic's call."""
        return {"acting_staff": STAFF, "at": "2026-11-23T10:00:00.000000Z", "content": content}

    def upload(self, content, who=ALICE, *, clinic="nygade", name="billede.jpg", key=None, **headers):
        """Upload a file as a patient's app does; return what is answered."""
        sent = self.patient(who) | {"File-Name": quote(name), "Idempotency-Key": key or f"key-{self.house.new_id()}"}
        return self.client.simulate_post(f"/v1/clinics/{clinic}/uploads", body=content, headers=sent | headers)

    def uploaded(self, content, who=ALICE, **particulars):
        """Upload a file that is taken; return its id."""
        answer = self.upload(content, who, **particulars)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json["id"])

    def announced(self, content, *, clinic="nygade", **whose):
        """Announce a file as a clinic's system does; return its id."""
        named = {"name": "vejledning.pdf", "sha256": sha256(content).hexdigest(), **whose}
        answer = self.signed("POST", "/v1/clinic/files", self.call(**named), clinic=clinic)
        assert answer.status_code == 200, answer.text
        return UUID(answer.json["file"])

    def send(self, file, content, *, clinic="nygade", digest=None):
        """Send an announced file: the signature covers its digest."""
        summed = digest or f"sha-256=:{b64encode(sha256(content).digest()).decode()}:"
        timestamp = int(self.house.clock().timestamp())
        proof = sign([SECRET], f"evt_{self.house.new_id()}", timestamp, summed.encode()).headers()
        sent = {"webhook-clinic": clinic, "Content-Digest": summed, **proof}
        return self.client.simulate_put(f"/v1/clinic/files/{file}", body=content, headers=sent)

    def patient(self, who=ALICE):
        """Return the header that proves this patient, logged in just now."""
        if who not in self.tokens:
            self.tokens[who] = new_token()
            now = self.house.clock()
            row = {"id": self.house.new_id(), "person_id": self.house.people[who], "channel": "api"}
            times = {"created_at": now, "seen_at": now, "ends_at": now + LONGEST}
            row |= {"token_hash": token_hash(self.tokens[who]), **times}
            with self.house.database.writing() as connection:
                connection.execute(sa.insert(LOG_IN).values(row))
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def auditor(self, *clinics, first=date(2026, 11, 1), last=date(2026, 12, 31)):
        """Return the header that proves an auditor of these clinics, logged in just now."""
        identifier, now = self.house.new_id(), self.house.clock()
        with self.house.database.writing() as connection:
            grant(
                connection,
                identifier=identifier,
                name="Auditor",
                token=new_token(),
                app_sealed=b"",
                clinics=tuple(self.house.clinics[slug].clinic for slug in clinics or self.house.clinics),
                first_day=first,
                last_day=last,
                now=now,
                expires_at=now + timedelta(days=30),
            )
        return self._held("auditor", identifier)

    def operator(self):
        """Return the header that proves an operator, logged in just now."""
        identifier, now = self.house.new_id(), self.house.clock()
        row = {"identifier": identifier, "name": "Operator", "token": new_token(), "app_sealed": b""}
        with self.house.database.writing() as connection:
            add_operator(connection, now=now, expires_at=now + timedelta(days=30), **row)
        return self._held("operator", identifier)

    def _held(self, kind, grant_id):
        """Store a log-in of the grant's, begun just now, and return the header that proves it."""
        token, now = new_token(), self.house.clock()
        row = {"id": self.house.new_id(), "kind": kind, "grant_id": grant_id, "token_hash": token_hash(token)}
        with self.house.database.writing() as connection:
            times = {"created_at": now, "seen_at": now, "ends_at": now + LONGEST}
            connection.execute(sa.insert(GRANT_LOG_IN).values(row | times))
        return {"Authorization": f"Bearer {token}"}

    def get(self, path, headers=None, **query):
        return self.client.simulate_get(path, params=query, headers=headers or {})

    def kept(self):
        """Return how many rows each of the tables holds."""
        return {table.name: len(self.house.rows(table)) for table in KEPT_THINGS}

    def accesses(self):
        """Return (actor kind, act, outcome) of every row of the access log, in order."""
        rows = sorted(self.house.rows(ACCESS), key=lambda row: row.id)
        return [(row.actor_kind, row.act, row.outcome) for row in rows]
