"""From MitID to a user: who is proven and unknown signs up with the proof, and then enters with MitID."""

import pytest

from tests.enrolling import Enrolling
from tests.mitid_browser import Browser, doors_with
from tests.patient_doors import PatientDoors
from tests.people import DAVID


@pytest.fixture
def browser(house, passwords, broker):
    return Browser(doors_with(house, passwords, broker.issuer))


@pytest.fixture
def enrolling(house, passwords):
    house.settings(sign_up="without_approval")
    return Enrolling(PatientDoors(house, passwords))


@pytest.mark.rule("ACC-7", "LOG-1")
def test_who_has_mitid_becomes_a_user_without_approval_and_without_password(enrolling, browser):
    handle = browser.log_in(DAVID).json["verified"]
    request = enrolling.asked(DAVID, verified=handle)
    assert enrolling.parcel(request).content()["proven"] is True
    enrolling.approve(request, own_gp=True)
    enrolling.letter(request)
    assert enrolling.house.state(request) == "activated"
    assert browser.log_in(DAVID).status_code == 200
