"""A person gets another CPR number: all that is theirs stays theirs, and only the new number opens it (CPR-5)."""

from dataclasses import replace
from uuid import UUID

import pytest

from identity.cpr import Cpr
from storage.accounts import cpr_of
from storage.registers import ACCESS, LOG_IN, MEMBERSHIP, PERSON, PERSON_CPR
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID, PATIENTS

NEW = "6102900002"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def change(doors, old=ALICE.digits, new=NEW, *, clinic="nygade", message=None):
    return doors.doors.signed(
        "PUT", "/v1/clinic/numbers", doors.doors.call(cpr=old, new_cpr=new), clinic=clinic, message=message
    )


def card(doors, number, clinic="nygade"):
    content = {"cpr": number, "no_mitid": True, "services": {}}
    return doors.doors.decide("rights", clinic=clinic, **content)


def number_of(house, person):
    with house.database.reading() as connection:
        return cpr_of(connection, house.keyring, person)


@pytest.mark.rule("CPR-5")
def test_the_person_stays_and_the_old_number_is_kept_with_its_end(doors):
    house, alice = doors.house, doors.house.people[ALICE]
    before = doors.rows()
    house.clock.tick(60)
    assert change(doors).json == {"changed": True}
    assert number_of(house, alice) == Cpr(NEW)
    spans = sorted((row.since, row.until) for row in house.rows(PERSON_CPR, PERSON_CPR.c.person_id == alice))
    assert [until for _, until in spans] == [house.clock(), None]
    assert spans[1][0] == house.clock()
    after = doors.rows()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "person_cpr": 1,
        "inbox": 1,
        "outbox": 1,
    }


@pytest.mark.rule("CPR-5")
def test_the_new_number_logs_in_and_the_old_one_does_not_any_more(doors):
    proof = doors.doors.patient(ALICE)
    assert doors.doors.get("/v1/me", proof).status_code == 200
    change(doors)
    assert doors.doors.get("/v1/me", proof).json["code"] == "log_in_ended"
    assert all(row.ended_at for row in doors.house.rows(LOG_IN, LOG_IN.c.person_id == doors.house.people[ALICE]))

    old = doors.begin().json["attempt"]
    assert doors.complete(old).json["code"] == "code_wrong"
    new = doors.begin(replace(ALICE, digits=NEW)).json["attempt"]
    token = doors.complete(new).json["token"]
    assert doors.doors.get("/v1/me", {"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.rule("CPR-5")
def test_the_old_number_still_finds_the_person_in_the_clinics_calls(doors):
    people = len(doors.house.rows(PERSON))
    change(doors)
    content = {"cpr": ALICE.digits, "message_id": "M-1", "text": "Call us."}
    told = doors.doors.signed("POST", "/v1/clinic/messages", doors.doors.call(**content))
    assert told.status_code == 200
    assert card(doors, ALICE.digits).status_code == 200
    assert len(doors.house.rows(PERSON)) == people
    request = doors.house.request(UUID(told.json["request"]))
    assert request.person_id == doors.house.people[ALICE]


@pytest.mark.rule("CPR-5")
def test_the_change_may_be_told_by_every_clinic_and_again(doors):
    first = change(doors, message="evt-1")
    assert change(doors, message="evt-1").json == first.json == {"changed": True}
    assert change(doors, message="evt-2").json == {"changed": False}
    assert change(doors, clinic="havnen").json == {"changed": False}
    assert doors.house.outbox(None) == [("mail", "user_changed")]


@pytest.mark.rule("CPR-5", "NOT-1")
def test_who_changed_it_is_in_the_log_and_the_mail_does_not_say_what(doors):
    change(doors)
    alice = doors.house.people[ALICE]
    [row] = doors.house.rows(ACCESS)
    assert (row.act, row.actor, row.role, row.person_id) == ("clinic.number.change", "s1", "doctor", alice)
    assert not {ALICE.digits, NEW} & {str(value) for value in row}
    assert doors.house.outbox(None) == [("mail", "user_changed")]


@pytest.mark.rule("CPR-5")
def test_a_card_that_came_ahead_of_the_change_is_taken_over(doors):
    """The clinic's system may send the card under the new number before it tells of the change."""
    house, alice = doors.house, doors.house.people[ALICE]
    assert card(doors, NEW).status_code == 200
    assert change(doors).json == {"changed": True}
    assert number_of(house, alice) == Cpr(NEW)
    [merged] = house.rows(PERSON, PERSON.c.merged_into.is_not(None))
    assert merged.merged_into == alice
    assert {row.until for row in house.rows(MEMBERSHIP, MEMBERSHIP.c.person_id == merged.id)} == {house.clock()}
    assert card(doors, NEW).status_code == 200
    assert len(house.rows(PERSON, PERSON.c.merged_into.is_(None))) == len(PATIENTS)


@pytest.mark.rule("CPR-5")
@pytest.mark.parametrize(
    ("old", "new", "status", "code", "field"),
    [
        (ALICE.digits, BOB.digits, 409, "number_taken", "/content/new_cpr"),  # an account that somebody uses
        (ALICE.digits, CARLA.digits, 409, "number_taken", "/content/new_cpr"),  # and another clinic's patient
        (CARLA.digits, NEW, 404, "not_found", None),  # not this clinic's patient
        (DAVID.digits, NEW, 404, "not_found", None),
        (ALICE.digits, "3002901234", 422, "invalid_body", "/content/new_cpr"),
        (ALICE.digits, "0203291WQ3", 422, "ecpr", "/content/new_cpr"),
    ],
)
def test_a_change_that_may_not_be_changes_nothing(doors, old, new, status, code, field):
    before = doors.rows()
    refused = change(doors, old, new)
    assert (refused.status_code, refused.json["code"], refused.json.get("field")) == (status, code, field)
    assert not {old, new} & set(refused.text.split('"'))
    assert doors.rows() == before
    assert doors.house.rows(ACCESS) == []


@pytest.mark.rule("CPR-5")
def test_a_card_that_another_clinic_knows_too_is_not_taken_over(doors):
    card(doors, NEW)
    card(doors, NEW, clinic="havnen")
    assert change(doors).json["code"] == "number_taken"


@pytest.mark.rule("CPR-5")
def test_a_change_from_a_number_that_is_no_longer_present_is_refused_in_both_languages(doors):
    change(doors)
    for language, words in (("da", "Personen har fået et andet nummer siden."), ("en", "The person has got another")):
        body = doors.doors.call(cpr=ALICE.digits, new_cpr=DAVID.digits)
        refused = doors.doors.signed("PUT", "/v1/clinic/numbers", body, Accept_Language=language)
        assert (refused.status_code, refused.json["code"]) == (409, "number_former")
        assert words in refused.text


@pytest.mark.rule("CPR-5")
def test_a_change_that_was_a_mistake_is_taken_back(doors):
    change(doors)
    assert change(doors, NEW, ALICE.digits).json == {"changed": True}
    assert number_of(doors.house, doors.house.people[ALICE]) == Cpr(ALICE.digits)
    assert doors.complete(doors.begin().json["attempt"]).status_code == 200


@pytest.mark.rule("CPR-5", "CPR-6", "ACC-11")
def test_a_replacement_number_is_left_behind_for_a_real_one_though_the_clinic_takes_none_any_more(doors):
    doors.house.settings(allow_ecpr=True)
    card(doors, "0203291WQ3")
    doors.house.settings(allow_ecpr=False)
    assert change(doors, "0203291WQ3", NEW).json == {"changed": True}
