"""What the doors say a clinic offers: services and why they are shut, times, medicines; and moving a time."""

from datetime import timedelta
from uuid import UUID

import pytest

from storage.models import HISTORY, OUTBOX, REQUEST
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA

ENGLISH = {"Accept_Language": "en"}
SLOTS = "/v1/clinics/nygade/slots"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _services(answer):
    return {each["kind"]: each for each in answer["services"]}


def _decide(doors, path, **content):
    body = doors.doors.call(**content)
    has_versions = path != "medicines"
    answer = (
        doors.doors.decide(path, **content) if has_versions else doors.doors.signed("PUT", f"/v1/clinic/{path}", body)
    )
    assert answer.status_code == 200, answer.text


def _keys(doors, query, who=ALICE):
    return [slot["key"] for day in doors.get(f"{SLOTS}?{query}", who).json["days"] for slot in day["slots"]]


@pytest.mark.rule("ACC-15", "NEW-1")
def test_anyone_may_read_a_clinics_front_page(doors):
    answer = doors.get("/v1/clinics/nygade", who=None, **ENGLISH)
    page = answer.json
    assert (answer.status_code, page["name"], page["phone"]) == (200, "Lægerne Nygade", "70 10 20 30")
    assert page["practitioners"] == [
        {
            "key": "hansen",
            "name": "Læge Hansen",
            "services": ["e_kons", "renewal", "booking"],
            "icons": {"e_kons": True, "booking": True, "renewal": True},
        },
    ]
    services = _services(page)
    assert services.pop("enrolment")["code"] == "sign_up_closed"
    assert services.pop("waiting")["code"] == "not_offered"
    assert all(each["allowed"] for each in services.values())
    assert page["answer_promise"] == {"working_days": 5, "sent_today": "2026-11-30"}
    assert doors.get("/v1/clinics/nowhere", who=None).status_code == 404


@pytest.mark.rule("HOL-1", "HOL-4", "NEW-11")
def test_a_holiday_shuts_its_services_and_says_so(sqlite_doors):
    before = sqlite_doors.submit("e_kons", {"text": "Before."}).headers["Location"]
    days = {"first_day": "2026-11-20", "last_day": "2026-11-27"}
    closes = {"message": "Vi holder ferie.", "substitute": "Lægerne i Havnen", "closes": ["e_kons"]}
    _decide(sqlite_doors, "closures/autumn", **days, **closes)
    page = sqlite_doors.get("/v1/clinics/nygade", who=None).json
    assert page["holidays"] == [days | closes]
    assert page["answer_promise"]["sent_today"] == "2026-11-30"
    assert _services(page)["e_kons"]["layer"] == "holiday"
    assert _services(page)["booking"]["allowed"]
    refused = sqlite_doors.submit("e_kons", {"text": "Now?"})
    assert refused.json["detail"] == _services(page)["e_kons"]["reason"]
    assert sqlite_doors.get(before).json["answer_by"] == "2026-11-30"
    sqlite_doors.house.settings(deadline_pauses_in_holiday=True)
    page = sqlite_doors.get("/v1/clinics/nygade", who=None).json
    assert page["answer_promise"]["sent_today"] == "2026-12-04"


@pytest.mark.rule("PAT-1", "NEW-11")
def test_a_patient_sees_at_each_clinic_what_is_shut_and_by_whom(doors):
    _decide(doors, "rights", cpr=ALICE.digits, no_mitid=True, services={"booking": False})
    doors.house.settings("havnen", services={"booking": "on", "e_kons": "receive_only"})
    here, there = doors.get("/v1/me", **ENGLISH).json["clinics"][::-1]
    assert (here["slug"], there["slug"]) == ("nygade", "havnen")
    assert _services(here)["booking"]["layer"] == "patient"
    assert _services(here)["booking"]["next_step"] == "Phone the clinic."
    assert _services(here)["e_kons"]["allowed"]
    assert (_services(there)["e_kons"]["code"], _services(there)["renewal"]["code"]) == ("receive_only", "not_offered")
    assert [each["slug"] for each in doors.get("/v1/me", BOB).json["clinics"]] == ["nygade"]


def test_a_clinic_shows_its_times_and_medicines_to_its_own_patients(sqlite_doors):
    for who in (CARLA, None):
        for path in (f"{SLOTS}?month=2026-11", "/v1/clinics/nygade/medicines"):
            assert sqlite_doors.get(path, who).status_code == (404 if who else 401)


@pytest.mark.rule("REN-3", "REN-4", "REN-5")
def test_the_medicines_say_which_can_be_renewed_and_when(doors, clock):
    open_until = (clock() + timedelta(days=9)).date().isoformat()
    listed = [
        {"key": "metformin", "name": "Metformin", "dose": "500 mg"},
        {"key": "losartan", "name": "Losartan", "renewable_from": open_until},
        {"key": "oxazepam", "name": "Oxazepam", "dependency_forming": True},
    ]
    _decide(doors, "medicines", cpr=ALICE.digits, medicines=listed)
    items = doors.get("/v1/clinics/nygade/medicines").json["items"]
    assert [(each["key"], each["renewal"].get("code")) for each in items] == [
        ("metformin", None),
        ("losartan", "not_yet_renewable"),
        ("oxazepam", "needs_consultation"),
    ]
    assert items[1]["renewable_from"] == open_until
    refused = doors.submit("renewal", {"medicines": ["oxazepam"]})
    assert (refused.status_code, refused.json["code"]) == (422, "needs_consultation")
    assert doors.submit("renewal", {"medicines": ["metformin"]}).status_code == 202


def _booked(doors, slot="slot-1"):
    request = doors.house.delivered(doors.house.booking(slot))
    assert doors.doors.tell(request, "confirm", message_id=f"M-{slot}").status_code == 200
    return request


@pytest.mark.rule("NEW-16", "BOO-7")
def test_a_time_is_moved_in_one_step(doors):
    old = _booked(doors)
    moved = doors.post(f"/v1/requests/{old}/move", {"slot": "slot-2", "reason": "consultation"})
    assert (moved.status_code, moved.json["state"], moved.json["replaces"]) == (200, "submitted", str(old))
    new = UUID(moved.json["id"])
    assert doors.house.state(old) == "moved"
    assert (doors.house.request(new).slot, doors.house.request(new).slot_held) == ("slot-2", True)
    assert doors.house.request(new).thread_id == old
    assert not doors.house.request(old).slot_held
    assert doors.house.walked(new) == ["submit"]
    assert "slot-1" in _keys(doors, "week=2026-W48")
    whole = doors.get(f"/v1/requests/{new}").json
    assert whole["appointment"]["starts_at"] == "2026-11-26T09:15:00Z"
    assert whole["cancel_before"] == "2026-11-24T09:15:00Z"
    again = doors.post(f"/v1/requests/{old}/move", {"slot": "slot-3", "reason": "consultation"})
    assert (again.status_code, again.json["code"]) == (409, "not_applicable")


@pytest.mark.rule("NEW-16")
def test_a_time_that_cannot_be_had_leaves_the_old_one(doors):
    old, taken = _booked(doors), doors.house.booking("slot-2", who=BOB)
    before = (doors.house.rows(HISTORY), doors.house.rows(OUTBOX), doors.house.rows(REQUEST))
    refused = doors.post(f"/v1/requests/{old}/move", {"slot": "slot-2", "reason": "consultation"})
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (409, "slot_taken", "/slot")
    assert (doors.house.rows(HISTORY), doors.house.rows(OUTBOX), doors.house.rows(REQUEST)) == before
    assert doors.house.request(old).slot_held
    assert doors.house.state(taken) == "submitted"


@pytest.mark.rule("F29")
def test_two_who_move_to_one_time_do_not_both_get_it(doors, at_once):
    bookings = [_booked(doors, "slot-1"), _booked(doors, "slot-2")]
    doors.doors.patient()
    body = {"slot": "slot-3", "reason": "consultation"}
    answers = at_once([lambda one=one: doors.post(f"/v1/requests/{one}/move", body) for one in bookings])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert max(row.slot for row in doors.house.rows(REQUEST, REQUEST.c.slot_held)) == "slot-3"
    assert len(doors.house.rows(REQUEST, REQUEST.c.slot_held)) == 2


@pytest.mark.rule("BOO-7", "BOO-12")
def test_what_can_be_done_with_a_time_follows_the_clock_and_the_rights(sqlite_doors, clock):
    old = _booked(sqlite_doors)
    actions = sqlite_doors.get(f"/v1/requests/{old}").json["actions"]
    assert {name for name, may in actions.items() if may["allowed"]} == {"read", "cancel", "move"}
    assert (actions["renotify"]["code"], actions["renotify"]["layer"]) == ("not_applicable", "request")
    clock.now += timedelta(days=1, seconds=1)
    sqlite_doors.doors.tokens.clear()
    late = sqlite_doors.get(f"/v1/requests/{old}").json["actions"]
    assert {act: late[act]["code"] for act in ("cancel", "move")} == {
        "cancel": "too_late_to_cancel",
        "move": "too_late_to_move",
    }
    sqlite_doors.house.settings(services={"booking": "off"})
    off = sqlite_doors.get(f"/v1/requests/{old}").json["actions"]
    assert {off[act]["layer"] for act in ("cancel", "move")} == {"clinic"}
    assert off["read"] == {"allowed": True}
    assert sqlite_doors.post(f"/v1/requests/{old}/cancel", {}).status_code == 422
