"""The patient's booking pages: the way to a time without scripts, what is gone, offered, moved and given up."""

import re
from urllib.parse import urlencode

import html5lib
import pytest

from storage.models import REQUEST
from tests.calendars import asked_of, practitioner, slot, sync
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from tests.waiting_room import WaitingRoom

NEW = "/nygade/booking/new"
MONTH = f"{NEW}?reason=consultation&practitioner=hansen&month=2026-11"
WALK = {"reason": "consultation", "practitioner": "hansen", "day": "2026-11-26"}


@pytest.fixture
def doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords)


@pytest.fixture
def browser(doors):
    return Browser(doors, ALICE)


class Browser:
    """Reads pages strictly and sends forms as a browser does."""

    def __init__(self, doors, who):
        self.doors, self.sent = doors, doors.browse(who)
        self.csrf = self.sent.pop("X_CSRF_Token")

    def read(self, path, status=200):
        answer = self.doors.call("GET", path, **self.sent)
        return self._page(answer, status)

    def send(self, path, status=303, **fields):
        """Send a form; return the page, or where the next one is."""
        body = urlencode({"csrf": self.csrf, **fields}, doseq=True)
        answer = self.doors.call("POST", path, body, Content_Type="application/x-www-form-urlencoded", **self.sent)
        page = self._page(answer, status) if status != 303 else None
        assert answer.status_code == status, answer.text
        return page or answer.headers["Location"]

    def _page(self, answer, status):
        assert answer.status_code == status, answer.text
        html5lib.HTMLParser(strict=True).parse(answer.text)
        assert answer.text.count("<h1") == 1
        assert " style=" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.text


def _key(page):
    return re.search(r'name="key" value="([^"]+)"', page)[1]


def _booked(browser, key="slot-1", **more):
    last = browser.send("/nygade/booking/hold", 200, slot=key, **WALK)
    return browser.send(NEW, slot=key, key=_key(last), **WALK, **more)


@pytest.mark.rule("BOO-1", "BOO-3", "BOO-16")
def test_a_time_is_booked_step_by_step_without_scripts(browser):
    assert 'name="reason" value="consultation"' in browser.read(NEW)
    month = browser.read(MONTH)
    assert "<caption>Ledige tider i november 2026</caption>" in month
    assert "8 ledige" in month
    assert "+5 flere" in month
    day = browser.read(re.search(r'href="([^"]+day=2026-11-26)"', month)[1].replace("&amp;", "&"))
    assert 'value="slot-1"' in day
    assert 'value="slot-8"' in browser.read(f"{NEW}?reason=consultation&week=2026-W48")
    last = browser.send("/nygade/booking/hold", 200, slot="slot-1", **WALK)
    assert "Vi holder tiden til dig til kl. 10:05." in last
    there = browser.send(NEW, slot="slot-1", key=_key(last), comment="Knæet.", **WALK)
    assert browser.send(NEW, slot="slot-1", key=_key(last), comment="Knæet.", **WALK) == there, "a second click"
    assert "Venter på klinikkens bekræftelse" in browser.read(there)
    assert there in browser.read("/nygade/booking")
    assert len(browser.doors.house.rows(REQUEST)) == 1


@pytest.mark.rule("BOO-3")
def test_a_time_that_is_gone_shows_fresh_ones_and_one_of_them_can_be_held(browser, doors):
    doors.submit("booking", {"slot": "slot-1", "reason": "consultation"}, who=BOB)
    page = browser.send("/nygade/booking/hold", 409, slot="slot-1", **WALK)
    assert "Tiden er ikke ledig længere." in page
    assert "Her er de nærmeste tider" in page
    assert 'value="slot-2"' in page
    browser.send("/nygade/booking/hold", 200, slot="slot-2", **{**WALK, "day": "2026-11-25"})


@pytest.mark.rule("PRA-3")
def test_a_comment_that_is_required_is_asked_for_and_the_time_stays_held(browser, doors):
    practitioner(doors.house, "hansen", comment_required=True)
    last = browser.send("/nygade/booking/hold", 200, slot="slot-1", **WALK)
    assert re.search(r'<textarea[^>]*name="comment"[^>]*required', last)
    page = browser.send(NEW, 422, slot="slot-1", key=_key(last), **WALK)
    assert '<a class="function-link" href="#comment">Behandleren beder om en kommentar.</a>' in page
    assert "Bekræft tiden" in page


@pytest.mark.rule("BOO-4")
def test_offered_times_are_accepted_in_one_step(browser, doors):
    request = doors.house.delivered(doors.house.booking("slot-1"))
    doors.doors.tell(request, "offer", message_id="M-1", reason="Optaget.", slots=["slot-2", "slot-3"])
    assert "Klinikken tilbyder andre tider" in browser.read("/nygade/booking")
    page = browser.read(f"/nygade/booking/{request}")
    assert "Optaget." in page
    there = browser.send(f"/nygade/booking/{request}/accept", slot="slot-3")
    assert not there.endswith(str(request))
    assert doors.house.state(request) == "moved"
    browser.send(f"/nygade/booking/{request}/accept", 409, slot="slot-2")


@pytest.mark.rule("BOO-6")
def test_a_confirmed_time_is_moved_or_cancelled_after_a_question(browser, doors):
    request = doors.house.delivered(doors.house.booking("slot-1"))
    doors.doors.tell(request, "confirm", message_id="M-1")
    page = browser.read(f"/nygade/booking/{request}")
    assert f"{NEW}?instead_of={request}" in page
    walk = {**WALK, "instead_of": str(request)}
    last = browser.send("/nygade/booking/hold", 200, slot="slot-2", **walk)
    new = browser.send(NEW, slot="slot-2", key=_key(last), **walk)
    assert doors.house.state(request) == "moved"
    assert browser.send(NEW, slot="slot-2", key=_key(last), **walk).endswith(str(request)), "a second click"
    assert "Ja, afbestil tiden" in browser.read(f"{new}/cancel")
    assert browser.send(f"{new}/cancel") == new
    assert "Afbestilt af dig" in browser.read(new)
    assert new in browser.read("/nygade/booking?when=past")


def test_too_late_to_cancel_is_said_with_the_way_on(browser, doors, clock):
    request = doors.house.delivered(doors.house.booking("slot-1"))
    doors.doors.tell(request, "confirm", message_id="M-1")
    clock.tick(3 * 24 * 3600 - 3600)
    late = Browser(doors, ALICE)
    page = late.read(f"/nygade/booking/{request}")
    assert "Det er for tæt på tiden til at afbestille her. Ring til klinikken." in page
    assert f"/{request}/cancel" not in page


def test_the_waiting_list_is_joined_and_left(browser, doors):
    assert "Klinikken tilbyder ikke dette på nettet." in browser.read("/nygade/booking/wait")
    doors.house.settings(services={"waiting": "on", "booking": "on"})
    form = browser.read("/nygade/booking/wait?reason=consultation")
    typed = {"reason": "consultation", "first_day": "2026-11-24", "key": _key(form), "parts_of_day": ["morning"]}
    page = browser.send("/nygade/booking/wait", 422, last_day="2026-11-20", **typed)
    assert 'value="2026-11-20"' in page, "what was typed is kept"
    there = browser.send("/nygade/booking/wait", last_day="2026-12-20", **typed)
    assert "Du står på ventelisten" in browser.read("/nygade/booking")
    assert "24. november 2026 til søndag 20. december 2026" in browser.read(there)
    browser.read(f"{there}/withdraw")
    browser.send(f"{there}/withdraw")
    assert there not in browser.read("/nygade/booking")


def test_an_offered_time_is_declined_to_stay_in_line_or_taken(browser, doors):
    room = WaitingRoom(doors.house)
    waits = room.joins(ALICE)
    room.frees("slot-1", BOB)
    room.looks()
    page = browser.read(f"/nygade/booking/{waits}")
    assert "Tiden er holdt til dig til" in page
    assert "torsdag 26. november 2026" not in browser.read(NEW), "nothing is chosen yet"
    assert browser.send(f"/nygade/booking/{waits}/decline").endswith(str(waits))
    assert "Du står på ventelisten" in browser.read(f"/nygade/booking/{waits}")
    room.frees("slot-2", BOB)
    room.looks()
    page = browser.read(f"/nygade/booking/{waits}")
    slot_offered = re.search(r'name="slot" value="([^"]+)"', page)[1]
    booking = browser.send(f"/nygade/booking/{waits}/accept", slot=slot_offered, reason="consultation")
    assert booking != f"/nygade/booking/{waits}"
    assert "Venter på klinikkens bekræftelse" in browser.read(booking)


def test_the_pages_are_read_in_english_too(browser):
    browser.sent["Accept_Language"] = "en"
    assert "<caption>Free times in November 2026</caption>" in browser.read(MONTH)
    assert "We hold the time for you until" in browser.send("/nygade/booking/hold", 200, slot="slot-1", **WALK)


def test_the_times_of_another_patient_or_another_clinic_are_not_there(browser, doors):
    request = doors.house.booking("slot-1", who=BOB)
    browser.read(f"/nygade/booking/{request}", 404)
    browser.read(f"/havnen/booking/{doors.house.booking('slot-2')}", 404)
    browser.read(f"{NEW}?reason=consultation&month=2026-13", 400)


def test_the_pages_cost_few_queries_however_many_times_there_are(browser, doors):
    sync(doors.house, *(slot(f"more-{n}", at=(2026, 11, 27, 8 + n % 8, n % 4 * 15)) for n in range(60)))
    for path, most in (("/nygade/booking", 6), (MONTH, 6)):
        _, asked = asked_of(doors.house.database, lambda path=path: browser.read(path))
        queries = [words for words, _ in asked if not words.startswith("BEGIN")]
        assert len(queries) <= most, queries
