"""A patient who moves or dies, a clinic that closes: rights end with a reason, what was said stays, nothing is lost."""

import pytest

from storage.parcels import Parcels
from storage.registers import MEMBERSHIP, SETTING
from storage.scope import DatabaseRole
from tests.builders import database_as
from tests.knocking import Doors
from tests.people import ALICE, BOB
from workflows import e_kons
from workflows.catalogue import CATALOGUE

REASONS = {"moved": "patient_moved", "deceased": "patient_deceased"}


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def report(doors, how="departure", who=BOB, evt=None, **content):
    path = f"/v1/clinic/patients/{how}"
    return doors.signed("POST", path, doors.call(cpr=who.digits, **content), message=evt)


def listed(doors, clinic="nygade"):
    items = doors.signed("GET", "/v1/clinic/lists/departed", clinic=clinic).json["items"]
    return [each["id"] for each in items]


def ask(doors, who=BOB):
    return doors.house.submit("e_kons", e_kons.Message(text="I have a question."), who=who)


@pytest.mark.rule("PAT-1", "PAT-2")
@pytest.mark.parametrize("reason", REASONS)
def test_rights_end_with_the_reason_and_what_waits_is_on_the_clinics_list(doors, reason):
    house = doors.house
    waiting, answered = house.delivered(house.e_kons(who=BOB)), house.delivered(house.e_kons(who=BOB))
    house.answer(answered)
    others = house.delivered(house.e_kons(who=ALICE))
    assert listed(doors) == []
    assert report(doors, reason=reason).status_code == 200
    assert ask(doors).rule.code == REASONS[reason]
    assert listed(doors) == [str(waiting)]
    assert house.e_kons(who=ALICE)
    proof = doors.patient(BOB)
    for request in (waiting, answered):
        assert doors.get(f"/v1/requests/{request}", proof).status_code == 200, "what was said stays readable"
    house.answer(waiting, number=2)
    assert listed(doors) == [], "the clinic can still answer, and then nothing waits"
    assert house.request(others).state == "delivered"


@pytest.mark.rule("PAT-3")
def test_an_appointment_to_come_is_on_the_list_and_the_patient_cannot_cancel_it(doors):
    house = doors.house
    booked = house.delivered(house.booking(who=BOB))
    house.say(booked, "confirm", message_id="M-000007")
    report(doors, reason="moved")
    assert listed(doors) == [str(booked)]
    path = f"/v1/requests/{booked}/cancel"
    refused = doors.client.simulate_post(path, json={}, headers=doors.patient(BOB))
    assert (refused.status_code, refused.json["code"]) == (422, "patient_moved")
    assert house.request(booked).slot_held


def test_a_report_is_taken_once_taken_back_and_leaves_the_switches_as_they_were(doors):
    doors.decide("rights", cpr=BOB.digits, no_mitid=True, services={"booking": False})
    first = report(doors, reason="moved", evt="evt-1")
    assert report(doors, reason="moved", evt="evt-1").json == first.json
    assert report(doors, reason="moved").json == first.json, "the same again changes nothing"
    doors.decide("rights", cpr=BOB.digits, no_mitid=True, services={"booking": False, "renewal": False})
    assert ask(doors).rule.code == "patient_moved", "a card that is sent again brings nobody back"
    assert report(doors, "return").status_code == 200
    assert ask(doors)
    nygade = doors.house.clinics["nygade"].clinic
    mine = (
        SETTING.c.clinic_id == nygade,
        SETTING.c.topic == "right",
        SETTING.c.key == str(doors.house.people[BOB]),
        SETTING.c.is_current,
    )
    (row,) = doors.house.rows(SETTING, *mine)
    assert row.body == {"services": {"booking": False, "renewal": False}, "ended": None}
    assert (row.by_name, row.by_role) == ("Anne Hansen", "doctor")
    assert all(each.departed is None for each in doors.house.rows(MEMBERSHIP))


def test_another_clinic_is_not_touched_and_a_stranger_is_not_there(doors):
    report(doors, who=ALICE, reason="deceased")
    assert doors.house.e_kons(who=ALICE, clinic="havnen")
    before = doors.kept()
    unknown = doors.call(cpr="2103009996", reason="moved")
    assert doors.signed("POST", "/v1/clinic/patients/departure", unknown).status_code == 404
    assert report(doors, reason="bored").status_code == 422
    assert doors.kept() == before


@pytest.mark.rule("CLN-1")
def test_a_clinic_that_closes_receives_until_its_last_day_and_then_lists_all_that_waits(doors):
    house = doors.house
    waiting = house.delivered(house.e_kons(who=BOB))
    tab = doors.signed("GET", "/v1/clinic/settings").json["content"]
    last = house.clock().date()
    closing = tab | {"closes_on": last.isoformat()}
    codes = {each["code"] for each in doors.decide("settings", **closing).json["warnings"]}
    assert codes >= {"clinic_closes", "closing_unexplained"}
    doors.decide("settings", **closing | {"closing_message": "Se sundhed.dk."})
    assert ask(doors)
    assert listed(doors) == []
    house.clock.tick(24 * 3600)
    assert ask(doors).rule.code == "clinic_closed"
    assert str(waiting) in listed(doors)
    page = doors.get("/v1/clinics/nygade").json
    assert (page["closes_on"], page["closing_message"]) == (last.isoformat(), "Se sundhed.dk.")
    assert {service["code"] for service in page["services"] if service["kind"] == "e_kons"} == {"clinic_closed"}
    assert doors.get(f"/v1/requests/{waiting}", doors.patient(BOB)).status_code == 200
    assert house.e_kons(who=ALICE, clinic="havnen")
    house.answer(waiting)


@pytest.mark.rule("NEW-22", "NEW-10")
def test_a_submit_is_judged_by_the_settings_in_force_then_and_may_come_again(doors):
    house = doors.house
    words = {"text": "Noget, jeg har skrevet længe på."}
    proof = doors.patient(BOB) | {"Idempotency-Key": "a-key-of-one-draft"}
    path = "/v1/clinics/nygade/requests/e_kons"
    draft = "/v1/clinics/nygade/drafts/e_kons"
    kept = {"headers": doors.patient(BOB) | {"If-Match": '"0"'}, "json": {"content": words}}
    assert doors.client.simulate_put(draft, **kept).status_code == 200
    house.settings("nygade", longest_text=5)
    before = doors.kept()
    refused = doors.client.simulate_post(path, json=words, headers=proof)
    assert (refused.status_code, refused.json["code"]) == (422, "text_too_long")
    assert doors.kept() == before, "nothing is stored, and the key is not used up"
    assert doors.get(draft, doors.patient(BOB)).json["content"] == words, "nothing typed is lost"
    house.settings("nygade", longest_text=500)
    assert doors.client.simulate_post(path, json=words, headers=proof).status_code == 202


@pytest.mark.rule("PAT-5")
@pytest.mark.parametrize(("reason", "is_sent"), [("deceased", False), ("moved", True)])
def test_who_has_died_gets_no_letter_that_was_on_its_way_until_the_report_is_taken_back(doors, reason, is_sent):
    house = doors.house
    request = house.delivered(house.e_kons(who=BOB))
    house.answer(request)
    report(doors, reason=reason)
    letters = Parcels(house.keyring, CATALOGUE, house.clock)

    work, letter = house.worker.claim(house.owed(request, "mail").id, letters.letter)
    assert (letter is not None) is is_sent
    report(doors, "return")
    with database_as(house.database, DatabaseRole.WORKER).writing() as connection:
        assert letters.letter(connection, work) is not None
