"""The forms for who cannot log in: they say the same to everybody, and MitID stands first."""

import pytest

from storage.models import REQUEST
from tests.mitid_browser import CALLBACK, COOKIE, doors_with
from tests.mitid_browser import Browser as MitIdBrowser
from tests.page_doors import Browser, well_formed
from tests.patient_doors import PatientDoors
from tests.people import ALICE, DAVID

ENROL, LOST = "/nygade/enrol", "/nygade/recovery/new"
TYPED = {"cpr": DAVID.digits, "name": "David Prøve", "email": DAVID.email, "language": "da"}


@pytest.fixture
def browser(sqlite_house, passwords):
    return Browser(PatientDoors(sqlite_house, passwords), None)


@pytest.mark.rule("REC-1", "REC-3")
@pytest.mark.parametrize("who", [ALICE, DAVID])
def test_a_forgotten_password_is_answered_alike_to_everybody_and_sent_once(browser, who):
    page = browser.read(LOST)
    for _ in range(2):
        answer = browser.send(LOST, page, cpr=who.digits, email=who.email)
        assert answer.status_code == 200
        assert "Har du MitID, så log ind med det" in well_formed(answer.text)
    assert len(browser.doors.house.rows(REQUEST)) == 1
    other = browser.send(LOST, page, cpr=who.digits, email="another@patients.test")
    assert other.status_code in {409, 422}
    assert "another@patients.test" in well_formed(other.text)


def test_what_cannot_be_a_number_stands_at_its_field(browser):
    answer = browser.send(LOST, browser.read(LOST), cpr="12", email="alice@patients.test")
    assert answer.status_code == 422
    assert 'href="#cpr"' in well_formed(answer.text)
    assert 'value="alice@patients.test"' in answer.text


@pytest.mark.rule("ACC-2")
def test_the_sign_up_form_is_as_the_clinic_takes_sign_ups(browser):
    shut = browser.read(ENROL)
    assert "Man kan ikke oprette sig hos klinikken på nettet." in shut
    assert 'method="post"' not in shut
    browser.doors.house.settings(sign_up="without_approval")
    assert "kun brugere på nettet med MitID" in browser.read(ENROL)
    browser.doors.house.settings(sign_up="with_approval")
    page = browser.read(ENROL, Accept_Language="en")
    answer = browser.send(ENROL, page, **TYPED)
    assert answer.status_code == 200
    assert "Klinikken får din tilmelding." in well_formed(answer.text)
    assert len(browser.doors.house.rows(REQUEST)) == 1
    missing = browser.send(ENROL, browser.read(ENROL), **{**TYPED, "name": ""})
    assert (missing.status_code, 'href="#name"' in well_formed(missing.text)) == (422, True)


@pytest.mark.rule("ACC-7", "LOG-1")
def test_who_is_proven_by_mitid_and_no_user_comes_to_the_form_with_the_proof(sqlite_house, passwords, broker):
    sqlite_house.settings(sign_up="without_approval")
    doors = doors_with(sqlite_house, passwords, broker.issuer)
    walk, browser = MitIdBrowser(doors), Browser(PatientDoors(sqlite_house, passwords), None)
    returned = walk.chosen(walk.begin(keep="cookie").headers["location"], DAVID)
    sent = {"Cookie": f"{COOKIE}={walk.cookie}", "Accept": "text/html"}
    back = doors.client.simulate_get(CALLBACK, params=returned, headers=sent)
    assert (back.status_code, back.headers["Location"]) == (303, ENROL)
    browser.sent["Cookie"] = f"__Host-verified={back.cookies['__Host-verified'].value}"
    page = browser.read(ENROL)
    assert "MitID har vist, hvem du er." in page
    assert browser.send(ENROL, page, **TYPED).status_code == 200
    assert len(sqlite_house.rows(REQUEST)) == 1


def test_who_breaks_mitid_off_is_told_in_words(sqlite_house, passwords, broker):
    walk = MitIdBrowser(doors_with(sqlite_house, passwords, broker.issuer))
    returned = walk.chosen(walk.begin(keep="cookie").headers["location"], None)
    sent = {"Cookie": f"{COOKIE}={walk.cookie}", "Accept": "text/html"}
    answer = walk.doors.client.simulate_get(CALLBACK, params=returned, headers=sent)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert 'href="/nygade"' in well_formed(answer.text)
