"""What stories about enrolments ask for: a clinic that takes sign-ups with approval, on both databases or on one."""

import pytest

from tests.enrolling import Enrolling
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
