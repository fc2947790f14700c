"""A lost telephone: the clinic ends its patient's second factors, under its signature, and the patient is told."""

import pytest

from storage.factor_registers import SECOND_FACTOR
from storage.models import OUTBOX
from storage.registers import ACCESS, LOG_IN
from tests.passkey_doors import begun, registered, shown
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, DAVID

RESET = "/v1/clinic/patients/factors/reset"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def reset(doors, who=ALICE, **particulars):
    return doors.doors.signed("POST", RESET, doors.doors.call(cpr=who.digits), **particulars)


@pytest.mark.rule("LOG-1", "V24", "V27")
def test_staff_end_a_lost_factor_and_the_patient_is_told(doors):
    registered(doors)
    device = registered(doors)
    attempt, options = begun(doors)
    answer = reset(doors, message="evt_reset")
    assert (answer.status_code, answer.json) == (200, {"ended": 2})
    assert reset(doors, message="evt_reset").json == {"ended": 2}, "a repeat is answered alike"

    assert doors.get("/v1/me").status_code == 401, "whoever has the telephone may be logged in with it"
    assert {row.ended_at for row in doors.house.rows(LOG_IN)} == {doors.house.clock()}
    assert shown(doors, attempt, device.get(options)).status_code == 401
    assert {row.sealed for row in doors.house.rows(SECOND_FACTOR)} == {None}
    assert [row.letter for row in doors.house.rows(OUTBOX)].count("factor_removed") == 1
    (seen,) = doors.house.rows(ACCESS, ACCESS.c.act == "clinic.factor.end")
    assert (seen.actor, seen.role, seen.person_id) == ("s1", "doctor", doors.house.people[ALICE])
    assert doors.complete(doors.begin().json["attempt"]).status_code == 200, "a mailed code serves again"


def test_without_a_factor_nothing_is_told(sqlite_doors):
    assert reset(sqlite_doors).json == {"ended": 0}
    assert sqlite_doors.house.rows(OUTBOX) == []


@pytest.mark.rule("V33")
@pytest.mark.parametrize(("who", "clinic"), [(BOB, "havnen"), (DAVID, "nygade")])
def test_a_clinic_ends_nothing_of_another_clinics_patient(sqlite_doors, who, clinic):
    registered(sqlite_doors, BOB)
    assert reset(sqlite_doors, who, clinic=clinic).status_code == 404
    assert [row.ended_at for row in sqlite_doors.house.rows(SECOND_FACTOR)] == [None]


def test_a_patient_cannot_ask_for_it(sqlite_doors):
    registered(sqlite_doors)
    assert sqlite_doors.post(RESET, {"cpr": ALICE.digits}).status_code == 403
    assert sqlite_doors.call("POST", RESET, {"cpr": ALICE.digits}).status_code == 401
