"""From the clinic's yes or no to the user: whose address, whose password, which rights, and what is recorded."""

from dataclasses import replace

import pytest

from identity.mitid import Federated, Level
from storage.federation import VERIFIED_LIVES, keep_verified
from storage.models import HISTORY, MESSAGE, REQUEST
from storage.registers import ACCESS, ACCOUNT, MEMBERSHIP, PERSON, SETTING
from tests.enrolling import NEW
from tests.people import BOB, CARLA, DAVID

CHILD = replace(DAVID, name="Emil", digits="6411155006", email="emil@patients.test")


@pytest.fixture
def doors(enrolling):
    return enrolling.doors


def logged_in(doors, who, password=NEW, clinic="nygade"):
    """Log in with password and code; return the status of the second step."""
    attempt = doors.begin(who, clinic, password=password).json["attempt"]
    return doors.complete(attempt).status_code


def granted(house, person, clinic="nygade"):
    key, where = SETTING.c.key == str(person), SETTING.c.clinic_id == house.clinics[clinic].clinic
    (row,) = house.rows(SETTING, SETTING.c.topic == "right", SETTING.c.is_current, key, where)
    return row.body["services"], row.by


def member(house, person, clinic="nygade"):
    where = MEMBERSHIP.c.clinic_id == house.clinics[clinic].clinic
    rows = house.rows(MEMBERSHIP, MEMBERSHIP.c.person_id == person, where)
    return rows[0] if rows else None


@pytest.mark.rule("ACC-3", "ACC-4", "ACC-9")
def test_a_stranger_asks_staff_say_yes_and_the_link_makes_a_user(doors, enrolling):
    house = doors.house
    request = enrolling.asked()
    parcel = enrolling.parcel(request)
    assert parcel.cpr == DAVID.cpr
    assert "cpr" not in parcel.content()
    assert parcel.content()["services"] == ["e_kons", "renewal", "booking"]
    assert (parcel.content()["known_as"], parcel.content()["left_before"]) == ("nobody", False)
    assert house.rows(PERSON, PERSON.c.id.notin_(list(house.people.values()))) == []
    enrolling.approve(request, "e_kons", "booking", no_mitid=True)
    person = enrolling.person(request)
    assert member(house, person) is None, "nobody is a user before the link is used"
    letter = enrolling.letter(request)
    assert (letter.address, letter.letter) == (DAVID.email, "activation_link")

    answer = enrolling.activate(letter.token)
    assert (answer.status_code, answer.json["clinic"]) == (200, "Lægerne Nygade")
    assert house.state(request) == "activated"
    assert house.walked(request) == ["submit", "delivered", "approve", "notified", "activate"]
    assert granted(house, person) == ({"booking": True, "e_kons": True, "renewal": False}, "s1")
    mine = member(house, person)
    assert (mine.mitid_exempt, mine.exempt_by, mine.exempt_at) == (True, "s1", house.clock())
    assert {row.sealed for row in house.rows(MESSAGE, MESSAGE.c.request_id == request)} == {None}
    assert logged_in(doors, DAVID) == 200


def test_two_uses_of_a_link_at_once_make_one_user(house, enrolling, at_once):
    request, letter = enrolling.linked()
    answers = at_once([lambda n=n: enrolling.activate(letter.token, f"Bakke-{2027 + n}") for n in range(4)])
    assert [answer.status_code for answer in answers].count(200) == 1
    assert house.walked(request).count("activate") == 1


@pytest.mark.rule("ACC-4")
def test_a_no_is_told_to_the_typed_address_and_makes_nobody(doors, enrolling):
    request = enrolling.asked()
    enrolling.parcel(request)
    doors.house.say(request, "reject", reason="identity_unclear")
    letter = enrolling.letter(request)
    assert (letter.address, letter.letter, letter.token) == (DAVID.email, "enrolment_declined", None)
    assert doors.house.state(request) == "closed"
    assert enrolling.person(request) is None
    assert {row.sealed for row in doors.house.rows(MESSAGE, MESSAGE.c.request_id == request)} == {None}
    outcomes = [row.body for row in doors.house.rows(HISTORY, HISTORY.c.trigger == "reject")]
    assert b'"rejected:identity_unclear"' in outcomes[0]


@pytest.mark.rule("ACC-1", "ACC-8")
def test_a_user_of_another_clinic_is_linked_and_keeps_password_and_address(doors, enrolling):
    house = doors.house
    house.settings("havnen", sign_up="with_approval")
    request = enrolling.asked(BOB, "havnen", email="stranger@patients.test")
    assert enrolling.parcel(request).content()["known_as"] == "user_with_another_address"
    enrolling.approve(request, clinic="havnen", no_mitid=True)
    assert enrolling.person(request) == house.people[BOB]
    letter = enrolling.letter(request)
    assert (letter.address, letter.letter, letter.token) == (BOB.email, "clinic_joined", None)
    assert house.state(request) == "activated"
    assert logged_in(doors, BOB, BOB.password, "havnen") == 200
    mine = doors.get("/v1/me", BOB).json["clinics"]
    assert [(each["slug"], each["unread"]) for each in mine] == [("havnen", 0), ("nygade", 0)]


@pytest.mark.rule("ACC-1")
def test_a_link_of_one_clinic_does_not_open_what_another_clinic_gave_somebody_else(doors, enrolling):
    """Two addresses are given for one number: whoever comes second must know the password of the first."""
    house = doors.house
    house.settings("havnen", sign_up="with_approval")
    _, first = enrolling.linked(DAVID, "nygade")
    request, second = enrolling.linked(DAVID, "havnen", email="stranger@patients.test")
    assert enrolling.activate(first.token).status_code == 200
    taken = enrolling.activate(second.token, "Anden-2027", clinic="havnen")
    assert (taken.status_code, taken.json["errors"][0]["code"]) == (422, "not_your_password")
    assert house.state(request) == "notified"
    assert member(house, enrolling.person(request), "havnen") is None
    for _ in range(5):
        last = enrolling.activate(second.token, "Anden-2027", clinic="havnen")
    assert last.status_code == 429
    house.clock.tick(3600)
    assert enrolling.activate(second.token, NEW, clinic="havnen").status_code == 200
    (account,) = house.rows(ACCOUNT, ACCOUNT.c.person_id == enrolling.person(request))
    assert logged_in(doors, DAVID) == 200
    assert account.email_index is not None


@pytest.mark.rule("ACC-5")
def test_somebody_who_left_asks_for_the_rights_held_then_and_comes_back_to_the_same_row(doors, enrolling):
    house = doors.house
    _, letter = enrolling.linked(services=["e_kons", "booking"])
    enrolling.activate(letter.token)
    person = enrolling.person(house.rows(REQUEST)[0].id)
    house.people[DAVID] = person
    assert enrolling.doors.call("DELETE", "/v1/me", {"confirm": True}, who=DAVID).status_code == 200
    before = member(house, person)
    assert before.until is not None
    request = enrolling.asked()
    content = enrolling.parcel(request).content()
    assert (content["left_before"], content["services"]) == (True, ["e_kons", "booking"])
    enrolling.approve(request, "e_kons", no_mitid=True)
    assert member(house, person).until is not None
    assert enrolling.activate(enrolling.letter(request).token).status_code == 200
    back = member(house, person)
    assert (back.until, back.key_id, back.mitid_exempt) == (None, before.key_id, True)
    assert granted(house, person)[0] == {"booking": False, "e_kons": True, "renewal": False}


@pytest.mark.rule("ACC-12")
def test_a_child_is_told_who_can_see_and_the_notice_is_recorded(doors, enrolling):
    house = doors.house
    refused = enrolling.ask(CHILD)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (
        422,
        "custody_notice",
        "/notice_under_15",
    )
    shown_at = house.clock()
    adult = enrolling.asked(DAVID, notice_under_15=True)
    assert enrolling.parcel(adult).content()["notice_under_15"] is False, "an adult has nothing to be told of"
    request = enrolling.asked(CHILD, notice_under_15=True)
    content = enrolling.parcel(request).content()
    assert (content["under_15"], content["notice_under_15"]) == (True, True)
    house.clock.tick(60)
    enrolling.approve(request, no_mitid=True)
    enrolling.activate(enrolling.letter(request).token)
    assert member(house, enrolling.person(request)).notice_under15_shown_at == shown_at


@pytest.mark.rule("ACC-10", "LOG-4")
def test_without_the_clinics_mark_the_log_in_is_refused_as_any_and_the_clinic_can_see_why(doors, enrolling):
    house = doors.house
    request, letter = enrolling.linked(no_mitid=False)
    enrolling.activate(letter.token)
    attempt = doors.begin(DAVID, password=NEW)
    stranger = doors.begin(CHILD)
    assert (attempt.status_code, attempt.json.keys()) == (stranger.status_code, stranger.json.keys())
    assert doors.complete(attempt.json["attempt"]).json["code"] == "code_wrong"
    (seen,) = house.rows(ACCESS, ACCESS.c.outcome == "two_factor_not_enabled")
    assert (seen.actor_kind, seen.actor, seen.clinic_id) == (
        "patient",
        str(enrolling.person(request)),
        house.clinics["nygade"].clinic,
    )
    doors.begin(DAVID, password="Forkert-2027")
    assert len(house.rows(ACCESS, ACCESS.c.outcome == "two_factor_not_enabled")) == 1


def vouched(house, who, slug="nygade"):
    """Let MitID vouch for somebody who is no user there; return the handle that shows it."""
    identity = Federated("https://broker.test", f"subject of {who}", Level.SUBSTANTIAL, who.cpr)
    with house.database.writing() as connection:
        clinic = house.clinics[slug].clinic
        return keep_verified(connection, house.keyring, house.new_id, clinic, identity, house.clock())


@pytest.mark.rule("ACC-2", "ACC-7")
def test_who_is_proven_by_mitid_becomes_a_user_of_the_own_gp_without_approval_or_password(enrolling):
    house = enrolling.house
    house.settings("nygade", sign_up="without_approval")
    request = enrolling.asked(verified=vouched(house, DAVID))
    assert enrolling.parcel(request).content()["proven"] is True
    assert enrolling.approve(request).rule.code == "not_own_gp"
    enrolling.approve(request, own_gp=True)
    letter = enrolling.letter(request)
    assert (letter.address, letter.letter, letter.token) == (DAVID.email, "clinic_joined", None)
    assert house.state(request) == "activated"
    person = enrolling.person(request)
    assert member(house, person).until is None
    (account,) = house.rows(ACCOUNT, ACCOUNT.c.person_id == person)
    assert (account.password_hash, account.email_index is not None) == (None, True)


@pytest.mark.rule("ACC-7")
def test_a_proof_of_mitid_holds_for_its_own_number_at_its_own_clinic_in_time(enrolling):
    house = enrolling.house
    for slug in ("nygade", "havnen"):
        house.settings(slug, sign_up="without_approval")
    own, late = vouched(house, DAVID), vouched(house, DAVID)
    assert enrolling.ask(verified=own, services=["no_such_thing"]).json["code"] == "not_offered"
    assert enrolling.ask(verified=own).status_code == 202
    house.clock.tick(VERIFIED_LIVES.total_seconds())
    for handle in (late, vouched(house, CARLA), vouched(house, DAVID, "havnen")):
        refused = enrolling.ask(verified=handle)
        assert (refused.status_code, refused.json["code"]) == (422, "needs_mitid")
