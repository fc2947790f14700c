"""Times in mails, only where the patient agreed: dated, taken back at will, neutral, with a file for the calendar."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from icalendar import Calendar

from notifications.transport import MemoryTransport
from storage.history import SYSTEM
from tests.integration.test_not_reached import notify
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.working_days import COPENHAGEN

PATH = "/v1/me/reminders"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def agree(doors, *, yes=True):
    answer = doors.call("PUT", PATH, {"minutes_before": 1440, "times_in_mail": yes}, ALICE)
    assert answer.status_code == 200
    return answer.json


def confirmed(house):
    booking = house.delivered(house.booking("slot-1"))
    house.say(booking, "confirm", message_id="M-1")
    return booking


def mail(house, request):
    """Send the request's mail; return its plain words and the calendar's entries that go along."""
    transport = MemoryTransport()
    notify(house, transport)(house.owed(request, "mail").id)
    [sent] = transport.mails
    parsed = message_from_bytes(sent.content, policy=policy.default)
    assert not parsed.defects
    files = [part.get_content() for part in parsed.iter_attachments()]
    assert not any("METHOD" in file for file in files)
    return parsed.get_body(("plain",)).get_content(), [Calendar.from_ical(file).walk("VEVENT")[0] for file in files]


def clock_of(house, request):
    return house.request(request).slot_start.astimezone(COPENHAGEN).strftime("%H.%M")


@pytest.mark.rule("NOT-2", "BOO-15")
def test_who_agreed_gets_the_time_and_one_entry_that_a_cancellation_cancels(doors):
    house = doors.house
    agree(doors)
    booking = confirmed(house)
    words, [first] = mail(house, booking)
    assert clock_of(house, booking) in words
    assert (str(first["CLASS"]), str(first["STATUS"])) == ("PRIVATE", "CONFIRMED")
    assert str(first["UID"]) == f"{house.request(booking).thread_id}@localhost"
    assert first["DTSTART"].dt == house.request(booking).slot_start
    assert str(first["SUMMARY"]) == "Aftale hos Lægerne Nygade"
    house.advance(booking, "remind", actor=SYSTEM)
    reminded, files = mail(house, booking)
    assert clock_of(house, booking) in reminded
    assert files == []
    house.say(booking, "cancel_by_clinic", message_id="M-off", reason="Syg.")
    cancelled, [last] = mail(house, booking)
    assert "er aflyst" in cancelled
    assert (last["UID"], str(last["STATUS"])) == (first["UID"], "CANCELLED")
    assert last["SEQUENCE"] > first["SEQUENCE"]
    for given in (words, reminded, cancelled, str(first), str(last)):
        assert not any(word in given.lower() for word in ("hansen", "consultation", "syg", ALICE.digits))


@pytest.mark.rule("NOT-2", "BOO-15")
@pytest.mark.parametrize("ever", [False, True], ids=["never agreed", "agreed and ended it"])
def test_without_consent_nothing_of_the_time_is_in_a_mail(doors, ever):
    house = doors.house
    if ever:
        agreed = agree(doors)
        house.clock.now += timedelta(minutes=1)
        assert agree(doors)["times_agreed_at"] == agreed["times_agreed_at"]
        ended = agree(doors, yes=False)
        assert (ended["times_in_mail"], ended["times_agreed_at"]) == (False, agreed["times_agreed_at"])
        assert ended["times_ended_at"] > ended["times_agreed_at"]
        assert doors.get(PATH).json == ended
    booking = confirmed(house)
    words, files = mail(house, booking)
    assert clock_of(house, booking) not in words
    assert files == []


@pytest.mark.rule("NOT-2", "NEW-21")
def test_the_preview_says_what_a_mail_says_with_a_time_and_with_a_form(doors):
    shown = doors.get("/v1/me/notices/preview?clinic=nygade").json["items"]
    by_name = {each["letter"]: each for each in shown if each["language"] == "da"}
    assert "onsdag den 2. januar 2030 kl. 10.15" in by_name["appointment_news"]["with_time"]
    assert "onsdag den 2. januar 2030 kl. 10.15" in by_name["appointment_reminder"]["with_time"]
    assert "et skema, som du skal" in by_name["appointment_reminder"]["with_form"]
    assert by_name["message_waiting"]["with_time"] is None
    assert all("10.15" not in each["sms"] for each in shown)
