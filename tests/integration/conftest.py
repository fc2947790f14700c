"""What several stories ask for: a clinic that takes sign-ups with approval, and a mock broker of MitID."""

import pytest

from tests.enrolling import Enrolling
from tests.mitid_browser import mock_broker
from tests.patient_doors import PatientDoors


@pytest.fixture
def enrolling(house, passwords):
    house.settings(sign_up="with_approval")
    return Enrolling(PatientDoors(house, passwords))


@pytest.fixture
def sqlite_enrolling(sqlite_database, keyring, clock, new_id, passwords):
    doors = PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)
    doors.house.settings(sign_up="with_approval")
    return Enrolling(doors)


@pytest.fixture(scope="session")
def _running_broker():
    """One broker for all, since its keys take their time, with the clock of whichever test asks it."""
    clocks = []

    def now():
        return clocks[-1]()

    with mock_broker(now) as running:
        yield running, clocks


@pytest.fixture
def broker(_running_broker, clock):
    running, clocks = _running_broker
    clocks.append(clock)
    return running
