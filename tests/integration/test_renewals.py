"""Renewals from the list to the decision: what can be asked for, what is decided, and where a "no" leads."""

from datetime import timedelta

import pytest

from storage.access import ACCESS
from storage.models import HISTORY, MESSAGE, REQUEST
from storage.registers import MEDICINE_LIST
from tests.patient_doors import PatientDoors
from tests.people import ALICE

ENGLISH = {"Accept_Language": "en"}
DINE = "/v1/clinics/nygade/renewals"
OXAZEPAM = {"key": "oxazepam", "name": "Oxazepam", "dependency_forming": True, "dependency_group": "benzodiazepines"}


@pytest.fixture
def doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def day(doors, days):
    return (doors.house.clock().date() + timedelta(days=days)).isoformat()


def lists(doors, *medicines):
    answer = doors.doors.signed("PUT", "/v1/clinic/medicines", doors.doors.call(cpr=ALICE.digits, medicines=medicines))
    assert answer.status_code == 200, answer.text
    return answer.json


def outcome(doors, request, n=1):
    (row,) = doors.house.rows(HISTORY, HISTORY.c.request_id == request, HISTORY.c.n == n)
    return row.body


@pytest.mark.rule("REN-3", "REN-4", "REN-5", "REN-8")
def test_the_list_tells_of_each_medicine_what_the_clinic_knows(doors):
    known = {
        "ordination": "4711",
        "last_dispensed": day(doors, -20),
        "expected_used_up": day(doors, 10),
        "open_prescription": True,
        "renewable_from": day(doors, 3),
    }
    lists(doors, {"key": "metformin", "name": "Metformin", "dose": "500 mg"} | known, OXAZEPAM)
    metformin, oxazepam = doors.get("/v1/clinics/nygade/medicines", **ENGLISH).json["items"]
    assert {name: metformin[name] for name in known} == known
    assert (metformin["renewal"]["code"], metformin["renewal"]["layer"]) == ("not_yet_renewable", "medicine")
    assert (oxazepam["dependency_group"], oxazepam["renewal"]["code"]) == ("benzodiazepines", "needs_consultation")
    assert oxazepam["renewal"]["onward"] == {"kind": "booking", "href": "/v1/clinics/nygade/slots"}


@pytest.mark.rule("REN-4")
def test_an_open_prescription_without_a_day_is_not_renewed(doors):
    lists(doors, {"key": "metformin", "name": "Metformin", "open_prescription": True})
    assert doors.submit("renewal", {"medicines": ["metformin"]}).json["code"] == "not_yet_renewable"
    lists(doors, {"key": "metformin", "name": "Metformin", "open_prescription": True, "renewable_from": day(doors, 0)})
    assert doors.submit("renewal", {"medicines": ["metformin"]}).status_code == 202


@pytest.mark.rule("REN-5", "NEW-11", "NEW-13")
def test_what_forms_dependency_is_refused_with_a_way_to_book_and_the_try_is_kept(doors):
    lists(doors, OXAZEPAM, {"key": "metformin", "name": "Metformin"})
    body = {"medicines": ["metformin", "oxazepam"], "practitioner": "hansen"}
    refused = doors.submit("renewal", body, **ENGLISH)
    assert (refused.status_code, refused.json["code"], refused.json["layer"]) == (422, "needs_consultation", "medicine")
    assert refused.json["onward"] == {"kind": "booking", "href": "/v1/clinics/nygade/slots?practitioner=hansen"}
    assert doors.get(f"{refused.json['onward']['href']}&month=2026-11").status_code == 200
    assert doors.house.rows(REQUEST) == []
    (tried,) = doors.house.rows(ACCESS, ACCESS.c.act == "patient.request.submit")
    assert (tried.outcome, tried.person_id) == ("refused:needs_consultation", doors.house.people[ALICE])
    doors.house.settings(services={"renewal": "on", "booking": "off"})
    assert "onward" not in doors.submit("renewal", body).json, "no way to a booking where none is offered"


@pytest.mark.rule("REN-5", "NEW-13")
def test_a_doctors_exception_lets_it_through_until_its_last_day_and_the_history_says_so(doors):
    leave = OXAZEPAM | {"exception_until": day(doors, 0), "exception_by": "hansen"}
    lists(doors, leave, {"key": "metformin", "name": "Metformin"})
    by_leave = doors.house.renewal("oxazepam", "metformin")
    assert b'"outcome":"by_exception:needs_consultation"' in outcome(doors, by_leave)
    assert b"oxazepam" not in outcome(doors, by_leave), "the history names no medicine"
    assert b'"outcome":"ok"' in outcome(doors, doors.house.renewal("metformin"))
    (now,) = doors.house.rows(
        MEDICINE_LIST, MEDICINE_LIST.c.is_current, MEDICINE_LIST.c.person_id == doors.house.people[ALICE],
        MEDICINE_LIST.c.clinic_id == doors.house.clinics["nygade"].clinic,
    )  # fmt: skip
    assert (now.by, now.at) == ("s1", doors.house.clock())
    doors.house.clock.tick(24 * 3600)
    doors.doors.tokens.clear()
    assert doors.submit("renewal", {"medicines": ["oxazepam"]}).json["code"] == "needs_consultation"


@pytest.mark.rule("REN-3")
def test_a_list_that_changed_meanwhile_is_the_one_that_counts(doors):
    lists(doors, {"key": "metformin", "name": "Metformin"})
    assert doors.get("/v1/clinics/nygade/medicines").json["items"][0]["renewal"] == {"allowed": True}
    lists(doors, {"key": "losartan", "name": "Losartan"})
    refused = doors.submit("renewal", {"medicines": ["losartan", "metformin"]}, **ENGLISH)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (422, "not_on_list", "/medicines")
    assert doors.house.rows(REQUEST) == []


@pytest.mark.rule("REN-1", "REN-2", "REN-3", "REN-6", "REN-7", "REN-10", "REN-11", "NEW-14")
def test_each_medicine_has_its_own_state_reason_and_way_on(doors):
    request = doors.house.renewal("panodil", "metformin")

    def shown():
        (renewal,) = doors.get(DINE, **ENGLISH).json["items"]
        return {item["medicine"]: item for item in renewal["items"]}

    assert {item["status"] for item in shown().values()} == {"requested"}
    doors.house.delivered(request)
    assert {item["status"] for item in shown().values()} == {"at_clinic"}
    doors.house.say(request, "decide", medicine="panodil", decision="approved_changed", text="Nu en om dagen.")
    rejected = {"decision": "rejected", "reason": "needs_checkup", "text": "Vi skal måle dit blodtryk."}
    doors.house.say(request, "decide", medicine="metformin", **rejected)
    doors.house.say(request, "answer", message_id="M-1")
    lists(doors)  # neither is on the list any more: history stays, with the names it had
    panodil, metformin = shown()["panodil"], shown()["metformin"]
    assert (panodil["status"], panodil["name"]) == ("approved_changed", "Panodil")
    assert panodil["label"] == "Renewed with a change"
    assert (metformin["status"], metformin["reason_code"]) == ("rejected", "needs_checkup")
    assert metformin["reason"] == "You need a check-up first."
    assert metformin["onward"] == {"kind": "booking", "href": "/v1/clinics/nygade/slots"}
    assert metformin["text"] == "Vi skal måle dit blodtryk."
    assert doors.house.rows(MESSAGE, MESSAGE.c.read_at.is_not(None)) == []
    whole = doors.get(f"/v1/requests/{request}", **ENGLISH).json["items"]
    assert [(item["medicine"], item["text"]) for item in whole] == [
        ("panodil", "Nu en om dagen."),
        ("metformin", "Vi skal måle dit blodtryk."),
    ]


@pytest.mark.rule("REN-2")
def test_a_renewal_that_was_taken_back_says_so(doors):
    request = doors.house.renewal("panodil")
    assert doors.post(f"/v1/requests/{request}/withdraw", {}).status_code == 200
    (renewal,) = doors.get(DINE).json["items"]
    assert [(item["status"], item["label"]) for item in renewal["items"]] == [("withdrawn", "Trukket tilbage")]


def test_the_renewals_of_one_clinic_come_page_by_page(doors):
    made = [doors.house.renewal("panodil") for _ in range(3)]
    doors.house.renewal("panodil", clinic="havnen")
    first = doors.get(f"{DINE}?limit=2").json
    second = doors.get(f"{DINE}?limit=2&cursor={first['next_cursor']}").json
    assert [each["id"] for each in (*first["items"], *second["items"])] == [str(each) for each in reversed(made)]
    assert second["next_cursor"] is None


@pytest.mark.rule("REN-9")
def test_the_clinic_is_warned_of_what_does_not_fit(doors):
    said = lists(
        doors,
        {"key": "a", "name": "A", "open_prescription": True, "ordination_ended": day(doors, 0)},
        {"key": "b", "name": "B", "open_prescription": True, "ordination_ended": day(doors, 1)},
        OXAZEPAM | {"exception_until": day(doors, -1), "exception_by": "hansen"},
        {"key": "d", "name": "D", "exception_until": day(doors, 5)},
    )
    assert [(each["medicine"], each["code"]) for each in said["warnings"]] == [
        ("a", "ordination_ended"),
        ("oxazepam", "exception_ended"),
        ("d", "exception_without_need"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"exception_by": "hansen"},
        {"dependency_group": "opioids", "dependency_forming": False},
        {"dependency_group": "sweets", "dependency_forming": True},
        {"last_dispensed": "yesterday"},
    ],
)
def test_a_list_that_makes_no_sense_changes_nothing(doors, wrong):
    lists(doors, {"key": "metformin", "name": "Metformin"})
    body = doors.doors.call(cpr=ALICE.digits, medicines=[{"key": "x", "name": "X"} | wrong])
    assert doors.doors.signed("PUT", "/v1/clinic/medicines", body).status_code == 422
    assert [each["key"] for each in doors.get("/v1/clinics/nygade/medicines").json["items"]] == ["metformin"]
