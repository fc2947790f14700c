"""No look without its row: who, what, when and why; and a person may read who has looked at what is theirs."""

from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api.app import routes
from api.contract import PAGES
from identity.policy import POLICY, Who
from storage import access
from storage.registers import ACCESS
from tests.builders import PATIENT
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB

WHY = {"purpose": "Complaint 17"}
HOLDS_NO_PERSON = {
    "clinic.settings.read",
    "clinic.practitioner.read",
    "clinic.closure.read",
    "clinic.signs.read",
    "clinic.statistics.read",
    "auditor.statistics.read",
    "patient.session.read",
}
"""Looks at what is the clinic's own and about nobody, and at the very log-in that the call comes with."""


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def reads(doors):
    """Return the GET routes that show something about a person, each with who may call it."""
    rows = routes(doors.doors.services, CollectorRegistry())
    # A file is fetched, and its look noted, in tests/integration/test_api_uploads.py: it has to be sent first.
    rows = [row for row in rows if "{file:uuid}" not in row.path]
    # Pages look by the methods of these doors; where one shows several things, it notes several looks.
    rows = [row for row in rows if row.contract.audience != PAGES]
    asked = (row for row in rows if row.method == "GET" and row.policy not in HOLDS_NO_PERSON)
    who = {Who.PATIENT, Who.CLINIC, Who.AUDITOR}
    return [row for row in asked if POLICY[row.policy] in who]


def knock(doors, row, request):
    values = {"slug": "nygade", "name": "overdue", "request:uuid": str(request), "thread:uuid": str(request)}
    values |= {"about": "e_kons"}
    path = row.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    if POLICY[row.policy] is Who.CLINIC:
        return doors.doors.signed("GET", path)
    if POLICY[row.policy] is Who.AUDITOR:
        return doors.doors.get(path, doors.doors.auditor(), **WHY)
    queries = {"slots": {"month": "2026-11"}, "preview": {"clinic": "nygade"}}
    query = queries.get(path.rpartition("/")[2], {})
    return doors.doors.get(path, doors.doors.patient(), **query)


def requests(doors):
    """Return what is looked at: a question, and a confirmed appointment where only that has something to show."""
    booking = doors.house.delivered(doors.house.booking())
    doors.house.say(booking, "confirm", message_id="M-confirmed")
    return {"/appointment.ics": doors.house.notified(booking), "": doors.house.e_kons("sentinel-question")}


def shown(row, known):
    return next(request for ending, request in known.items() if row.path.endswith(ending))


def keep_draft(doors):
    """Keep something that Alice has typed, so that there is a draft to look at."""
    typed, headers = {"content": {"text": "sentinel-draft"}}, doors.doors.patient() | {"If-Match": '"0"'}
    kept = doors.doors.client.simulate_put("/v1/clinics/nygade/drafts/e_kons", json=typed, headers=headers)
    assert kept.status_code == 200


@contextmanager
def a_log_that_takes_nothing(database):
    def refuse(_connection, _cursor, words, *_rest):
        if "INSERT INTO access" in words:
            raise OperationalError(words, {}, Exception("the log is full"))

    event.listen(database.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", refuse)


@pytest.mark.rule("LAW-8", "NEW-6")
def test_every_look_at_a_person_says_who_what_when_why_and_about_whom(doors):
    known = requests(doors)
    keep_draft(doors)
    found = reads(doors)
    assert len(found) >= 9
    for row in found:
        request = shown(row, known)
        before = {each.id for each in doors.house.rows(ACCESS)}
        assert knock(doors, row, request).status_code == 200, row.path
        [noted] = [each for each in doors.house.rows(ACCESS) if each.id not in before]
        assert noted.actor, row.path
        assert noted.purpose, row.path
        assert (noted.at, noted.outcome) == (doors.house.clock(), "ok")
        if POLICY[row.policy] is Who.PATIENT:
            assert noted.person_id == doors.house.people[ALICE]
            assert noted.net
        if "{request:uuid}" in row.path:
            assert noted.request_id == request
            assert noted.person_id == doors.house.people[ALICE]


@pytest.mark.rule("LAW-8")
def test_a_look_that_cannot_be_noted_shows_nothing(doors):
    known = requests(doors)
    keep_draft(doors)
    proof = doors.doors.patient(), doors.doors.auditor()
    assert all(proof)
    for row in reads(doors):
        before = len(doors.house.rows(ACCESS))
        with a_log_that_takes_nothing(doors.doors.services.database):
            refused = knock(doors, row, shown(row, known))
        assert (refused.status_code, refused.json["code"]) == (503, "unavailable"), row.path
        assert refused.headers["Retry-After"]
        assert "sentinel" not in refused.text
        assert set(refused.json) == {"type", "title", "status", "detail", "code", "instance", "request_id"}
        assert len(doors.house.rows(ACCESS)) == before


@pytest.mark.rule("LAW-8")
def test_what_staff_changed_about_a_patient_names_whom_and_in_which_role(doors):
    card = {"cpr": ALICE.digits, "no_mitid": True, "services": {}}
    medicines = {"cpr": ALICE.digits, "medicines": []}
    doors.doors.decide("rights", **card)
    doors.doors.signed("PUT", "/v1/clinic/medicines", doors.doors.call(**medicines))
    rows = [(row.act, row.actor, row.role, row.person_id, row.purpose) for row in doors.house.rows(ACCESS)]
    alice = doors.house.people[ALICE]
    assert sorted(rows) == [
        ("clinic.medicine.change", "s1", "doctor", alice, "treatment"),
        ("clinic.right.change", "s1", "doctor", alice, "treatment"),
    ]


@pytest.mark.rule("NEW-6", "LAW-6", "LAW-7")
def test_a_person_reads_who_has_looked_whatever_it_was_about(doors):
    request, others = doors.house.e_kons(), doors.house.e_kons(who=BOB)
    doors.get(f"/v1/requests/{request}")
    doors.get("/v1/clinics/havnen/medicines")
    card = {"cpr": ALICE.digits, "no_mitid": True, "services": {}}
    doors.doors.decide("rights", **card)
    auditor = doors.doors.auditor()
    for one in (request, others):
        doors.doors.get(f"/v1/audit/requests/{one}/history", auditor, **WHY)
    doors.get(f"/v1/requests/{others}", who=BOB)

    shown = doors.get("/v1/me/accesses", Accept_Language="en").json["items"]
    assert [(each["who"], each["role"], each["act"], each["purpose"], each["clinic"]) for each in shown] == [
        ("auditor", None, "auditor.history.read", "Complaint 17", "nygade"),
        ("clinic", "doctor", "clinic.right.change", "treatment", "nygade"),
        ("patient", None, "patient.medicine.read", "patient-request", "havnen"),
        ("patient", None, "patient.request.read", "patient-request", "nygade"),
    ]
    assert [each["request"] for each in shown] == [str(request), None, None, str(request)]
    danish = doors.get("/v1/me/accesses").json["items"]
    assert [each["who"] for each in danish[:3]] == ["patienten", "revisor", "klinikken"]
    assert "s1" not in str(shown)
    assert "Hansen" not in str(shown)


@pytest.mark.rule("NEW-6")
def test_the_list_goes_on_page_by_page_without_gap_or_repeat(doors):
    request = doors.house.e_kons()
    for number in range(7):
        doors.house.clock.tick(number % 2)  # some in the same moment
        doors.get(f"/v1/requests/{request}/timeline")
    meant = [str(row.id) for row in sorted(doors.house.rows(ACCESS), key=lambda row: (row.at, row.id), reverse=True)]
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = doors.doors.get("/v1/me/accesses", doors.doors.patient(), **query).json
        seen += [each for each in page["items"] if each["act"] == "patient.request.read"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(meant) == 7
    assert [each["at"] for each in seen] == sorted((each["at"] for each in seen), reverse=True)
    stolen = doors.doors.get("/v1/me/accesses", doors.doors.patient(), limit=3).json["next_cursor"]
    refused = doors.doors.get("/v1/me/accesses", doors.doors.patient(BOB), cursor=stolen)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (400, "bad_cursor")


@pytest.mark.rule("NEW-6")
def test_rows_from_before_they_said_whom_they_concern_are_found_by_their_request(doors):
    request = doors.house.e_kons()
    doors.house.advance(request, "withdraw", actor=PATIENT)
    with doors.house.database.writing() as connection:
        old = access.Seen("auditor", "auditor.history.read", "ok", actor="x", request=request, purpose="Old")
        access.note(connection, doors.house.new_id(), doors.house.clock(), old)
    [shown] = doors.get("/v1/me/accesses").json["items"]
    assert shown["purpose"] == "Old"
    assert doors.get("/v1/me/accesses", who=BOB).json["items"] == []
