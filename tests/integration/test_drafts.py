"""What is typed and not sent: kept sealed, overwritten only by who has read it, gone once it is sent (NEW-22)."""

from datetime import timedelta
from uuid import UUID

import pytest

from storage.drafts import KEPT
from storage.housekeeping import sweep
from storage.merging import merge
from storage.models import REQUEST
from storage.writing_registers import DRAFT
from tests.patient_doors import PatientDoors
from tests.people import BOB

PATH = "/v1/clinics/nygade/drafts/e_kons"
TYPED = {"text": "Jeg har haft \U0001f600 ondt i " + "x" * 6000, "practitioner": None}


@pytest.fixture
def doors(house, passwords):
    found = PatientDoors(house, passwords)
    found.doors.patient()
    return found


def save(doors, content, version=0, **particulars):
    return doors.call("PUT", PATH, {"content": content}, If_Match=f'"{version}"', **particulars)


@pytest.fixture
def alice(doors):
    return {"who": next(iter(doors.doors.tokens))}


@pytest.mark.rule("NEW-22")
def test_a_draft_is_kept_as_it_was_typed_and_is_the_patients_alone(doors, alice):
    assert doors.get(PATH).status_code == 404
    assert save(doors, TYPED, **alice).json == {"version": 1}
    found = doors.get(PATH)
    assert (found.json["content"], found.headers["ETag"]) == (TYPED, '"1"')
    assert doors.get(PATH, BOB).status_code == 404
    assert doors.get("/v1/clinics/havnen/drafts/e_kons").status_code == 404
    assert b"ondt" not in doors.house.rows(DRAFT)[0].sealed
    assert doors.call("DELETE", PATH, **alice).status_code == 204
    assert doors.house.rows(DRAFT) == []


@pytest.mark.rule("LAW-6")
def test_a_draft_is_in_what_a_patient_takes_along_and_follows_who_becomes_one(doors, alice):
    doors.call("PUT", PATH, {"content": {"text": "Bob's."}}, If_Match='"0"', who=BOB)
    assert doors.get("/v1/me/export").json["account"]["drafts"] == []
    house = doors.house
    with house.database.writing() as connection:
        ids = {"survivor": house.people[alice["who"]], "other": house.people[BOB]}
        assert merge(connection, house.keyring, now=house.clock(), **ids)
    [draft] = doors.get("/v1/me/export").json["account"]["drafts"]
    assert (draft["clinic"], draft["kind"], draft["content"]) == ("nygade", "e_kons", {"text": "Bob's."})
    assert doors.get(PATH).json["content"] == {"text": "Bob's."}


@pytest.mark.rule("NEW-22")
def test_nothing_typed_elsewhere_is_overwritten_unseen(doors, alice):
    save(doors, {"text": "On the phone."}, **alice)
    for stale in (0, 7):
        assert save(doors, {"text": "On the desk."}, stale, **alice).status_code == 412
    assert doors.call("PUT", PATH, {"content": {}}, **alice).status_code == 428
    assert doors.get(PATH).json["content"] == {"text": "On the phone."}
    assert save(doors, {"text": "On the desk."}, 1, **alice).json == {"version": 2}


@pytest.mark.rule("NEW-22")
def test_a_draft_outlives_a_change_of_settings_and_goes_once_it_is_sent(doors, alice):
    save(doors, {"text": "A long question."}, **alice)
    doors.house.settings(longest_text=5)
    sent = {"method": "POST", "path": "/v1/clinics/nygade/requests/e_kons", "body": {"text": "A long question."}}
    refused = doors.call(sent["method"], f"{sent['path']}?draft=1", sent["body"], Idempotency_Key="k" * 20, **alice)
    assert refused.json["code"] == "text_too_long"
    assert doors.get(PATH).json["content"] == {"text": "A long question."}
    doors.house.settings(longest_text=400)
    for draft, kept in ((7, 1), (1, 0)):  # another version was typed meanwhile elsewhere, and stays
        body = {"text": f"A long question, {draft}."}
        key = f"key-of-draft-number-{draft}"
        answer = doors.call(sent["method"], f"{sent['path']}?draft={draft}", body, Idempotency_Key=key, **alice)
        assert answer.status_code == 202
        assert len(doors.house.rows(DRAFT)) == kept


def test_a_draft_is_small_and_of_a_kind_that_there_is(doors, alice):
    huge = save(doors, {"text": "x" * 70_000}, **alice)
    assert (huge.status_code, huge.json["errors"][0]["code"]) == (422, "draft_too_large")
    for kind in ("recovery", "nothing"):
        path = f"/v1/clinics/nygade/drafts/{kind}"
        assert doors.call("PUT", path, {"content": {}}, If_Match='"0"', **alice).status_code == 404
    assert doors.house.rows(DRAFT) == []


def test_a_draft_that_nobody_comes_back_to_is_swept(doors, alice, clock):
    save(doors, {"text": "Forgotten."}, **alice)
    clock.now += KEPT
    sweep(doors.house.database)
    assert len(doors.house.rows(DRAFT)) == 1
    clock.now += timedelta(seconds=1)
    sweep(doors.house.database)
    assert doors.house.rows(DRAFT) == []


@pytest.mark.rule("NEW-23")
def test_the_same_words_while_the_first_wait_are_the_same_request_with_a_hint(doors):
    first = doors.submit("e_kons", {"text": "My  throat is sore."}).json
    again = doors.submit("e_kons", {"text": "My throat is sore. "}, key="again-and-again-1", Accept_Language="en")
    assert (again.status_code, again.json["id"]) == (202, first["id"])
    assert again.headers["Location"] == f"/v1/requests/{first['id']}"
    assert again.json["hint"].startswith("You have sent the same before")
    repeated = doors.submit("e_kons", {"text": "My throat is sore. "}, key="again-and-again-1")
    assert (repeated.json["id"], repeated.headers["Idempotent-Replay"]) == (first["id"], "true")
    assert len(doors.house.rows(REQUEST)) == 1
    other = doors.submit("e_kons", {"text": "My ear is sore."})
    assert "hint" not in other.json
    doors.house.delivered(UUID(first["id"]))
    doors.house.answer(UUID(first["id"]))
    assert doors.submit("e_kons", {"text": "My throat is sore."}).json["id"] not in {first["id"], other.json["id"]}
