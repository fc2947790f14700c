"""The clinic's words at the doors: applied once, refused with nothing left behind, and never another clinic's."""

import pytest

from identity.webhooks import new_secret
from storage.models import INBOX, REQUEST
from storage.operations import rotate_secret
from tests.builders import call_at_once
from tests.knocking import STAFF, Doors
from tests.people import BOB, CARLA, DAVID
from workflows.vocabulary import State

RECEIPT = {"reference": "W-000001", "journal_copy": "J-000001"}
ANSWER = {"message_id": "M-000001", "text": "Ja, det må du gerne."}


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


@pytest.mark.rule("EKO-8")
def test_the_receipt_and_the_answer_are_applied(doors):
    request = doors.house.e_kons()
    assert doors.tell(request, "receipt", **RECEIPT).json == {"request": str(request), "state": "delivered"}
    assert doors.house.request(request).journal_copy == "J-000001"
    answered = doors.tell(request, "answer", **ANSWER)
    assert (answered.status_code, answered.json["state"]) == (200, "answered")
    assert doors.house.walked(request) == ["submit", "delivered", "answer"]
    said = doors.house.history(request)[-1]
    assert b'"auth":"vouched:doctor","id":"s1","kind":"clinician"' in said.body


@pytest.mark.rule("F20")
def test_an_answer_before_the_receipt_records_the_arrival_first(doors):
    request = doors.house.e_kons()
    assert doors.tell(request, "answer", **ANSWER).json["state"] == "answered"
    assert doors.tell(request, "receipt", **RECEIPT).status_code == 200
    assert doors.house.walked(request) == ["submit", "delivered", "answer"]


@pytest.mark.rule("F19")
def test_ten_arrivals_at_once_are_one_answer(doors):
    request = doors.house.delivered(doors.house.e_kons())
    calls = [lambda: doors.tell(request, "answer", "evt-1", **ANSWER)] * 10
    replies = call_at_once(calls)
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.text for reply in replies}) == 1
    assert doors.house.walked(request).count("answer") == 1
    assert len(doors.house.rows(INBOX)) == 1


@pytest.mark.rule("F21")
@pytest.mark.parametrize("moved", [-8 * 24 * 3600, -301, 301, 24 * 3600])
def test_a_new_message_far_from_now_is_refused_and_a_known_one_is_answered_alike(doors, moved):
    request = doors.house.e_kons()
    first = doors.tell(request, "receipt", "evt-1", **RECEIPT)
    before = doors.kept()
    assert doors.tell(request, "receipt", "evt-1", moved=moved, **RECEIPT).json == first.json
    refused = doors.tell(request, "answer", moved=moved, **ANSWER)
    assert (refused.status_code, refused.json["code"]) == (400, "timestamp_stale")
    assert refused.json["field"] == "webhook-timestamp"
    assert doors.kept() == before


@pytest.mark.rule("F21")
@pytest.mark.parametrize("moved", [-300, 300])
def test_five_minutes_off_is_still_now(doors, moved):
    assert doors.tell(doors.house.e_kons(), "receipt", moved=moved, **RECEIPT).status_code == 200


@pytest.mark.rule("F21")
def test_a_known_message_cannot_say_something_else(doors):
    request, other = doors.house.e_kons(), doors.house.e_kons("Another question.")
    doors.tell(request, "receipt", "evt-1", **RECEIPT)
    before = doors.kept()
    tries = [
        doors.tell(request, "receipt", "evt-1", reference="W-000002", journal_copy="J-000001"),
        doors.tell(request, "answer", "evt-1", **ANSWER),
        doors.tell(other, "receipt", "evt-1", **RECEIPT),
    ]
    assert [(each.status_code, each.json["code"]) for each in tries] == [(422, "key_reused")] * 3
    assert doors.kept() == before


@pytest.mark.rule("F22")
def test_a_forged_call_is_refused_and_recorded(doors):
    request = doors.house.e_kons()
    before, path = doors.kept(), f"/v1/clinic/requests/{request}/receipt"
    body = doors.call(**RECEIPT)
    forged = doors.signed("POST", path, body, secret=new_secret())
    unknown = doors.signed("POST", path, body, clinic="elsewhere")
    assert [(each.status_code, each.json["code"]) for each in (forged, unknown)] == [(401, "signature_wrong")] * 2
    assert doors.kept() == before
    assert doors.accesses() == [("anyone", "clinic.request.tell", "signature_wrong")] * 2


@pytest.mark.rule("F22")
def test_a_changed_body_breaks_the_signature(doors):
    path = f"/v1/clinic/requests/{doors.house.e_kons()}/receipt"
    sent = doors.signed("POST", path, doors.call(**RECEIPT), message="evt-1")
    assert sent.status_code == 200
    headers = {"webhook-id": "evt-2"}
    assert doors.signed("POST", path, doors.call(**RECEIPT), message="evt-1", **headers).status_code == 401


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature", "webhook-clinic"])
@pytest.mark.parametrize("value", ["", "x" * 3000, "v1,æ", "1e9"])
def test_a_malformed_header_is_no_signature(doors, name, value):
    path = f"/v1/clinic/requests/{doors.house.e_kons()}/receipt"
    before = doors.kept()
    refused = doors.signed("POST", path, doors.call(**RECEIPT), **{name: value})
    assert refused.status_code == 401
    assert refused.json["code"] in {"signature_missing", "signature_wrong"}
    assert doors.kept() == before


@pytest.mark.rule("F22")
def test_the_old_secret_holds_only_for_the_overlap(doors):
    house = doors.house
    with house.database.writing() as connection:
        fresh = rotate_secret(connection, house.keyring, house.new_id, "nygade", house.clock())
    path = "/v1/clinic/settings"
    assert doors.signed("GET", path).status_code == 200
    assert doors.signed("GET", path, secret=fresh).status_code == 200
    house.clock.tick(7 * 24 * 3600)
    assert doors.signed("GET", path).status_code == 401
    assert doors.signed("GET", path, secret=fresh).status_code == 200


@pytest.mark.rule("F22")
def test_another_clinics_request_is_not_there_and_the_try_is_recorded(doors):
    request = doors.house.e_kons()
    before = doors.kept()
    refused = doors.tell(request, "answer", clinic="havnen", **ANSWER)
    missing = doors.tell(doors.house.new_id(), "answer", **ANSWER)
    assert [each.status_code for each in (refused, missing)] == [404, 404]
    assert refused.json.keys() == missing.json.keys()
    assert doors.kept() == before
    assert doors.accesses() == [("clinic", "clinic.answer", "refused")] * 2


def test_a_word_that_comes_too_late_is_kept_without_effect(doors):
    request = doors.house.delivered(doors.house.e_kons())
    doors.tell(request, "close", reason="Afsluttet.")
    late = doors.tell(request, "open", "evt-9")
    assert late.status_code == 202
    assert late.json == {"request": str(request), "state": "closed", "note": "not_applicable"}
    assert doors.tell(request, "open", "evt-9").json == late.json


def test_a_rule_that_refuses_leaves_nothing_and_says_why(doors):
    request = doors.house.delivered(doors.house.renewal("panodil", "metformin"))
    before = doors.kept()
    refused = doors.tell(request, "answer", message_id="M-1", text=None)
    assert (refused.status_code, refused.json["code"]) == (409, "items_undecided")
    assert refused.json["layer"] == "request"
    assert doors.kept() == before


def test_a_word_of_another_kind_or_role_has_no_door(doors):
    request = doors.house.e_kons()
    tries = [doors.tell(request, word) for word in ("confirm", "submit", "withdraw", "delivered", "notified", "x")]
    assert {each.status_code for each in tries} == {404}


@pytest.mark.rule("EKO-7")
def test_a_clinic_writes_to_its_own_patient_only(doors):
    def write(who, number, **more):
        words = {"message_id": f"M-{number}", "text": "Dine prøvesvar er fine.", "practitioner": "hansen"}
        body = doors.call(cpr=who.digits, **(words | more))
        return doors.signed("POST", "/v1/clinic/messages", body, message=f"evt-{number}")

    first = write(BOB, 1)
    assert (first.status_code, first.json["state"]) == (200, State.ANSWERED)
    assert write(BOB, 1).json == first.json
    (case,) = doors.house.rows(REQUEST)
    assert (str(case.id), case.practitioner, case.channel) == (first.json["request"], "hansen", "clinic")
    before = doors.kept()
    other_words = [write(CARLA, 1), write(BOB, 1, practitioner=None), write(BOB, 1, text="Nej.")]
    assert [each.json["code"] for each in other_words] == ["key_reused"] * 3
    assert [write(who, 2).status_code for who in (CARLA, DAVID)] == [404, 404]
    assert doors.kept() == before


def test_staff_are_vouched_for_by_every_call(doors):
    request = doors.house.e_kons()
    body = doors.call(**RECEIPT) | {"acting_staff": STAFF | {"role": "Doctor!"}}
    refused = doors.signed("POST", f"/v1/clinic/requests/{request}/receipt", body)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["field"] == "/acting_staff/role"
