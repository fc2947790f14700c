"""A password that staff give in person: it opens one log-in, where its owner chooses another before anything else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import INBOX
from storage.registers import ACCESS, ACCOUNT, LOG_IN, LOG_IN_ATTEMPT
from tests.patient_doors import PatientDoors
from tests.people import ALICE, CARLA, DAVID
from tests.recovery_walk import RecoveryWalk

PATH = "/v1/clinic/accounts/password"
OWN = "Skovsti-2027-x"


@pytest.fixture
def walk(house, passwords):
    return RecoveryWalk(PatientDoors(house, passwords))


@pytest.fixture
def sqlite_walk(sqlite_database, keyring, clock, new_id, passwords):
    return RecoveryWalk(PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords))


def give(walk, who=ALICE, clinic="nygade", message=None):
    body = walk.doors.doors.call(cpr=who.digits)
    return walk.doors.doors.signed("POST", PATH, body, clinic=clinic, message=message)


def choose(walk, password=OWN, **more):
    return walk.doors.post("/v1/me/password", {"password": password, **more})


def account(walk, who=ALICE):
    (row,) = walk.house.rows(ACCOUNT, ACCOUNT.c.person_id == walk.house.people[who])
    return row


@pytest.mark.rule("ACC-16", "V27", "V24")
def test_it_opens_one_log_in_in_which_another_is_chosen_first(walk):
    assert walk.doors.get("/v1/me").status_code == 200
    given = give(walk).json["password"]
    walk.work()
    assert walk.doors.get("/v1/me").status_code == 401
    assert walk.letters()[-1].startswith("Din adgangskode hos Lægerne Nygade er skiftet")
    assert given not in walk.letters()[-1]

    assert walk.log_in(password=given).status_code == 200
    for path in ("/v1/me", "/v1/requests", "/v1/me/accesses", "/v1/clinics/nygade/medicines"):
        refused = walk.doors.get(path)
        assert (refused.status_code, refused.json["code"]) == (403, "password_must_change"), path
    assert refused.json["next_step"] == "Vælg først en adgangskode, som kun du kender, eller log ud."
    english = walk.doors.get("/v1/me", Accept_Language="en").json
    assert english["next_step"] == "Choose a password first that only you know, or log out."
    assert walk.doors.submit("e_kons", {"text": "Hej."}).json["code"] == "password_must_change"
    assert walk.doors.get("/v1/session").status_code == 200

    assert choose(walk).status_code == 204
    assert walk.doors.get("/v1/me").status_code == 200
    assert walk.log_in(password=OWN).status_code == 200
    assert walk.doors.get("/v1/me").status_code == 200


@pytest.mark.rule("ACC-16", "V27")
def test_it_works_once(walk):
    given = give(walk).json["password"]
    assert walk.log_in(password=given).status_code == 200
    assert walk.log_in(password=given).json["code"] == "code_wrong"
    assert account(walk).password_hash is None


@pytest.mark.rule("ACC-16", "V27")
def test_it_opens_nothing_after_seven_days_and_needs_the_second_factor(walk, clock):
    given = give(walk).json["password"]
    attempt = walk.doors.begin(ALICE, password=given).json["attempt"]
    assert walk.doors.complete(attempt, "000000").status_code == 401
    clock.tick(timedelta(days=7).total_seconds())
    assert walk.log_in(password=given).json["code"] == "code_wrong"


@pytest.mark.rule("ACC-16")
def test_the_old_password_is_gone_and_staff_are_in_the_access_log(walk):
    give(walk)
    assert walk.log_in(password=ALICE.password).json["code"] == "code_wrong"
    assert all(row.ended_at is not None for row in walk.house.rows(LOG_IN))
    (seen,) = walk.house.rows(ACCESS, ACCESS.c.act == "clinic.account.password")
    assert (seen.actor, seen.role, seen.person_id) == ("s1", "doctor", walk.house.people[ALICE])


@pytest.mark.rule("ACC-16", "F21")
def test_the_same_message_is_answered_alike_though_only_a_hash_is_kept(walk):
    first, again = give(walk, message="evt_once-and-again"), give(walk, message="evt_once-and-again")
    other = give(walk, message="evt_another-message")
    assert first.json == again.json
    assert other.json["password"] != first.json["password"]
    kept = [str(row) for row in (*walk.house.rows(INBOX), *walk.house.rows(ACCOUNT), *walk.house.rows(ACCESS))]
    assert not [row for row in kept if first.json["password"] in row or other.json["password"] in row]


@pytest.mark.rule("ACC-16", "I6")
@pytest.mark.parametrize(("who", "clinic"), [(CARLA, "havnen"), (CARLA, "nygade"), (DAVID, "nygade")])
def test_it_is_for_the_clinics_own_patients_without_mitid(sqlite_walk, who, clinic):
    assert give(sqlite_walk, who, clinic).status_code == 404
    assert give(sqlite_walk).status_code == 200


@pytest.mark.rule("ACC-16", "REC-8")
def test_a_password_from_the_clinics_hand_ends_what_it_held_back(walk):
    walk.reset()
    walk.log_in()
    assert walk.doors.get("/v1/clinics/nygade/medicines").json["code"] == "content_held"
    walk.log_in(password=give(walk).json["password"])
    choose(walk)
    assert walk.doors.get("/v1/clinics/nygade/medicines").status_code == 200


@pytest.mark.rule("ACC-16", "REC-8")
def test_what_another_clinic_holds_back_it_goes_on_holding(walk):
    walk.reset()
    walk.log_in(password=give(walk).json["password"])
    choose(walk)
    assert walk.doors.get("/v1/clinics/nygade/medicines").status_code == 200
    assert walk.doors.get("/v1/clinics/havnen/medicines").json["code"] == "content_held"


@pytest.mark.rule("ACC-16", "V27")
def test_of_two_log_ins_that_began_at_the_same_moment_one_succeeds(walk):
    given = give(walk).json["password"]
    attempts = [walk.doors.begin(ALICE, password=given).json["attempt"] for _ in range(2)]
    with walk.house.database.writing() as connection:  # as where neither has seen the other begin
        connection.execute(sa.update(LOG_IN_ATTEMPT).values(ended_at=None))
    assert [walk.doors.complete(attempt).status_code for attempt in attempts] == [200, 401]


@pytest.mark.rule("ACC-16", "V24")
def test_the_letter_comes_from_the_clinic_that_gave_it(walk):
    assert give(walk, clinic="havnen").status_code == 200
    walk.work()
    assert walk.letters()[-1].startswith("Din adgangskode hos Lægerne Havnen er skiftet")


@pytest.mark.rule("ACC-14", "V21")
def test_whoever_changes_their_own_password_knows_the_present_one(sqlite_walk):
    walk = sqlite_walk
    walk.doors.get("/v1/me")
    for wrong in ({}, {"current": "Fjord-2025"}):
        refused = choose(walk, **wrong)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "/current")
    weak = choose(walk, "kort", current=ALICE.password)
    assert weak.json["errors"][0]["code"] == "password_too_short"
    assert choose(walk, current=ALICE.password).status_code == 204
    assert walk.log_in(password=OWN).status_code == 200
    for _ in range(10):
        refused = choose(walk, current="Fjord-2025")
    assert refused.status_code == 429


@pytest.mark.rule("ACC-16", "V31")
def test_choosing_ends_every_other_log_in(sqlite_walk):
    walk = sqlite_walk
    walk.log_in(password=ALICE.password)
    before = walk.doors.doors.patient(ALICE)
    walk.log_in(password=ALICE.password)
    assert choose(walk, current=ALICE.password).status_code == 204
    assert walk.doors.client.simulate_get("/v1/me", headers=before).status_code == 401
    assert walk.doors.get("/v1/me").status_code == 200
