"""A clinic takes a user off: log-in, history and the other clinics stay, and nothing on its way brings them back."""

import json

import pytest

from storage.models import REQUEST
from storage.registers import ACCESS, ACCOUNT, LOG_IN, MEMBERSHIP
from tests.people import ALICE, CARLA, DAVID

PATH = "/v1/clinic/users/detachment"


@pytest.fixture
def doors(enrolling):
    return enrolling.doors


def detach(doors, who=ALICE, clinic="nygade", message=None):
    body = doors.doors.call(cpr=who.digits)
    return doors.doors.signed("POST", PATH, body, clinic=clinic, message=message)


def make(doors, who=DAVID):
    plain = {"cpr": who.digits, "email": who.email, "no_mitid": True, "services": ["e_kons"]}
    return doors.doors.signed("PUT", "/v1/clinic/users", doors.doors.call(**plain)).json["user"]


def memberships(doors, who=ALICE):
    rows = doors.house.rows(MEMBERSHIP, MEMBERSHIP.c.person_id == doors.house.people[who])
    slugs = {each.clinic: slug for slug, each in doors.house.clinics.items()}
    return {slugs[row.clinic_id]: row.until for row in rows}


@pytest.mark.rule("ACC-5", "ACC-13")
def test_the_clinic_goes_and_the_rest_stays(doors):
    house = doors.house
    here, there = house.e_kons("Here."), house.e_kons("There.", clinic="havnen")
    opened = house.delivered(house.e_kons("Opened."))
    house.say(opened, "open")
    assert doors.get("/v1/me").status_code == 200
    answer = detach(doors)
    assert (answer.status_code, answer.json) == (200, {"staying": [str(opened)]})
    assert (house.state(here), house.state(there)) == ("withdrawn", "submitted")
    assert memberships(doors) == {"nygade": house.clock(), "havnen": None}
    assert house.outbox(None) == [("mail", "farewell")]
    assert [each["slug"] for each in doors.get("/v1/me").json["clinics"]] == ["havnen"]
    assert doors.submit("e_kons", {"text": "Again."}).status_code == 404
    assert doors.get(f"/v1/requests/{here}").status_code == 200  # reading is never taken away
    [account] = house.rows(ACCOUNT, ACCOUNT.c.person_id == house.people[ALICE])
    assert account.password_hash is not None
    assert [row.ended_at for row in house.rows(LOG_IN)] == [None]


@pytest.mark.rule("LAW-8")
def test_both_logs_say_that_staff_did_it(doors):
    request = doors.house.e_kons()
    detach(doors)
    said = json.loads(doors.house.history(request)[-1].body)
    assert said["actor"] == {"kind": "clinician", "id": "s1", "auth": "vouched:doctor", "loa": None}
    assert said["cause"]["kind"] == "webhook"
    [seen] = doors.house.rows(ACCESS, ACCESS.c.act == "clinic.user.detach")
    assert (seen.actor, seen.role, seen.person_id) == ("s1", "doctor", doors.house.people[ALICE])


@pytest.mark.rule("F21")
def test_the_same_again_changes_nothing_and_a_repeat_is_answered_alike(doors):
    first = detach(doors, message="evt_detach")
    spans = memberships(doors)
    doors.house.clock.tick(60)
    assert detach(doors, message="evt_detach").content == first.content
    assert detach(doors).json == first.json
    assert memberships(doors) == spans
    assert doors.house.outbox(None) == [("mail", "farewell")]


@pytest.mark.rule("I6")
@pytest.mark.parametrize(("who", "clinic"), [(CARLA, "nygade"), (DAVID, "nygade")])
def test_a_clinic_detaches_nobody_elses_patient(doors, who, clinic):
    before = doors.doors.kept()
    assert detach(doors, who, clinic).status_code == 404
    assert doors.doors.kept() == before
    assert doors.house.rows(MEMBERSHIP, MEMBERSHIP.c.until.is_not(None)) == []


@pytest.mark.rule("ACC-5", "ACC-8")
def test_who_was_detached_comes_back_by_the_clinics_word(doors):
    detach(doors)
    assert make(doors, ALICE) == "linked"
    assert memberships(doors)["nygade"] is None


@pytest.mark.rule("ACC-8", "V27")
@pytest.mark.parametrize("mailed", [True, False])
def test_a_link_on_its_way_makes_no_user_of_the_detached_and_the_next_one_does(enrolling, doors, mailed):
    assert make(doors) == "created"
    [request] = [row.id for row in doors.house.rows(REQUEST) if row.kind == "enrolment"]
    letter = enrolling.letter(request) if mailed else None
    assert detach(doors, DAVID).status_code == 200
    letter = letter or enrolling.letter(request)
    assert enrolling.activate(letter.token).json["code"] == "link_invalid"
    assert make(doors) == "created", "what is void is not under way"
