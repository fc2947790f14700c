"""A patient leaves one clinic: the others are not left, and the mark stays (ACC-13, ACC-5)."""

import pytest

from identity.cpr import Cpr
from storage.accounts import create_person, membership_key
from storage.registers import ACCESS, ACCOUNT, MEMBERSHIP
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def leave(doors, who=ALICE, clinic=None):
    path = "/v1/me" if clinic is None else f"/v1/me/clinics/{clinic}"
    return doors.call("DELETE", path, {"confirm": True}, who=who)


def rows_of(house, table, who=ALICE):
    return house.rows(table, table.c.person_id == house.people[who])


@pytest.mark.rule("ACC-13")
def test_one_clinic_is_left_and_the_others_are_not(doors):
    house = doors.house
    here, there = house.e_kons("Here."), house.e_kons("There.", clinic="havnen")
    assert leave(doors, clinic="nygade").status_code == 200
    assert (house.state(here), house.state(there)) == ("withdrawn", "submitted")
    assert [each["slug"] for each in doors.get("/v1/me").json["clinics"]] == ["havnen"]
    assert doors.submit("e_kons", {"text": "Again."}).status_code == 404
    assert doors.submit("e_kons", {"text": "Again."}, clinic="havnen").status_code == 202
    assert doors.get(f"/v1/requests/{here}").status_code == 200  # reading is never taken away
    assert house.outbox(None) == [("mail", "farewell")]
    [account] = rows_of(house, ACCOUNT)
    assert account.email_sealed is not None


@pytest.mark.rule("ACC-13")
def test_leaving_again_changes_nothing_and_answers_alike(doors):
    house = doors.house
    opened = house.delivered(house.e_kons())
    house.say(opened, "open")
    first = leave(doors, clinic="nygade")
    before, spans = doors.rows(), house.rows(MEMBERSHIP)
    house.clock.tick(60)
    again = leave(doors, clinic="nygade")
    assert (again.status_code, again.json) == (200, first.json)
    assert first.json["staying"] == [str(opened)]
    assert doors.rows() == before
    assert house.rows(MEMBERSHIP) == spans


@pytest.mark.rule("ACC-13")
def test_where_somebody_was_never_a_patient_there_is_nothing_to_leave(doors):
    for who, clinic in ((CARLA, "nygade"), (BOB, "havnen"), (ALICE, "nowhere")):
        assert leave(doors, who=who, clinic=clinic).status_code == 404
    assert doors.house.rows(MEMBERSHIP, MEMBERSHIP.c.until.is_not(None)) == []


@pytest.mark.rule("ACC-5")
def test_a_card_that_the_clinics_system_sends_makes_nobody_a_user_again(doors):
    leave(doors)
    card = {"cpr": ALICE.digits, "no_mitid": True, "services": {}}
    assert doors.doors.decide("rights", **card).status_code == 200
    nygade = doors.house.clinics["nygade"].clinic
    with doors.house.database.writing() as connection:
        assert membership_key(connection, doors.house.keyring, doors.house.people[ALICE], nygade) is None
        again = create_person(connection, doors.house.keyring, doors.house.new_id, Cpr(ALICE.digits), None)
    assert again == doors.house.people[ALICE]


@pytest.mark.rule("ACC-13", "LAW-8")
def test_that_they_left_is_in_the_log(doors):
    leave(doors, clinic="nygade")
    leave(doors)
    alice = doors.house.people[ALICE]
    rows = sorted(doors.house.rows(ACCESS), key=lambda row: row.id)
    assert [(row.act, row.person_id) for row in rows] == [
        ("patient.clinic.leave", alice),
        ("patient.me.leave", alice),
    ]
