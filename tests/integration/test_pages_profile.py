"""The profile on pages: every act of it works without JavaScript, through the doors that everybody uses."""

import re

import pytest

from storage.registers import LOG_IN
from tests.app_codes import AuthenticatorApp
from tests.page_doors import Browser, well_formed
from tests.patient_doors import PatientDoors
from tests.people import ALICE

PROFILE = "/nygade/profile"
LISTED = ("", "/notices", "/notices/preview", "/password", "/factors", "/log-ins", "/accesses", "/leave", "/delete")


@pytest.fixture
def browser(sqlite_house, passwords):
    return Browser(PatientDoors(sqlite_house, passwords))


def came_to(answer):
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_page_of_the_profile_is_whole_and_the_first_leads_to_all(browser, language):
    first = browser.read(PROFILE, Accept_Language=language)
    assert ALICE.email in first
    for part in LISTED[1:]:
        assert f'href="{PROFILE}{part}"' in first
        browser.read(f"{PROFILE}{part}", Accept_Language=language)
    assert 'href="/v1/me/export"' in first


def test_a_stranger_is_led_to_the_log_in_and_back(browser):
    stranger = Browser(browser.doors, None)
    answer = browser.doors.call("GET", f"{PROFILE}/log-ins", **stranger.sent)
    assert came_to(answer) == "/nygade/log-in?next=%2Fnygade%2Fprofile%2Flog-ins"


@pytest.mark.rule("NEW-21")
def test_wishes_of_notices_are_kept_and_what_is_wrong_stands_at_its_field(browser):
    path = f"{PROFILE}/notices"
    typed = {"way": "sms", "language": "en", "phone": "+4520123456", "quiet_begins": "22:00", "quiet_ends": "07:00"}
    page = browser.read(path)
    refused = browser.send(path, page, **typed)
    assert refused.status_code == 422
    assert 'href="#sms_agreed"' in well_formed(refused.text)
    assert 'value="+4520123456"' in refused.text
    half = browser.send(path, page, way="mail", language="da", quiet_begins="22:00")
    assert 'href="#quiet_hours"' in well_formed(half.text)
    assert came_to(browser.send(path, page, sms_agreed="yes", **typed)) == f"{path}?told=saved"
    kept = browser.read(f"{path}?told=saved")
    assert 'value="22:00"' in kept
    assert re.search(r'id="sms_agreed"[^>]* checked', kept)


@pytest.mark.rule("ACC-14")
def test_a_password_is_changed_by_who_knows_the_present_one(browser):
    path = f"{PROFILE}/password"
    page = browser.read(path)
    wrong = browser.send(path, page, current="Gal-2026-x", password="Ny-Fjord-2027")
    assert (wrong.status_code, 'href="#current"' in well_formed(wrong.text)) == (422, True)
    assert "Ny-Fjord-2027" not in wrong.text
    weak = browser.send(path, page, current=ALICE.password, password="kort")
    assert 'href="#password"' in well_formed(weak.text)
    done = browser.send(path, page, current=ALICE.password, password="Ny-Fjord-2027")
    assert came_to(done) == f"{PROFILE}?told=password"


def test_an_app_is_set_up_shown_once_and_ended(browser):
    path = f"{PROFILE}/factors"
    started = browser.send(f"{path}/app", browser.read(path), label="Min telefon")
    page = well_formed(started.text)
    (secret,) = re.findall(r'name="secret" value="([A-Z2-7]+)"', page)
    (confirm,) = re.findall(rf'action="({path}/[0-9a-f-]+/code)"', page)
    app = AuthenticatorApp(secret, browser.doors.house.clock)
    wrong = browser.send(confirm, page, code=app.wrong())
    assert (wrong.status_code, secret in well_formed(wrong.text)) == (422, True)
    assert came_to(browser.send(confirm, wrong.text, code=app.code())) == f"{path}?told=added"
    shown = browser.read(path)
    assert "Min telefon" in shown
    assert secret not in shown
    (end,) = re.findall(rf'action="({path}/[0-9a-f-]+/end)"', shown)
    assert came_to(browser.send(end, shown)) == f"{path}?told=removed"


def test_a_log_in_that_is_not_fresh_is_asked_for_again(browser):
    path = f"{PROFILE}/factors"
    page = browser.read(path)
    browser.doors.house.clock.tick(6 * 60)
    answer = browser.send(f"{path}/app", page, label="Min telefon")
    assert answer.status_code == 401
    assert "/nygade/log-in?next=" in well_formed(answer.text)
    assert 'value="Min telefon"' in answer.text


def test_other_log_ins_are_ended_one_by_one_or_all(browser):
    path = f"{PROFILE}/log-ins"
    for _ in range(3):
        browser.doors.log_in()
    page = browser.read(path)
    assert page.count('/end"') == 4
    (first, *_) = re.findall(rf'action="({path}/[0-9a-f-]+/end)"', page)
    assert came_to(browser.send(first, page)) == f"{path}?told=ended"
    assert came_to(browser.send(f"{path}/end-others", page)) == f"{path}?told=ended"
    assert sum(row.ended_at is None for row in browser.doors.house.rows(LOG_IN)) == 1


@pytest.mark.rule("LAW-8")
def test_who_has_looked_is_told_in_words(browser):
    page = browser.read(f"{PROFILE}/accesses?limit=1")
    assert "patient." not in page
    assert "Vis ældre" in page
    assert "Nej" not in browser.read(f"{PROFILE}/accesses")


@pytest.mark.rule("ACC-13")
def test_leaving_is_said_twice_over(browser):
    for part, ended in (("leave", "Du har forladt"), ("delete", "Din bruger er slettet")):
        path = f"{PROFILE}/{part}"
        page = browser.read(path)
        unmeant = browser.send(path, page)
        assert (unmeant.status_code, 'href="#confirm"' in well_formed(unmeant.text)) == (422, True)
        left = browser.send(path, page, confirm="yes")
        assert ended in well_formed(left.text), left.text
    assert all(row.ended_at is not None for row in browser.doors.house.rows(LOG_IN))
