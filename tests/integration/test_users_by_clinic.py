"""A clinic makes its patients users, or links users it did not make, and a repeat changes nothing."""

import pytest

from storage.models import OUTBOX, REQUEST
from storage.registers import ACCOUNT, MEMBERSHIP, SETTING
from tests.enrolling import NEW
from tests.people import BOB, CARLA, DAVID

PATH = "/v1/clinic/users"


def wish(who=DAVID, **changes):
    plain = {"cpr": who.digits, "email": who.email, "no_mitid": True, "services": ["e_kons", "booking"]}
    return plain | changes


@pytest.fixture
def clinic(enrolling):
    """Says at a clinic who is to be a user; returns the answer."""
    doors = enrolling.doors.doors

    def say(who=DAVID, slug="nygade", message=None, **changes):
        return doors.signed("PUT", PATH, doors.call(**wish(who, **changes)), clinic=slug, message=message)

    return say


def made(house):
    return sorted((row for row in house.rows(REQUEST) if row.kind == "enrolment"), key=lambda row: row.id)


def member(house, person, slug="nygade"):
    where = MEMBERSHIP.c.clinic_id == house.clinics[slug].clinic
    return house.rows(MEMBERSHIP, MEMBERSHIP.c.person_id == person, where)[0]


@pytest.mark.rule("ACC-8", "ACC-9")
def test_a_patient_without_mitid_becomes_a_user_by_a_link_in_any_mode(enrolling, clinic):
    house = enrolling.house
    house.settings("nygade", sign_up="none")
    answer = clinic()
    assert (answer.status_code, answer.json) == (200, {"user": "created"})
    (request,) = made(house)
    assert (request.state, request.initiator, request.channel) == ("answered", "clinician", "clinic")
    person = request.person_id
    mine = member(house, person)
    assert (mine.mitid_exempt, mine.exempt_by, mine.exempt_at) == (True, "s1", house.clock())
    (right,) = house.rows(SETTING, SETTING.c.topic == "right", SETTING.c.key == str(person))
    assert (right.body["services"], right.by) == ({"booking": True, "e_kons": True, "renewal": False}, "s1")
    letter = enrolling.letter(request.id)
    assert (letter.address, letter.letter) == (DAVID.email, "activation_link")
    assert enrolling.activate(letter.token).status_code == 200
    assert house.walked(request.id) == ["create", "notified", "activate"]
    attempt = enrolling.doors.begin(DAVID, password=NEW).json["attempt"]
    assert enrolling.doors.complete(attempt).status_code == 200
    assert clinic().json == {"user": "unchanged"}


@pytest.mark.rule("ACC-8")
def test_the_same_again_changes_nothing_and_sends_no_second_mail(enrolling, clinic):
    house = enrolling.house
    first = clinic(message="evt_1")
    again = clinic(message="evt_1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert clinic().json == {"user": "unchanged"}
    enrolling.letter(made(house)[0].id)
    assert clinic().json == {"user": "unchanged"}
    assert len(made(house)) == 1
    assert len([row for row in house.rows(OUTBOX) if row.effect == "mail"]) == 1


def test_another_address_makes_the_link_to_the_first_void(enrolling, clinic):
    house = enrolling.house
    clinic(email="forkert@patients.test")
    (wrong,) = made(house)
    early = enrolling.letter(wrong.id)
    assert clinic().json == {"user": "created"}
    right = made(house)[1]
    assert enrolling.activate(early.token).json["code"] == "link_invalid"
    clinic(email="igen@patients.test")
    late = enrolling.letter(right.id)
    assert enrolling.activate(late.token).json["code"] == "link_invalid", "void before its letter was written"


@pytest.mark.rule("ACC-1", "ACC-8")
def test_a_user_of_another_clinic_is_linked_and_told_at_the_own_address(enrolling, clinic):
    house = enrolling.house
    assert clinic(BOB, "havnen", email="stranger@patients.test").json == {"user": "linked"}
    (request,) = made(house)
    letter = enrolling.letter(request.id)
    assert (letter.address, letter.letter, letter.token) == (BOB.email, "clinic_joined", None)
    assert house.state(request.id) == "activated"
    before = house.rows(ACCOUNT, ACCOUNT.c.person_id == house.people[BOB])
    attempt = enrolling.doors.begin(BOB, "havnen").json["attempt"]
    assert enrolling.doors.complete(attempt).status_code == 200
    assert clinic(BOB, "havnen", email="stranger@patients.test").json == {"user": "unchanged"}
    assert house.rows(ACCOUNT, ACCOUNT.c.person_id == house.people[BOB]) == before


@pytest.mark.rule("ACC-9")
def test_a_patient_with_mitid_gets_no_link_but_an_address(enrolling, clinic):
    house = enrolling.house
    assert clinic(no_mitid=False).json == {"user": "linked"}
    (request,) = made(house)
    letter = enrolling.letter(request.id)
    assert (letter.address, letter.letter, letter.token) == (DAVID.email, "clinic_joined", None)
    (account,) = house.rows(ACCOUNT, ACCOUNT.c.person_id == request.person_id)
    assert (account.password_hash, account.email_index is not None) == (None, True)
    assert clinic(no_mitid=False).json == {"user": "unchanged"}
    assert clinic(no_mitid=True).json == {"user": "created"}, "MitID is out of reach now"


@pytest.mark.rule("ACC-9")
def test_the_mark_keeps_who_set_it_first_and_who_changed_it(enrolling, clinic):
    house = enrolling.house
    person = house.people[CARLA]
    clinic(CARLA, "havnen", no_mitid=True)
    first = house.clock()
    house.clock.tick(60)
    clinic(CARLA, "havnen", no_mitid=True)
    assert (member(house, person, "havnen").exempt_by, member(house, person, "havnen").exempt_at) == ("s1", first)
    clinic(CARLA, "havnen", no_mitid=False)
    now = member(house, person, "havnen")
    assert (now.mitid_exempt, now.exempt_at) == (False, house.clock())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cpr": "1234567890"}, "/content/cpr"),
        ({"email": "david"}, "/content/email"),
        ({"services": ["e_kons", "x_ray"]}, "/content/services/1"),
        ({"language": "de"}, "/content/language"),
        ({"name": "David"}, "/content/name"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(enrolling, clinic, changes, field):
    before = enrolling.doors.doors.kept()
    answer = clinic(**changes)
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert enrolling.doors.doors.kept() == before
    assert DAVID.digits not in answer.text
