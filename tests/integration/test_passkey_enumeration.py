"""A log-in tells nobody who has a passkey or an app, who is a patient, or whether a password fits."""

from uuid import uuid4

import pytest

from tests.passkey_device import PasskeyDevice
from tests.passkey_doors import begun, ids, options_of, registered, shown
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


@pytest.mark.rule("LOG-4", "V26")
def test_what_a_browser_is_asked_tells_nothing_of_the_person(sqlite_doors):
    """Ids follow from the number alone: a right password shows none that a wrong one does not."""
    device = registered(sqlite_doors)
    claims = {
        "has a passkey": (ALICE, {}),
        "its wrong password": (ALICE, {"password": "Wrong-2026-x"}),
        "has none": (BOB, {}),
        "its wrong password too": (BOB, {"password": "Wrong-2026-x"}),
        "has MitID": (CARLA, {"clinic": "havnen"}),
        "is nobody": (DAVID, {}),
    }
    asked = {name: begun(sqlite_doors, who, **changes)[1] for name, (who, changes) in claims.items()}
    assert len({tuple(options) for options in asked.values()}) == 1
    bare = [{name: value for name, value in options.items() if name in {"rpId", "timeout", "userVerification"}}
            for options in asked.values()]  # fmt: skip
    assert bare[1:] == bare[:-1]
    assert ids(asked["has a passkey"]) == ids(asked["its wrong password"]) == [device.create({
        "user": {"id": "AAAA"}, "rp": {"id": "localhost"}, "challenge": "AAAA"})["id"]]  # fmt: skip
    assert ids(asked["has none"]) == ids(asked["its wrong password too"])
    assert len({tuple(ids(options)) for options in asked.values()}) == 4
    assert ids(asked["is nobody"]) == ids(begun(sqlite_doors, DAVID)[1]), "a decoy stays the same"


@pytest.mark.rule("LOG-4", "V26")
def test_an_attempt_that_ended_or_never_was_is_asked_like_any(sqlite_doors):
    ended, asked = begun(sqlite_doors)
    sqlite_doors.begin()
    assert ids(options_of(sqlite_doors, ended)) == ids(asked)
    assert len(ids(options_of(sqlite_doors, str(uuid4())))) in {1, 2}


@pytest.mark.rule("LOG-4", "V26")
def test_a_refusal_of_the_second_step_is_the_same_for_everybody(sqlite_doors):
    device = registered(sqlite_doors)
    stranger = PasskeyDevice()
    bodies = set()
    for who, changes in ((ALICE, {}), (ALICE, {"password": "Wrong-2026-x"}), (BOB, {}), (DAVID, {})):
        attempt, options = begun(sqlite_doors, who, **changes)
        answer = shown(sqlite_doors, attempt, stranger.get(options))
        bodies.add((answer.status_code, answer.text.replace(answer.json["request_id"], "-")))
    attempt, options = begun(sqlite_doors, password="Wrong-2026-x")
    answer = shown(sqlite_doors, attempt, device.get(options))
    bodies.add((answer.status_code, answer.text.replace(answer.json["request_id"], "-")))
    assert len(bodies) == 1


@pytest.mark.rule("LOG-4", "V26")
def test_both_steps_of_a_log_in_answer_everybody_with_the_same_bytes(sqlite_doors):
    registered(sqlite_doors)
    wrong = {"password": "Wrong-2026-x"}
    claims = {
        "has a passkey": (ALICE, {}),
        "its wrong password": (ALICE, wrong),
        "gets a mailed code": (BOB, {}),
        "its wrong password too": (BOB, wrong),
        "is not marked": (CARLA, {"clinic": "havnen"}),
        "is another clinic's": (BOB, {"clinic": "havnen"}),
        "is nobody": (DAVID, {}),
    }
    firsts, seconds = set(), set()
    for who, changes in claims.values():
        first = sqlite_doors.begin(who, **changes)
        second = sqlite_doors.complete(first.json["attempt"], "000000")
        firsts.add(_bare(first, first.json["attempt"]))
        seconds.add(_bare(second, second.json["request_id"]))
    assert [len(firsts), len(seconds)] == [1, 1]


def _bare(answer, identifier):
    """Return all that is said, ids of its own and the count of the caller's own calls aside."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "ratelimit"}}
    return answer.status_code, answer.text.replace(identifier, "-"), str(sorted(headers.items()))
