"""Warning signs: what is asked before an e-consultation, what a yes leads to, and what is kept of it (NEW-12)."""

from datetime import UTC, datetime

import pytest

from storage.models import MESSAGE, REQUEST
from storage.registers import ACCESS
from storage.writing_registers import STOPPED
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.warning_signs import DEFAULT

PATH = "/v1/clinic/warning-signs"
EVENING = datetime(2026, 11, 23, 18, tzinfo=UTC)


@pytest.fixture
def doors(house, passwords):
    found = PatientDoors(house, passwords)
    found.doors.patient()
    return found


def put(doors, *, version=0, **changes):
    signs = DEFAULT.model_dump(mode="json") | changes
    return doors.doors.signed("PUT", PATH, doors.doors.call(**signs), If_Match=f'"{version}"')


def prepared(doors, **headers):
    return doors.get("/v1/clinics/nygade/preparation", **headers).json


def answers(doors, *yes):
    asked = prepared(doors)["signs"]
    return {"version": asked["version"], "answers": {each["name"]: each["name"] in yes for each in asked["questions"]}}


def send(doors, signs=None, **headers):
    words = {"text": "My throat is sore."} | ({} if signs is None else {"signs": signs})
    return doors.submit("e_kons", words, **headers)


@pytest.mark.rule("NEW-12", "EKO-8", "EKO-13")
def test_before_writing_a_patient_reads_what_it_is_for_who_reads_it_and_is_asked(doors):
    found = prepared(doors, Accept_Language="en")
    assert found["told"][0].startswith("Write only about what can wait")
    assert "other staff of the clinic may read" in found["told"][1]
    assert (found["signs"]["set"], found["signs"]["version"], found["signs"]["required"]) == ("adult", 0, False)
    assert found["signs"]["questions"][0]["text"] == DEFAULT.adult[0].en
    assert (found["signs"]["if_yes"]["emergency"], found["signs"]["if_yes"]["phone"]) == ("112", "70 10 20 30")
    assert found["longest_text"] == 400


@pytest.mark.rule("NEW-12")
def test_where_it_is_required_nothing_is_sent_before_every_question_is_answered_no(doors):
    assert put(doors, required=True).json == {"version": 1}
    before = doors.rows()
    for signs in (None, {"version": 1, "answers": {}}, {"version": 1, "answers": {"chest_pain": False}}):
        refused = send(doors, signs)
        assert (refused.status_code, refused.json["code"]) == (422, "warning_signs_unanswered")
    assert doors.rows() == before
    sent = send(doors, answers(doors))
    assert sent.status_code == 202
    step = doors.house.history(doors.house.rows(REQUEST)[0].id)[0]
    assert b'"outcome":"signs_answered:1"' in step.body
    assert b"chest_pain" not in step.body
    [message] = doors.house.rows(MESSAGE)
    assert b"chest_pain" not in message.sealed


@pytest.mark.rule("NEW-12", "LAW-11")
@pytest.mark.parametrize(
    ("moment", "code", "out_of_hours"),
    [(None, "warning_sign", False), (EVENING, "warning_sign_out_of_hours", True)],
    ids=["by day", "in the evening"],
)
def test_a_yes_sends_nothing_and_says_whom_to_phone_by_the_hour(doors, clock, moment, code, out_of_hours):
    clock.now = moment or clock.now
    doors.doors.tokens.clear()  # log in at that hour
    put(doors, required=True, tell_clinic=True, out_of_hours_en="Phone 70 11 31 31.")
    refused = send(doors, answers(doors, "stroke"), Accept_Language="en")
    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert refused.json["next_step"].startswith("Phone 112 if life is in danger.")
    contact = refused.json["contact"]
    assert (contact["out_of_hours"], contact["advice"]) == (out_of_hours, "Phone 70 11 31 31.")
    assert doors.house.rows(REQUEST) == []
    assert f"refused:{code}" in {row.outcome for row in doors.house.rows(ACCESS)}
    stops = doors.doors.signed("GET", "/v1/clinic/stops").json["items"]
    assert [(each["cpr"], each["signs"], each["version"]) for each in stops] == [(ALICE.digits, ["stroke"], 1)]
    assert doors.doors.signed("GET", "/v1/clinic/stops", clinic="havnen").json["items"] == []
    assert b"stroke" not in doors.house.rows(STOPPED)[0].sealed


@pytest.mark.rule("NEW-12")
def test_a_clinic_that_does_not_want_to_know_is_not_told(doors):
    assert send(doors, answers(doors, "stroke")).json["code"] == "warning_sign"
    assert doors.house.rows(STOPPED) == []


@pytest.mark.rule("NEW-12")
def test_questions_that_changed_meanwhile_are_asked_again_and_nothing_is_half_done(doors):
    put(doors, required=True)
    old = answers(doors)
    signs = [{"name": "new_one", "da": "Har du feber?", "en": "Do you have a fever?"}]
    assert put(doors, version=0, required=True, adult=signs).status_code == 412
    assert put(doors, version=1, required=True, adult=signs).json == {"version": 2}
    before = doors.rows()
    refused = send(doors, old)
    assert (refused.status_code, refused.json["code"]) == (409, "warning_signs_changed")
    assert doors.rows() == before
    assert send(doors, answers(doors)).status_code == 202
    assert doors.doors.signed("GET", PATH).headers["ETag"] == '"2"'


def test_two_questions_of_one_name_are_refused(doors):
    twice = [{"name": "same", "da": "Ja?", "en": "Yes?"}] * 2
    refused = put(doors, adult=twice)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "named_twice")
