"""What each of the patient's doors costs in statements and commits: a change here changes the product's speed."""

import pytest
from sqlalchemy import event

from storage.models import MESSAGE
from tests.patient_doors import PatientDoors

READS = {"SELECT"}
NOT_WORK = ("BEGIN", "PRAGMA")


class Cost:
    """Counts what a call sends to the database: reads, writes and commits."""

    def __init__(self, engine):
        self.reads = self.writes = self.commits = 0
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", self._committed)

    def _statement(self, _connection, _cursor, words, *_rest):
        verb = words.split(maxsplit=1)[0].upper()
        if verb not in NOT_WORK:
            self.reads += verb in READS
            self.writes += verb not in READS

    def _committed(self, _connection):
        self.commits += 1

    def of(self, call):
        self.reads = self.writes = self.commits = 0
        answer = call()
        assert answer.status_code < 300, answer.text
        return self.reads, self.writes, self.commits


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def test_the_doors_cost_what_they_cost(doors):
    """The log-in is one read of each but the last; who looked is written in the same commit.

    What may be done and why not costs each look-up once, whatever the number of acts: the service, the age, the thread.
    """
    doors.doors.patient()
    request = doors.house.delivered(doors.house.e_kons())
    doors.doors.tell(request, "answer", message_id="M-1", text="Yes.", watch_unread=True)
    [answer] = [str(row.id) for row in doors.house.rows(MESSAGE, MESSAGE.c.author == "clinician")]
    time = doors.house.booking("slot-1")
    cost = Cost(doors.doors.services.database.engine)
    costs = {
        "submit": cost.of(lambda: doors.submit("e_kons", {"text": "A question.", "practitioner": "hansen"})),
        "list": cost.of(lambda: doors.get("/v1/requests")),
        "read": cost.of(lambda: doors.get(f"/v1/requests/{request}")),
        "read with actions": cost.of(lambda: doors.get(f"/v1/requests/{time}")),
        "timeline": cost.of(lambda: doors.get(f"/v1/requests/{request}/timeline")),
        "threads": cost.of(lambda: doors.get("/v1/threads")),
        "thread": cost.of(lambda: doors.get(f"/v1/threads/{request}")),
        "reading": cost.of(lambda: doors.post("/v1/messages/read", {"messages": [answer]})),
        "act": cost.of(lambda: doors.post(f"/v1/requests/{time}/cancel", {})),
        "me, two clinics": cost.of(lambda: doors.get("/v1/me")),
        "slots": cost.of(lambda: doors.get("/v1/clinics/nygade/slots?month=2026-11")),
        "clinic": cost.of(lambda: doors.get("/v1/clinics/nygade", who=None)),
    }
    # each: how many reads, writes and commits; PostgreSQL is sent what is written together as one statement
    separately = doors.house.database.is_sqlite
    assert costs == {
        "submit": (5, 5 if separately else 2, 1),
        "list": (2, 1, 1),
        "read": (7, 1, 1),
        "read with actions": (5, 1, 1),
        "timeline": (4, 1, 1),
        "threads": (7, 1, 1),
        "thread": (8, 1, 1),
        "reading": (2 if separately else 3, 3, 1),
        "act": (7, 3 if separately else 2, 1),
        "me, two clinics": (9, 1, 1),
        "slots": (4, 1, 1),
        "clinic": (4, 0, 0),
    }
