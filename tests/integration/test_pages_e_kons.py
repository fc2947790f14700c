"""The pages of e-consultations: listed, read, written, kept, stopped, and withdrawn, without a script."""

import re
from urllib.parse import urlencode

import html5lib
import pytest

from storage.writing_registers import DRAFT
from tests.integration.test_query_counts import counted
from tests.integration.test_warning_signs import put
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB

NEW = "/nygade/e_kons/new"


class Browser:
    """A patient's browser without scripts: it sends forms as they stand in the page."""

    def __init__(self, doors, who=ALICE):
        self.doors, self.sent = doors, doors.browse(who)
        del self.sent["X_CSRF_Token"]
        self.page = None

    def get(self, path):
        return self._read(self.doors.call("GET", path, **self.sent))

    def send(self, action, **typed):
        """Send the first form of the page to an address, with its hidden fields and what is typed."""
        fields = [("csrf", self.hidden("csrf")), *((name, self.hidden(name)) for name in ("key", "thread", "draft"))]
        fields += [("message", value) for value in self.every("message")]
        if signs := self.hidden("signs"):
            fields.append(("signs", signs))
        body = urlencode([(name, typed.pop(name, value)) for name, value in fields] + list(typed.items()))
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        return self._read(self.doors.call("POST", action, body, **self.sent, **form))

    def every(self, name):
        return re.findall(rf'<input type="hidden" name="{name}"[^>]* value="([^"]*)"', self.page.text)

    def hidden(self, name):
        return next(iter(self.every(name)), "")

    def _read(self, answer):
        if answer.status_code == 303:
            return answer
        html5lib.HTMLParser(strict=True).parse(answer.text)
        self.page = answer
        return answer


@pytest.fixture
def doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords)


@pytest.fixture
def browser(doors):
    return Browser(doors)


def written(browser, text="Jeg har ondt i knæet.\r\nSiden mandag."):
    browser.get(NEW)
    return browser.send(NEW, text=text, do="send").headers["Location"]


@pytest.mark.rule("EKO-4")
def test_a_message_is_written_and_followed_and_a_second_click_sends_nothing_more(browser, doors):
    first = written(browser)
    assert first.startswith("/nygade/requests/")
    assert browser.send(NEW, text="Jeg har ondt i knæet.\r\nSiden mandag.", do="send").headers["Location"] == first
    shown = browser.get(first).text
    assert "Det er der sket" in shown
    assert "Træk tilbage" in shown
    again = browser.send(f"{first}/withdraw")
    assert again.headers["Location"] == first
    assert "Trukket tilbage" in browser.get(first).text
    assert "Det gik ikke" in browser.send(f"{first}/withdraw").text


@pytest.mark.rule("EKO-5")
def test_an_answer_is_unread_until_the_patient_says_so(browser, doors):
    house = doors.house
    request = house.delivered(house.e_kons("Et spørgsmål."))
    doors.doors.tell(request, "answer", message_id="M-1", text="Kom forbi.\nI morgen.")
    assert "1 ulæst svar" in browser.get("/nygade/e_kons").text
    page = f"/nygade/threads/{request}"
    assert "Kom forbi." in browser.get(page).text
    assert "1 ulæst svar" in browser.get("/nygade/e_kons").text
    browser.get(page)
    assert browser.send(f"{page}/read").headers["Location"] == page
    assert "Læst " in browser.get(page).text
    assert "ulæst svar" not in browser.get("/nygade/e_kons").text


@pytest.mark.rule("EKO-16")
def test_writing_again_before_the_answer_is_asked_about_and_keeps_the_text(browser, doors):
    request = doors.house.delivered(doors.house.e_kons("Et spørgsmål."))
    browser.get(f"{NEW}?thread={request}")
    refused = browser.send(NEW, text="Noget nyt & <vigtigt>", do="send")
    assert (refused.status_code, "Noget nyt &amp; &lt;vigtigt&gt;" in refused.text) == (422, True)
    assert 'id="despite_unanswered"' in refused.text
    sent = browser.send(NEW, text="Noget nyt & <vigtigt>", despite_unanswered="yes", do="send")
    assert sent.headers["Location"] == f"/nygade/threads/{request}"


@pytest.mark.rule("NEW-22")
def test_a_draft_comes_back_and_goes_with_what_is_sent(browser, doors):
    browser.get(NEW)
    kept = browser.send("/nygade/e_kons/draft", text="Halvt skrevet", do="keep")
    assert "Kladden er gemt" in kept.text
    assert "Halvt skrevet" in Browser(doors).get(NEW).text
    stale = browser.send("/nygade/e_kons/draft", text="Fra en anden", do="keep", draft="0")
    assert (stale.status_code, "Fra en anden" in stale.text) == (412, True)
    assert "Halvt skrevet" in browser.get(NEW).text
    browser.send(NEW, text="Skrevet helt", do="send")
    assert doors.house.rows(DRAFT) == []


@pytest.mark.rule("NEW-12")
def test_a_warning_sign_shows_whom_to_phone_and_the_way_back_with_the_text(browser, doors):
    put(doors, required=True, adult=[{"name": "chest", "da": "Ondt i brystet?", "en": "Chest pain?"}])
    assert "Ondt i brystet?" in browser.get(NEW).text
    missing = browser.send(NEW, text="Hjælp", do="send")
    assert 'href="#signs"' in missing.text
    stopped = browser.send(NEW, text="Hjælp", do="send", **{"sign-chest": "yes"})
    assert 'href="tel:112"' in stopped.text
    back = browser.send(NEW, text="Hjælp", do="change", **{"sign-chest": "yes"})
    assert (back.status_code, "Hjælp</textarea>" in back.text) == (200, True)


def test_another_clinics_or_patients_conversation_is_not_here(browser, doors):
    request = doors.house.delivered(doors.house.e_kons("Et spørgsmål."))
    for page in (f"/havnen/threads/{request}", f"/havnen/requests/{request}"):
        assert browser.get(page).status_code == 404
    assert Browser(doors, BOB).get(f"/nygade/threads/{request}").status_code == 404


def test_who_has_been_logged_out_comes_back_to_where_they_were(doors):
    answer = doors.call("GET", NEW)
    assert answer.headers["Location"] == "/nygade/log-in?next=%2Fnygade%2Fe_kons%2Fnew"


@pytest.mark.rule("NEW-22")
def test_what_was_written_when_the_log_in_had_ended_is_shown_again(browser, doors):
    browser.get(NEW)
    browser.sent["Cookie"] = browser.sent["Cookie"][:-4] + "AAAA"
    ended = browser.send(NEW, text="Skrevet <længe>", do="send")
    assert (ended.status_code, "Skrevet &lt;længe&gt;</textarea>" in ended.text) == (401, True)
    assert f"next={NEW.replace('/', '%2F')}" in ended.text


@pytest.mark.parametrize(
    ("page", "most"), [("/nygade/e_kons", 7), (NEW, 6), ("/nygade/threads/{0}", 8), ("/nygade/requests/{0}", 9)]
)
def test_a_page_costs_few_queries(browser, doors, page, most):
    """One of them is the log-in's; what else is shared with the frame is read once."""
    request = doors.house.delivered(doors.house.e_kons("Et spørgsmål."))
    with counted(doors.doors.services.database) as counts:
        browser.get(page.format(request))
    assert counts["SELECT"] <= most
