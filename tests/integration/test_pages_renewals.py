"""Renewals on pages: what is known, what is picked, what came of it; without JavaScript."""

from datetime import timedelta

import pytest

from storage.models import REQUEST
from tests.page_doors import Browser, well_formed
from tests.patient_doors import PatientDoors
from tests.people import ALICE

LIST, NEW = "/nygade/renewal", "/nygade/renewal/new"
OXAZEPAM = {"key": "oxazepam", "name": "Oxazepam", "dependency_forming": True, "dependency_group": "benzodiazepines"}


@pytest.fixture
def browser(sqlite_house, passwords):
    return Browser(PatientDoors(sqlite_house, passwords))


def lists(browser, *medicines):
    doors = browser.doors.doors
    assert (
        doors.signed("PUT", "/v1/clinic/medicines", doors.call(cpr=ALICE.digits, medicines=medicines)).status_code
        == 200
    )


@pytest.mark.rule("REN-3", "REN-4", "REN-5")
def test_the_form_shows_what_can_be_picked_and_why_not_the_rest(browser):
    soon = (browser.doors.house.clock().date() + timedelta(days=3)).isoformat()
    metformin = {"key": "metformin", "name": "Metformin", "open_prescription": True, "renewable_from": soon}
    lists(browser, {"key": "losartan", "name": "Losartan <50>", "dose": "1 om dagen"}, metformin, OXAZEPAM)
    page = browser.read(NEW)
    assert page.count('type="checkbox"') == 1
    assert "Losartan &lt;50&gt;" in page
    assert "Du har stadig en åben recept." in page
    assert 'href="/nygade/booking/new"' in page
    assert "Hansen" in page


@pytest.mark.rule("REN-1", "REN-2")
def test_a_wish_is_sent_once_however_often_the_form_comes(browser):
    page = browser.read(NEW)
    for _ in range(2):
        answer = browser.send(NEW, page, medicines=["panodil"], practitioner="hansen", comment="Tak.")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}?told=sent")
    assert len(browser.doors.house.rows(REQUEST)) == 1
    shown = browser.read(f"{LIST}?told=sent")
    assert "Sendt" in shown
    assert f"/nygade/requests/{browser.doors.house.rows(REQUEST)[0].id}" in shown
    changed = browser.send(NEW, page, medicines=["panodil"], comment="Noget andet.")
    assert changed.status_code == 409
    assert "Noget andet." in well_formed(changed.text)


def test_nothing_picked_is_said_and_what_was_typed_is_kept(browser):
    answer = browser.send(NEW, browser.read(NEW), comment="Jeg rejser på lørdag.")
    assert answer.status_code == 422
    page = well_formed(answer.text)
    assert 'href="#medicines"' in page
    assert "Jeg rejser på lørdag." in page
    assert browser.doors.house.rows(REQUEST) == []


@pytest.mark.rule("REN-10", "REN-11")
def test_each_medicine_tells_where_it_stands_and_the_way_on(browser):
    house = browser.doors.house
    browser.send(NEW, browser.read(NEW), medicines=["panodil"])
    request = house.rows(REQUEST)[0].id
    house.delivered(request)
    house.say(request, "decide", medicine="panodil", decision="rejected", reason="needs_checkup", text="Kom forbi.")
    page = browser.read(LIST, Accept_Language="en")
    for words in ("Not renewed", "You need a check-up first.", "Kom forbi.", "/nygade/booking/new"):
        assert words in page
