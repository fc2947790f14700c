"""Three people's worlds, two of them at one clinic and of one name, and every documented operation pointed at them."""

import json
import re
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from api.app import routes
from api.contract import PAGES
from identity.authenticator import new_app_secret
from identity.policy import POLICY
from identity.tokens import new_token, token_hash
from storage.accounts import membership_key
from storage.drafts import Place, save_draft
from storage.log_ins import LONGEST
from storage.medicines import ListedMedicine, put_medicines
from storage.models import OUTBOX
from storage.registers import LOG_IN
from storage.second_factors import APP, New, store
from storage.stops import note_stop
from tests.hostile.forging import jpeg
from tests.people import ALICE, CARLA, NAMESAKE

NOBODYS = "00000000-0000-7000-8000-00000000dead"
FIXED = {"token": "nothing", "about": "e_kons", "key": "hansen", "name": "overdue", "code": "not_found"}
"""Path variables that name nothing of a person's."""

OBJECTS = {"request", "thread", "factor", "log_in", "row", "slug", "file", "upload", "announced"}
"""Path variables that a world gives a value to."""

_VARIABLE = re.compile(r"{([a-z_]+)(?::[a-z]+)?}")


@dataclass(frozen=True)
class World:
    """What is one person's at one clinic: values of path variables, and marks that only they and theirs may see."""

    who: object
    clinic: str
    person: UUID
    objects: dict
    words: tuple
    ids: tuple

    @property
    def personal(self):
        """What no auditor and no operator sees either."""
        return (*self.words, self.who.digits, self.who.email, str(self.person))

    @property
    def marks(self):
        return (*self.personal, *self.ids)


@dataclass(frozen=True)
class Operation:
    """One documented operation: its example body, the headers it needs, and who may."""

    method: str
    path: str
    who: object
    body: object = None
    headers: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.method} {self.path}"

    @property
    def objects(self):
        """The variables of the path that stand for something of a person's or a clinic's."""
        names = set(_VARIABLE.findall(self.path))
        unknown = names - OBJECTS - FIXED.keys()
        assert not unknown, f"say in tests/worlds.py what {unknown} of {self} stands for"
        return names & OBJECTS

    def at(self, objects):
        """Return the path with these values in it."""
        values = FIXED | objects
        return _VARIABLE.sub(lambda found: values[found[1]], self.path)


def build_worlds(doors):
    """Let each of the three write, be answered and set up a factor; return their worlds."""
    return [_world(doors, *each) for each in ((NAMESAKE, "nygade"), (ALICE, "nygade"), (CARLA, "havnen"))]


def _world(doors, who, clinic):
    house, mark = doors.house, f"mark{doors.house.people[who].int}"
    question, answer, medicine, label = (f"{word}-{mark}" for word in ("question", "answer", "medicine", "telephone"))
    house.settings(clinic, files_taken=True)
    name = f"file-{mark}"
    file, unused = (doors.uploaded(jpeg(), who, clinic=clinic, name=f"{name}.jpg") for _ in range(2))
    _list_medicine(house, who, clinic, medicine)
    request = house.delivered(house.e_kons(question, who=who, clinic=clinic, files=(file,)))
    told = doors.tell(request, "answer", clinic=clinic, message_id=f"M-{mark}", text=answer, watch_unread=True)
    assert told.status_code == 200, told.text
    parked = _parked(house, who, clinic)
    _draft(house, who, clinic, question)
    objects = {
        "request": request,
        "thread": request,
        "factor": _factor(house, who, label),
        "log_in": _log_in(house, who),
        "row": parked.id,
        "file": file,
        "upload": unused,
        "announced": doors.announced(jpeg(), clinic=clinic, cpr=who.digits),
    }
    ids = (request, parked.request_id, objects["factor"], objects["log_in"])
    named = {name: str(value) for name, value in objects.items()} | {"slug": clinic}
    return World(who, clinic, house.people[who], named, (question, answer, medicine, label, name), tuple(map(str, ids)))


def _list_medicine(house, who, clinic, name):
    at, person = house.clinics[clinic].clinic, house.people[who]
    with house.database.writing() as connection:
        key = membership_key(connection, house.keyring, person, at)
        put_medicines(connection, at, person, key, [ListedMedicine(key="marked", name=name)], house.clock())


def _parked(house, who, clinic):
    """Give up the delivery of one more request, and return its row."""
    row = house.owed(house.e_kons("Parked.", who=who, clinic=clinic))
    work = house.claimed(row.id)
    with house.database.writing() as connection:
        assert house.worker.park(connection, work, "unknown_patient")
    return house.rows(OUTBOX, OUTBOX.c.id == row.id)[0]


def _draft(house, who, clinic, text):
    at, person = house.clinics[clinic].clinic, house.people[who]
    with house.database.writing() as connection:
        key = membership_key(connection, house.keyring, person, at)
        save_draft(connection, key, Place(person, at, "e_kons"), {"text": text}, 0, house.clock())
        note_stop(
            connection, key, house.new_id, person=person, clinic=at, version=0, signs=["stroke"], now=house.clock()
        )


def _factor(house, who, label):
    factor, now = house.new_id(), house.clock()
    new = New(factor, APP, {"label": label, "secret": new_app_secret()}, confirmed_at=now)
    with house.database.writing() as connection:
        store(connection, house.keyring, house.people[who], new, now)
    return factor


def _log_in(house, who):
    """Store a log-in of the person's that no call is made with, so that it can be ended."""
    now, row = house.clock(), {"id": house.new_id(), "person_id": house.people[who], "channel": "api"}
    with house.database.writing() as connection:
        times = {"created_at": now, "seen_at": now, "ends_at": now + LONGEST}
        connection.execute(sa.insert(LOG_IN).values(row | times | {"token_hash": token_hash(new_token())}))
    return row["id"]


def operations(doors):
    """Return every operation of the document, with whom the policy names for it; every route has at least one."""
    table = routes(doors.services, CollectorRegistry())
    document = json.loads(doors.client.simulate_get("/openapi.json").text)
    found = [
        _operation(method.upper(), path, operation, table)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "delete"}
    ]
    undocumented = {(row.method, row.path) for row in table if row.contract.audience != PAGES}
    undocumented -= {key for key, _ in found}
    assert undocumented <= {("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/{name}"), ("GET", "/")}, (
        undocumented
    )
    # What ends a log-in or a membership comes last: the calls before need it.
    return sorted((operation for _, operation in found), key=lambda each: (each.method == "DELETE", str(each)))


def _operation(method, path, documented, table):
    row = next(row for row in table if row.method == method and _fits(row.path, path))
    content = documented.get("requestBody", {}).get("content", {})
    body = next((each["example"] for each in content.values() if "example" in each), None)
    headers = {needed.name: needed.example for needed in row.contract.needs}
    return (row.method, row.path), Operation(method, path, POLICY[row.policy], body, headers)


def _fits(template, path):
    """Return whether the documented path is the route's, with a kind or trigger in the place of its variable."""
    pattern = re.sub(r"\\{(?:kind|trigger)\\}", "[a-z_]+", re.escape(_VARIABLE.sub(r"{\1}", template)))
    return re.fullmatch(pattern, path) is not None
