"""What an auditor sees: only what the grant covers, proven, recorded with its purpose; never words, never numbers."""

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from storage.grant_registers import AUDITOR
from storage.models import HISTORY, REQUEST
from storage.registers import ACCESS
from tests.knocking import Doors
from tests.people import ALICE, CARLA

WORDS = "Sentinel words 9f2c"
FIND = "/v1/audit/requests"


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def found(doors, proof, **query):
    """Return every id of the list, page by page."""
    ids, query = [], {"purpose": "Complaint 17", **query}
    while True:
        page = doors.get(FIND, proof, **query)
        assert page.status_code == 200, page.json
        ids += [item["id"] for item in page.json["items"]]
        if page.json["next_cursor"] is None:
            return ids
        query["cursor"] = page.json["next_cursor"]


def history(doors, proof, request, **query):
    return doors.get(f"{FIND}/{request}/history", proof, **({"purpose": "Complaint 17"} | query))


@pytest.mark.rule("REC-3")
def test_the_history_is_whole_and_says_nothing_of_the_person(doors):
    request = doors.house.delivered(doors.house.e_kons(WORDS))
    doors.house.answer(request)
    recovery = doors.house.recovery()
    proof = doors.auditor("nygade")
    seen = history(doors, proof, request)
    assert [row["trigger"] for row in seen.json["rows"]] == ["submit", "delivered", "answer"]
    assert seen.json["verified"] == {"whole": True, "n": None, "fault": None}
    assert history(doors, proof, recovery).json["kind"] == "recovery"
    everything = seen.text + history(doors, proof, recovery).text + doors.get(FIND, proof, purpose="x").text
    for secret in (WORDS, ALICE.digits, ALICE.email, "Answer 1.", str(doors.house.people[ALICE])):
        assert secret not in everything


def test_the_body_gives_the_hash_again(doors):
    request = doors.house.e_kons()
    (row,) = history(doors, doors.auditor(), request).json["rows"]
    (stored,) = doors.house.rows(HISTORY, HISTORY.c.request_id == request)
    assert json.dumps(row["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == stored.body
    assert (row["hash"], row["prev"]) == (stored.hash.hex(), "00" * 32)


@pytest.mark.rule("F33")
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda row: {"body": row.body.replace(b"submitted", b"delivered")}, "body_changed"),
        (lambda row: {"body": b"no JSON at all"}, "body_changed"),
        (lambda row: {"hash": bytes(32)}, "body_changed"),
        (lambda row: {"actor": "operator"}, "row_differs"),
        (lambda row: {"at": row.at + timedelta(hours=1)}, "row_differs"),
    ],
)
def test_a_changed_row_is_told(sqlite_house, passwords, change, fault):
    """On SQLite nothing keeps a determined hand from the file; the proof is what tells."""
    doors = Doors.of(sqlite_house, passwords)
    request = doors.house.e_kons()
    (row,) = doors.house.rows(HISTORY, HISTORY.c.request_id == request)
    with doors.house.database.engine.begin() as connection:
        for (name,) in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        connection.execute(sa.update(HISTORY).values(change(row)))
    assert history(doors, doors.auditor(), request).json["verified"] == {"whole": False, "n": 1, "fault": fault}


@pytest.mark.rule("F33")
def test_a_row_cut_off_the_end_is_told(sqlite_house, passwords):
    doors = Doors.of(sqlite_house, passwords)
    request = doors.house.delivered(doors.house.e_kons())
    with doors.house.database.engine.begin() as connection:
        for (name,) in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        connection.execute(sa.delete(HISTORY).where(HISTORY.c.n == 2))
    assert history(doors, doors.auditor(), request).json["verified"]["fault"] == "end_missing"


def test_the_grant_bounds_what_is_found(doors):
    ours = doors.house.e_kons()
    theirs = doors.house.e_kons(who=CARLA, clinic="havnen")
    assert found(doors, doors.auditor("nygade")) == [str(ours)]
    assert set(found(doors, doors.auditor())) == {str(ours), str(theirs)}
    today = doors.house.clock().date()
    too_early = doors.auditor(first=date(2026, 1, 1), last=today - timedelta(days=1))
    assert found(doors, too_early) == []
    assert history(doors, too_early, ours).status_code == 404
    assert history(doors, doors.auditor("nygade"), theirs).status_code == 404
    assert found(doors, doors.auditor(), clinic="havnen", kind="e_kons", state="submitted") == [str(theirs)]
    assert found(doors, doors.auditor(), state="notified") == []


def test_the_list_has_no_gap_and_no_double_while_requests_come_in(doors):
    made = [doors.house.e_kons(f"Question {number}.") for number in range(7)]
    proof, seen, cursor = doors.auditor("nygade"), [], {}
    for _ in range(4):
        page = doors.get(FIND, proof, purpose="x", limit=2, **cursor).json
        seen += [item["id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
        doors.house.clock.tick(1)
        doors.house.e_kons("Yet another.")
    assert seen == [str(request) for request in reversed(made)]
    assert page["next_cursor"] is None


def test_a_cursor_is_good_for_its_own_list_only(doors):
    for number in range(3):
        doors.house.e_kons(f"Question {number}.")
    proof = doors.auditor()
    cursor = doors.get(FIND, proof, purpose="x", limit=1).json["next_cursor"]
    tries = [(proof, {"kind": "e_kons"}), (doors.auditor(), {})]
    for other, query in tries:
        refused = doors.get(FIND, other, purpose="x", cursor=cursor, **query)
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (400, "bad_cursor")


def test_every_look_says_why_and_is_recorded(doors):
    request = doors.house.e_kons()
    proof = doors.auditor()
    for path in (FIND, f"{FIND}/{request}/history"):
        refused = doors.get(path, proof)
        assert (refused.status_code, refused.json["field"]) == (400, "purpose")
        assert doors.get(path, proof | {"Purpose": "   "}).status_code == 400
        assert doors.get(path, proof, purpose="x" * 201).status_code == 400
    assert doors.house.rows(ACCESS) == []
    doors.get(FIND, proof | {"Purpose": "By header"})
    history(doors, proof, request, purpose="Klage over svartid")
    history(doors, proof, doors.house.new_id())
    rows = sorted(doors.house.rows(ACCESS), key=lambda row: row.id)
    (auditor,) = {row.id for row in doors.house.rows(AUDITOR)}
    assert [(row.act, row.outcome, row.purpose) for row in rows] == [
        ("auditor.request.read", "ok", "By header"),
        ("auditor.history.read", "ok", "Klage over svartid"),
        ("auditor.history.read", "refused", "Complaint 17"),
    ]
    assert {row.actor for row in rows} == {str(auditor)}
    assert (rows[1].request_id, rows[1].clinic_id) == (request, doors.house.request(request).clinic_id)


def test_a_grant_ends(doors):
    proof = doors.auditor()
    assert doors.get(FIND, proof, purpose="x").status_code == 200
    doors.house.clock.tick(31 * 24 * 3600)
    ended = doors.get(FIND, proof, purpose="x")
    assert (ended.status_code, ended.json["code"]) == (401, "log_in_ended")
    assert doors.get(FIND, purpose="x").json["code"] == "unauthenticated"
    assert len(doors.house.rows(REQUEST)) == 0
