"""The clinic offers other times, or its calendar has given the time away: the patient chooses again in one step."""

from uuid import UUID

import pytest

from storage.calendar_registers import SLOT_HOLD
from storage.models import OUTBOX, REQUEST
from tests.calendars import slot, sync
from tests.integration.test_not_reached import notify
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workers.deliver import Deliver
from workers.winplc import WinPlcFailedError
from workflows.delivery import Failure

OTHERS = ["slot-2", "slot-3"]


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _offered(doors, slots=OTHERS, key="slot-1"):
    request = doors.house.delivered(doors.house.booking(key))
    answer = doors.doors.tell(request, "offer", message_id=f"M-{key}", reason="Optaget.", slots=slots)
    return request, answer


def _book(doors, key, who=BOB):
    return doors.submit("booking", {"slot": key, "reason": "consultation"}, who=who)


def _accept(doors, request, key):
    return doors.post(f"/v1/requests/{request}/accept", {"slot": key})


@pytest.mark.rule("BOO-4")
def test_an_offered_time_is_held_for_the_patient_and_accepted_in_one_step(doors):
    request, answer = _offered(doors)
    assert answer.status_code == 200, answer.text
    whole = doors.get(f"/v1/requests/{request}").json
    assert whole["outcome"] == "other_time_offered"
    assert [(each["key"], each["free"], each["held_until"]) for each in whole["offered"]] == [
        ("slot-2", True, "2026-11-24T09:00:00Z"),
        ("slot-3", True, "2026-11-24T09:00:00Z"),
    ]
    assert whole["actions"]["accept"] == {"allowed": True}
    assert _book(doors, "slot-2").status_code == 409, "held for who it was offered to"
    assert _book(doors, "slot-1").status_code == 202, "the time that was asked for is given up"
    accepted = _accept(doors, request, "slot-3")
    assert (accepted.status_code, accepted.json["state"]) == (200, "submitted")
    assert accepted.json["replaces"] == str(request)
    new = doors.house.request(UUID(accepted.json["id"]))
    assert (new.slot, new.slot_held, new.practitioner, new.thread_id) == ("slot-3", True, "hansen", request)
    assert doors.house.state(request) == "moved"
    assert doors.house.owed(new.id).effect == "file_in_winplc"
    assert _book(doors, "slot-2").status_code == 202, "what was not chosen is free again"
    again = _accept(doors, request, "slot-2")
    assert (again.status_code, again.json["code"]) == (409, "not_applicable")


@pytest.mark.rule("BOO-4")
def test_an_offer_ends_after_a_day_and_can_be_accepted_while_the_time_is_free(doors, clock):
    request, _ = _offered(doors)
    clock.tick(24 * 3600)
    doors.doors.tokens.clear()
    assert _book(doors, "slot-2").status_code == 202
    gone = _accept(doors, request, "slot-2")
    assert (gone.status_code, gone.json["code"], gone.json["layer"]) == (409, "offer_lapsed", "calendar")
    assert gone.json["free_times"]
    assert doors.house.state(request) == "answered"
    assert [each["free"] for each in doors.get(f"/v1/requests/{request}").json["offered"]] == [False, True]
    assert _accept(doors, request, "slot-3").status_code == 200


@pytest.mark.rule("BOO-4")
def test_only_what_was_offered_is_accepted(sqlite_doors):
    request, _ = _offered(sqlite_doors)
    refused = _accept(sqlite_doors, request, "slot-7")
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (422, "not_offered_to_you", "/slot")
    declined = sqlite_doors.house.delivered(sqlite_doors.house.booking("slot-5"))
    sqlite_doors.doors.tell(declined, "decline", message_id="M-9", reason="Ring.")
    assert _accept(sqlite_doors, declined, "slot-2").json["code"] == "not_offered_to_you"
    assert len(sqlite_doors.house.rows(REQUEST)) == 2


@pytest.mark.parametrize(
    ("slots", "status", "code"),
    [
        (["slot-2", "slot-2"], 422, "slot_twice"),
        ([], 422, "too_short"),
        ([f"slot-{number}" for number in range(11)], 422, "too_long"),
        (["slot-2", "nowhere"], 409, "offer_not_free"),
        (["slot-2", "slot-8"], 409, "offer_not_free"),
        (["slot-2", "past"], 409, "offer_not_free"),
    ],
    ids=str,
)
def test_an_offer_that_cannot_be_kept_is_refused_whole(sqlite_doors, slots, status, code):
    sync(sqlite_doors.house, slot("past", at=(2026, 11, 23, 9)))
    _book(sqlite_doors, "slot-8")
    request, answer = _offered(sqlite_doors, slots)
    assert answer.status_code == status, answer.text
    assert code in {answer.json["code"], *(each["code"] for each in answer.json.get("errors", ()))}
    assert sqlite_doors.house.state(request) == "delivered"
    assert [row.slot for row in sqlite_doors.house.rows(SLOT_HOLD) if row.until > sqlite_doors.house.clock()] == []


@pytest.mark.rule("BOO-4")
def test_one_time_is_not_offered_to_two(sqlite_doors):
    _offered(sqlite_doors)
    second = sqlite_doors.house.delivered(sqlite_doors.house.booking("slot-5", who=BOB))
    refused = sqlite_doors.doors.tell(second, "offer", message_id="M-2", reason="Optaget.", slots=["slot-3"])
    assert (refused.status_code, refused.json["code"]) == (409, "offer_not_free")


class Phoned:
    """A WinPLC in which somebody who phoned has the time already, or whose calendar has it no longer."""

    def __init__(self, code):
        self._code = code

    def file(self, _message, _parcel):
        raise WinPlcFailedError(self._code, permanent=True)


@pytest.mark.rule("BOO-3")
@pytest.mark.parametrize("code", ["slot_taken", "unknown_slot"])
def test_what_the_phone_was_first_to_is_told_and_not_tried_again(sqlite_house, code):
    house = sqlite_house
    request, question = house.booking("slot-1"), house.e_kons()
    for each in (request, question):
        Deliver(notify(house, None)._crew, Phoned(code))(house.owed(each).id)
    assert (house.state(request), house.request(request).outcome) == ("answered", "taken_by_clinic")
    assert not house.request(request).slot_held
    assert {row.state for row in house.rows(OUTBOX, OUTBOX.c.request_id == request)} == {"done", "due"}
    assert house.state(question) == "undeliverable", "only what wants a time can lose one"


@pytest.mark.rule("BOO-3")
def test_a_time_that_the_clinics_calendar_gave_away_meanwhile_is_the_clinics(doors):
    house = doors.house
    request = house.booking("slot-1")
    house.carry_out(request, "displaced", Failure(reason="slot_taken"))
    row = house.request(request)
    assert (row.state, row.outcome, row.slot_held) == ("answered", "taken_by_clinic", False)
    assert house.outbox(request)[-1] == ("mail", "appointment_news")
    house.notified(request)
    timeline = doors.get(f"/v1/requests/{request}/timeline", Accept_Language="en").json["steps"]
    assert "the time was taken in the clinic's calendar" in timeline[1]["sentence"]
    assert _book(doors, "slot-4", ALICE).status_code == 202
