"""Notices as their readers wish them: by text message, at another hour, gathered; and the mail where that fails."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from notifications.transport import MemoryTransport, SendFailed, Sent
from storage.models import OUTBOX
from storage.notice_registers import NOTICE_WISH
from storage.reminders import Reminders
from storage.timekeeping import Timers
from tests.builders import PATIENT
from tests.integration.test_not_reached import answered, notify
from tests.knocking import Doors
from tests.people import ALICE, BOB
from workers.text import SendText
from workflows.delivery import Receipt
from workflows.notices import NOTICES

PHONE = "+4520123456"
BY_SMS = {"way": "sms", "language": "en", "phone": "20 12 34 56", "sms_agreed": True}


class Phone:
    """A gateway in this process: it keeps what it was given, or fails as told."""

    def __init__(self):
        self.fails, self.texts = None, []

    def send(self, text):
        if self.fails is not None:
            raise self.fails
        self.texts.append(text)
        return Sent("202")


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def choose(doors, who=ALICE, **choices):
    body = {"way": "mail", "language": "da"} | choices
    return doors.client.simulate_put("/v1/me/notices", json=body, headers=doors.patient(who))


def work(house, phone):
    """Work everything that is due for mailbox and phone; return the mails."""
    transport = MemoryTransport()
    acts = {"mail": notify(house, transport), "sms": SendText(notify(house, transport)._crew, phone)}
    for _ in range(4):
        due = [row for row in house.rows(OUTBOX, OUTBOX.c.state == "due") if row.next_at <= house.clock()]
        for row in due:
            acts.get(row.destination, lambda _row: None)(row.id)
    return transport.mails


@pytest.mark.rule("NEW-21", "NOT-1")
def test_a_text_message_goes_in_the_place_of_the_mail_and_tells_of_the_answer(house, doors):
    assert choose(doors, **BY_SMS).json["phone"] == PHONE
    request, phone = answered(house), Phone()
    assert work(house, phone) == []
    [text] = phone.texts
    assert text.recipient == PHONE
    assert "There is a message for you. Log in at http" in text.words
    assert house.state(request) == "notified"
    assert ALICE.digits not in repr(phone.texts[0])
    sealed = house.rows(NOTICE_WISH)[0].phone_sealed
    assert b"20123456" not in sealed


@pytest.mark.rule("NEW-21")
def test_with_both_the_mail_tells_and_the_text_message_goes_beside_it(house, doors):
    choose(doors, **BY_SMS | {"way": "both"})
    request, phone = answered(house), Phone()
    assert len(work(house, phone)) == len(phone.texts) == 1
    assert house.walked(request).count("notified") == 1


@pytest.mark.rule("NEW-21", "NEW-5")
@pytest.mark.parametrize(
    "failure",
    [SendFailed("sms_400", permanent=True), None],
    ids=["refused", "the number was taken back meanwhile"],
)
def test_where_a_text_message_fails_the_mail_goes_after_all(house, doors, failure):
    choose(doors, **BY_SMS)
    request, phone = answered(house), Phone()
    notify(house, MemoryTransport())(house.owed(request, "mail").id)
    if failure is None:
        choose(doors)
    phone.fails = failure
    assert len(work(house, phone)) == 1
    assert phone.texts == []
    assert house.state(request) == "notified"


@pytest.mark.rule("NEW-21")
def test_a_gateway_that_is_down_is_tried_again_under_the_same_key(house, doors):
    choose(doors, **BY_SMS)
    request, phone = answered(house), Phone()
    phone.fails = SendFailed("sms_503")
    assert work(house, phone) == []
    assert house.state(request) == "answered"
    phone.fails = None
    house.clock.tick(60)
    work(house, phone)
    assert house.state(request) == "notified"
    assert phone.texts[0].key == str(house.rows(OUTBOX, OUTBOX.c.destination == "sms")[0].id)


@pytest.mark.rule("NEW-21")
def test_quiet_hours_hold_a_notice_and_not_what_guards_the_account(house, doors):
    choose(doors, quiet_hours={"begins": "22:00", "ends": "07:00"})
    house.clock.now = datetime(2026, 11, 23, 22, tzinfo=UTC)  # 23 in Copenhagen
    request = answered(house)
    recovery = house.recovery()
    house.carry_out(recovery, "delivered", Receipt())
    house.advance(recovery, "matched", person=house.people[ALICE])
    mails = work(house, Phone())
    assert len(mails) == 1
    assert house.state(request) == "answered"
    house.clock.now = datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert len(work(house, Phone())) == 1
    assert house.state(request) == "notified"


@pytest.mark.rule("NEW-21", "BOO-15")
def test_a_reminder_follows_the_wish_and_is_dropped_once_the_time_no_longer_stands(house, doors):
    timers = Timers(house.database, Reminders(house.ledger).acts())
    choose(doors, **BY_SMS | {"quiet_hours": {"begins": "08:00", "ends": "16:00"}})
    bookings = [house.delivered(house.booking(slot)) for slot in ("slot-1", "slot-2")]
    for booking in bookings:
        house.say(booking, "confirm", message_id=f"M-{booking}")
        house.notified(booking)
    house.clock.now += timedelta(days=2)
    for _ in range(3):
        timers.one_round()
    phone = Phone()
    assert work(house, phone) == phone.texts == []
    house.advance(bookings[0], "cancel", actor=PATIENT)
    house.clock.now = house.request(bookings[0]).slot_start - timedelta(hours=12)
    assert work(house, phone) == []
    assert ["You have an appointment soon" in text.words for text in phone.texts] == [True]


@pytest.mark.rule("NEW-21")
def test_messages_of_a_day_are_told_as_one_and_each_is_told(house, doors):
    choose(doors, digest_at="17:00")
    first = answered(house)
    house.clock.tick(3600)
    second = answered(house, 2)
    assert work(house, Phone()) == []
    house.clock.now = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert len(work(house, Phone())) == 1
    assert house.state(first) == house.state(second) == "notified"
    house.clock.tick(60)
    third = answered(house, 3)
    assert work(house, Phone()) == []
    assert house.state(third) == "answered"


@pytest.mark.rule("NEW-21")
@pytest.mark.parametrize(
    ("choices", "field", "code"),
    [
        ({"way": "sms", "sms_agreed": True}, "/phone", "missing"),
        ({"way": "sms", "phone": PHONE}, "/sms_agreed", "sms_not_agreed"),
        ({"way": "both", "phone": "112", "sms_agreed": True}, "/phone", "phone_unusable"),
        ({"phone": "+46701234567"}, "/phone", "phone_unusable"),
        ({"quiet_hours": {"begins": "22:00", "ends": "22:00"}}, "/quiet_hours/ends", "quiet_all_day"),
        ({"quiet_hours": {"begins": "25:00", "ends": "07:00"}}, "/quiet_hours/begins", None),
        ({"digest_at": "noon"}, "/digest_at", None),
        ({"way": "pigeon"}, "/way", None),
    ],
)
def test_a_choice_that_cannot_be_met_is_refused_and_nothing_is_kept(doors, house, choices, field, code):
    refused = choose(doors, **choices)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["field"] == field
    assert code in {None, refused.json["errors"][0]["code"]}
    assert house.rows(NOTICE_WISH) == []


@pytest.mark.rule("NEW-21")
def test_agreement_to_text_messages_is_dated_and_can_be_taken_back(doors, house):
    began = house.clock()
    choose(doors, **BY_SMS)
    house.clock.tick(60)
    kept = choose(doors, **BY_SMS | {"way": "both"}).json
    assert datetime.fromisoformat(kept["sms_agreed_at"]) == began
    house.clock.tick(60)
    ended = choose(doors).json
    assert (ended["phone"], ended["way"]) == (None, "mail")
    assert datetime.fromisoformat(ended["sms_ended_at"]) == began + timedelta(seconds=120)
    read = doors.get("/v1/me/notices", doors.patient()).json
    assert read == ended
    assert doors.get("/v1/me/notices", doors.patient(BOB)).json["sms_agreed_at"] is None
    exported = doors.get("/v1/me/export", doors.patient()).json["account"]["notices"]
    assert exported["sms_ended_at"] == ended["sms_ended_at"]


@pytest.mark.rule("NEW-21", "NOT-1", "NOT-2")
def test_a_preview_says_word_for_word_what_will_be_sent(doors, house):
    shown = doors.get("/v1/me/notices/preview", doors.patient(), clinic="nygade").json["items"]
    every = {(name.value, language) for name in NOTICES for language in ("da", "en")}
    assert {(one["letter"], one["language"]) for one in shown} == every
    answered(house)
    [mail] = work(house, Phone())
    said = next(one for one in shown if (one["letter"], one["language"]) == ("message_waiting", "da"))
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert parsed["Subject"] == said["subject"]
    assert parsed.get_body(("plain",)).get_content().split() == said["text"].split()
    one = doors.get("/v1/me/notices/preview", doors.patient(), clinic="nygade", letter="request_late").json["items"]
    assert {each["letter"] for each in one} == {"request_late"}
    unknown = doors.get("/v1/me/notices/preview", doors.patient(), clinic="nygade", letter="login_code")
    assert (unknown.status_code, unknown.json["errors"][0]["field"]) == (400, "letter")
    assert doors.get("/v1/me/notices/preview", doors.patient(BOB), clinic="havnen").status_code == 404


def test_where_no_gateway_is_connected_text_messages_are_not_to_be_had(house, passwords):
    doors = Doors.of(house, passwords, sms_url="")
    assert doors.get("/v1/me/notices", doors.patient()).json["sms_offered"] is False
    assert choose(doors, **BY_SMS).json["errors"][0]["code"] == "sms_not_offered"
