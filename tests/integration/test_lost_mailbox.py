"""A lost mailbox: the clinic confirms who the patient is and changes the address; both addresses are told."""

from datetime import timedelta

import pytest

from storage.models import INBOX, OUTBOX
from storage.recovery_registers import ADDRESS_NOTICE, CONTENT_HOLD
from storage.registers import ACCESS, ACCOUNT, LOG_IN
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID
from tests.recovery_walk import RecoveryWalk

PATH = "/v1/clinic/accounts/address"
NEW_ADDRESS = "alice@elsewhere.test"


@pytest.fixture
def walk(house, passwords):
    return RecoveryWalk(PatientDoors(house, passwords))


@pytest.fixture
def sqlite_walk(sqlite_database, keyring, clock, new_id, passwords):
    return RecoveryWalk(PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords))


def change(walk, who=ALICE, email=NEW_ADDRESS, clinic="nygade", message=None, **headers):
    body = walk.doors.doors.call(cpr=who.digits, email=email)
    return walk.doors.doors.signed("PUT", PATH, body, clinic=clinic, message=message, **headers)


@pytest.mark.rule("REC-6", "V24")
def test_a_clinic_changes_the_address_and_the_old_one_is_told_as_well_as_the_new(walk):
    assert walk.doors.get("/v1/me").status_code == 200
    assert change(walk).json == {"changed": True}
    walk.work()
    for address in (ALICE.email, NEW_ADDRESS):
        (letter,) = walk.letters(address)
        assert letter.startswith("Din mailadresse hos Lægerne Nygade er ændret")
        assert "@" not in letter
    assert walk.doors.get("/v1/me").status_code == 401
    assert all(row.ended_at is not None for row in walk.house.rows(LOG_IN))
    (seen,) = walk.house.rows(ACCESS, ACCESS.c.act == "clinic.account.change")
    assert (seen.actor_kind, seen.actor, seen.outcome) == ("clinician", "s1", "ok")


@pytest.mark.rule("REC-6")
def test_the_letter_speaks_the_language_of_its_reader(sqlite_walk):
    assert change(sqlite_walk, BOB).status_code == 200
    sqlite_walk.work()
    assert sqlite_walk.letters(BOB.email)[0].startswith("Your email address at Lægerne Nygade has been changed")


@pytest.mark.rule("REC-6")
def test_after_it_the_old_mailbox_opens_nothing_and_the_new_one_does(walk, clock):
    open_link = walk.link()
    change(walk)
    assert walk.complete(open_link).json["code"] == "link_invalid"
    walk.ask()
    walk.work()
    assert walk.links() == 1, "the old address fits nothing any more"
    clock.tick(3600)
    walk.ask(email=NEW_ADDRESS)
    walk.work()
    assert any("/nygade/recovery#" in letter for letter in walk.letters(NEW_ADDRESS))


@pytest.mark.rule("REC-6")
def test_the_same_again_changes_nothing_and_tells_nobody(walk):
    first, again = (change(walk, message="evt_address") for _ in range(2))
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert change(walk, email=NEW_ADDRESS.upper()).json == {"changed": False}
    assert [row.letter for row in walk.house.rows(OUTBOX)] == ["address_changed"] * 2
    assert change(walk, email="third@elsewhere.test", message="evt_address").json["code"] == "key_reused"


@pytest.mark.rule("REC-6")
def test_the_other_clinics_which_have_confirmed_nobody_keep_their_content_back(walk, clock):
    change(walk)
    walk.log_in(password=ALICE.password)
    assert walk.doors.get("/v1/clinics/nygade/medicines").status_code == 200
    assert walk.doors.get("/v1/clinics/havnen/medicines").json["code"] == "content_held"
    (hold,) = walk.house.rows(CONTENT_HOLD)
    assert (hold.clinic_id, hold.reason) == (walk.house.clinics["havnen"].clinic, "address")
    (waiting,) = walk.doors.doors.signed("GET", "/v1/clinic/accounts/held", clinic="havnen").json["items"]
    assert waiting["reason"] == "address"
    clock.now += timedelta(hours=24)
    walk.log_in(password=ALICE.password)
    assert walk.doors.get("/v1/clinics/havnen/medicines").status_code == 200


@pytest.mark.rule("REC-6")
@pytest.mark.parametrize(
    ("who", "clinic"),
    [(DAVID, "nygade"), (BOB, "havnen"), (CARLA, "nygade")],
    ids=["nobody", "elsewhere", "not here"],
)
@pytest.mark.parametrize(("method", "path"), [("PUT", PATH), ("POST", "/v1/clinic/accounts/confirmation")])
def test_a_clinic_reaches_no_account_but_its_own_patients(sqlite_walk, who, clinic, method, path):
    content = {"cpr": who.digits} | ({"email": NEW_ADDRESS} if method == "PUT" else {})
    before = sqlite_walk.doors.rows()
    answer = sqlite_walk.doors.doors.signed(method, path, sqlite_walk.doors.doors.call(**content), clinic=clinic)
    assert answer.status_code == 404
    assert sqlite_walk.doors.rows() == before


@pytest.mark.rule("REC-6")
@pytest.mark.parametrize("email", ["alice", "a b@c.dk", "a@b@c", "", "a@" + "b" * 255])
def test_what_is_no_address_is_refused_and_not_said_back(sqlite_walk, email):
    answer = change(sqlite_walk, email=email)
    assert (answer.status_code, answer.json["field"]) == (422, "/content/email")
    assert not email or email not in answer.text
    assert sqlite_walk.house.rows(INBOX) == sqlite_walk.house.rows(ADDRESS_NOTICE) == []


@pytest.mark.rule("REC-6", "I7")
def test_the_told_addresses_are_sealed_and_forgotten_with_the_next_change_a_month_later(walk, clock):
    change(walk)
    walk.work()
    held = repr([*walk.house.rows(ADDRESS_NOTICE), *walk.house.rows(ACCOUNT), *walk.house.rows(OUTBOX)])
    assert ALICE.email not in held
    assert NEW_ADDRESS not in held
    clock.now += timedelta(days=31)
    change(walk, email="third@elsewhere.test")
    kept = [row.email_sealed is not None for row in walk.house.rows(ADDRESS_NOTICE)]
    assert sorted(kept) == [False, False, True, True]
