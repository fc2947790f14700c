"""Every log-in, tried or made, is in the access log: for whom, from where, how it went; never the number (LAW-8)."""

import pytest

from storage.registers import ACCESS
from tests.patient_doors import PatientDoors
from tests.people import ALICE, DAVID


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def noted(house):
    rows = sorted(house.rows(ACCESS), key=lambda row: row.id)
    return [(row.actor_kind, row.act, row.outcome, row.person_id) for row in rows]


@pytest.mark.rule("LAW-8", "V45")
def test_a_log_in_and_what_failed_before_it_are_noted_with_where_they_came_from(doors):
    house, alice = doors.house, doors.house.people[ALICE]
    doors.begin(password="Wrong-2026")
    attempt = doors.begin().json["attempt"]
    doors.complete(attempt, "000000" if not attempt.endswith("0") else "000001")
    doors.complete(attempt)
    assert noted(house) == [
        ("anyone", "patient.session.begin", "refused", alice),
        ("patient", "patient.session.begin", "begun", alice),
        ("anyone", "patient.session.enter", "code_wrong", alice),
        ("patient", "patient.session.enter", "ok:password+code", alice),
    ]
    for row in house.rows(ACCESS):
        assert row.net
        assert row.corr
        assert row.purpose == "log-in"
        assert ALICE.digits not in str(tuple(row))


@pytest.mark.rule("LAW-8", "LOG-4")
def test_a_number_that_nobody_has_leaves_a_row_like_a_wrong_password(doors):
    doors.complete(doors.begin(DAVID).json["attempt"])
    assert noted(doors.house) == [
        ("anyone", "patient.session.begin", "refused", None),
        ("anyone", "patient.session.enter", "code_wrong", None),
    ]
    assert DAVID.digits not in str(doors.house.rows(ACCESS))


@pytest.mark.rule("NEW-6")
def test_a_patient_sees_the_tries_on_the_own_account(doors):
    doors.begin(password="Wrong-2026")
    shown = doors.get("/v1/me/accesses", Accept_Language="en").json["items"]
    assert [(each["who"], each["act"], each["outcome"]) for each in shown] == [
        ("anyone", "patient.session.begin", "refused")
    ]
