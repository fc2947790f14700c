"""A form before a visit: defined by the clinic, answered by the patient, filed in WinPLC (BOO-10)."""

import pytest

from storage.history import SYSTEM
from storage.models import MESSAGE, OUTBOX
from storage.parcels import Parcels
from tests.builders import PATIENT
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.catalogue import CATALOGUE
from workflows.visit_forms import Answers

QUESTIONS = [
    {"key": "smokes", "kind": "yes_no", "da": "Ryger du?", "en": "Do you smoke?", "required": True},
    {"key": "note", "kind": "text", "da": "Andet?", "en": "Anything else?"},
]
SECRET_WORD = "hjertebanken"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def define(doors, questions=QUESTIONS, reason="consultation"):
    body = doors.doors.call(questions=questions)
    return doors.doors.signed("PUT", f"/v1/clinic/visit-forms/{reason}", body)


def confirmed(house, who=ALICE):
    booking = house.delivered(house.booking("slot-1", who=who))
    house.say(booking, "confirm", message_id="M-1")
    return house.notified(booking)


@pytest.mark.rule("BOO-10", "PAT-3")
def test_a_form_is_defined_answered_changed_and_filed(doors):
    house = doors.house
    assert define(doors).json["version"] == 1
    booking = confirmed(house)
    house.settings(services={"booking": "off"})
    form = doors.get(f"/v1/requests/{booking}/form", Accept_Language="en").json
    assert [each["text"] for each in form["questions"]] == ["Do you smoke?", "Anything else?"]
    assert (form["version"], form["answers"], form["answered_at"]) == (1, {}, None)
    first = {"version": 1, "answers": {"smokes": False, "note": SECRET_WORD}}
    assert doors.post(f"/v1/requests/{booking}/fill_form", first).status_code == 200
    second = {"version": 1, "answers": {"smokes": True}}
    assert doors.post(f"/v1/requests/{booking}/fill_form", second).status_code == 200
    assert doors.get(f"/v1/requests/{booking}/form").json["answers"] == {"smokes": True}
    assert house.walked(booking)[-2:] == ["fill_form", "fill_form"]
    assert house.outbox(booking)[-2:] == [("file_form", None)] * 2
    assert _filed(house, booking) == first | {"trigger": "fill_form"}
    assert not [row for row in house.rows(MESSAGE) if SECRET_WORD.encode() in (row.sealed or b"")]


@pytest.mark.rule("BOO-10", "BOO-15")
@pytest.mark.parametrize(
    ("required", "fills", "due"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_the_reminder_names_a_form_that_must_be_filled_in_and_is_not(doors, required, fills, due):
    house = doors.house
    define(doors, [QUESTIONS[0] | {"required": required}])
    booking = confirmed(house)
    if fills:
        doors.post(f"/v1/requests/{booking}/fill_form", {"version": 1, "answers": {"smokes": False}})
    house.advance(booking, "remind", actor=SYSTEM)
    rows = house.rows(OUTBOX, OUTBOX.c.letter == "appointment_reminder")
    _, letter = house.worker.claim(rows[0].id, Parcels(house.keyring, CATALOGUE, house.clock).letter)
    assert letter.form_due is due


@pytest.mark.rule("BOO-10")
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(doors):
    house = doors.house
    define(doors)
    booking = confirmed(house)
    before = doors.rows()
    for body, status, code in (
        ({"version": 1, "answers": {"smokes": "nej"}}, 422, "answer_of_another_kind"),
        ({"version": 1, "answers": {}}, 422, "answer_missing"),
        ({"version": 7, "answers": {"smokes": True}}, 409, "form_changed"),
    ):
        answer = doors.post(f"/v1/requests/{booking}/fill_form", body)
        assert (answer.status_code, answer.json["code"]) == (status, code)
    good = {"version": 1, "answers": {"smokes": True}}
    assert doors.post(f"/v1/requests/{booking}/fill_form", good, BOB).status_code == 404
    assert doors.get(f"/v1/requests/{booking}/form", BOB).status_code == 404
    house.clock.now = house.request(booking).slot_start
    late = house.advance(booking, "fill_form", Answers.model_validate(good), PATIENT)
    assert late.rule.code == "form_closed"
    assert doors.rows() | {"log_in": 0} == before | {"log_in": 0}


@pytest.mark.rule("BOO-10")
def test_an_appointment_without_a_form_has_none(doors):
    form = doors.get(f"/v1/requests/{confirmed(doors.house)}/form").json
    assert (form["version"], form["questions"]) == (0, [])


def _filed(house, booking):
    """Claim the first form that is owed, and return what a worker would tell WinPLC."""
    row = house.owed(booking)
    parcels = Parcels(house.keyring, CATALOGUE, house.clock)
    _, parcel = house.worker.claim(row.id, parcels.parcel)
    return dict(parcel.content()) | {"trigger": parcel.trigger}
