"""That a message was read: said and not concluded, counted at once, told to the clinic, shown on the timeline."""

import pytest

from storage.models import MESSAGE, OUTBOX
from storage.parcels import Parcels
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.catalogue import CATALOGUE


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def threads(doors):
    return doors.get("/v1/threads").json


def whole(doors, thread):
    return doors.get(f"/v1/threads/{thread}").json


@pytest.mark.rule("EKO-5")
def test_what_is_unread_is_counted_when_asked_whatever_was_read_in_between(doors):
    house = doors.house
    first = house.delivered(house.e_kons())
    house.answer(first, 1)
    house.answer(first, 2)
    found = whole(doors, first)
    one, two = (each["id"] for each in found["messages"] if each["author"] == "clinic")
    unread = lambda: (threads(doors)["items"][0]["unread"], doors.get("/v1/me").json["clinics"][1]["unread"])  # noqa: E731
    assert unread() == (2, 2)
    assert doors.post("/v1/messages/read", {"messages": [one]}).status_code == 200
    assert unread() == (1, 1)
    # An answer that came after the page was made is not read by what was shown before it.
    house.answer(first, 3)
    assert doors.post("/v1/messages/read", {"messages": [one, two]}).status_code == 200
    assert unread() == (1, 1)


@pytest.mark.rule("EKO-6")
def test_looking_is_not_reading_not_even_ahead(doors):
    first = doors.house.delivered(doors.house.e_kons())
    doors.house.answer(first)
    for path in (f"/v1/threads/{first}", f"/v1/requests/{first}", "/v1/threads"):
        assert doors.get(path).status_code == 200
        assert doors.call("HEAD", path, who=ALICE).status_code == 200
    assert {row.read_at for row in doors.house.rows(MESSAGE)} == {None}


@pytest.mark.rule("EKO-6")
def test_the_clinic_is_told_once_of_each_message_when_it_was_first_read(doors, clock):
    house = doors.house
    first = house.delivered(house.e_kons())
    house.answer(first)
    [answer] = house.rows(MESSAGE, MESSAGE.c.clinic_message.is_not(None))
    clock.tick(60)
    at = clock()
    for _ in range(2):
        assert doors.post("/v1/messages/read", {"messages": [str(answer.id)]}).status_code == 200
        clock.tick(60)
    [row] = house.rows(OUTBOX, OUTBOX.c.effect == "tell_winplc_it_was_read")
    _work, told = house.worker.claim(row.id, Parcels(house.keyring, CATALOGUE, clock).reading)
    assert (told.to.slug, told.message, told.at) == ("nygade", "M-000001", at)


def test_reading_what_is_not_theirs_marks_nothing(doors):
    house = doors.house
    mine, his = house.delivered(house.e_kons()), house.delivered(house.e_kons(who=BOB))
    house.answer(mine, 1)
    house.answer(his, 2)
    answers = [str(row.id) for row in house.rows(MESSAGE, MESSAGE.c.author == "clinician")]
    assert doors.post("/v1/messages/read", {"messages": answers}).status_code == 404
    assert {row.read_at for row in house.rows(MESSAGE)} == {None}
    assert house.rows(OUTBOX, OUTBOX.c.effect == "tell_winplc_it_was_read") == []


@pytest.mark.rule("NEW-3")
def test_the_timeline_tells_who_handled_it_by_role_and_when_it_was_read(doors, clock):
    house = doors.house
    request = house.delivered(house.e_kons())
    house.say(request, "open")
    house.answer(request)
    house.notified(request)
    clock.tick(60)
    [answer] = house.rows(MESSAGE, MESSAGE.c.author == "clinician")
    doors.post("/v1/messages/read", {"messages": [str(answer.id)]})
    steps = doors.get(f"/v1/requests/{request}/timeline", Accept_Language="en").json["steps"]
    assert [(step["trigger"], step["role"]) for step in steps] == [
        ("submit", None), ("delivered", None), ("open", "doctor"), ("answer", "doctor"), ("notified", None),
        ("read", None),
    ]  # fmt: skip
    assert (steps[-1]["sentence"], steps[-1]["state"]) == ("Patient: reads.", "notified")
