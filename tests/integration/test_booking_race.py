"""As many patients as times, all at once through the real doors: each time has one patient, each patient one time."""

import sys
import time
from collections import Counter

import pytest

from storage.models import REQUEST
from tests.calendars import slot, sync
from tests.furnishing import add_patient
from tests.patient_doors import PatientDoors
from tests.people import Persona

PATIENCE = 500  # tries of one patient
UNAVAILABLE = 503


class Crowd:
    """So many patients, each logged in, and as many times."""

    def __init__(self, doors, passwords, count):
        self.doors, self.keys = doors, [f"race-{number:03}" for number in range(count)]
        times = [
            slot(key, at=(2026, 11, 27 + n // 90, 8 + n % 90 // 6, n % 6 * 10), minutes=10)
            for n, key in enumerate(self.keys)
        ]
        sync(doors.house, *times)
        self.people = [_patient(doors, passwords, number) for number in range(count)]
        for each in self.people:
            doors.doors.patient(each)
        self.answers = Counter()

    def book(self, number):
        """Try for the first time of all, then for what is said to be free, until one is had; return which."""
        who, key = self.people[number], self.keys[0]
        for _ in range(PATIENCE):
            answer = self.doors.submit("booking", {"slot": key, "reason": "consultation"}, who=who)
            self.answers[answer.status_code] += 1
            if answer.status_code == 202:
                return key
            if answer.status_code == UNAVAILABLE:
                continue
            assert (answer.status_code, answer.json["code"]) == (409, "slot_taken"), answer.text
            fresh = [each["key"] for each in answer.json["free_times"] if each["key"].startswith("race-")]
            key = fresh[number % len(fresh)] if fresh else self.keys[number]
        raise AssertionError("no time was had")


def _patient(doors, passwords, number):
    digits = f"61{number % 12 + 1:02}{40 + number // 12:02}{1000 + number:04}"
    persona = Persona(f"Racer {number}", digits, f"racer{number}@patients.test", "Fjord-2026", ("nygade",))
    doors.house.people[persona] = add_patient(doors.house, persona, passwords.hash(persona.password))
    return persona


def _race(doors, passwords, at_once, count):
    crowd = Crowd(doors, passwords, count)
    began = time.perf_counter()
    had = at_once([lambda number=number: crowd.book(number) for number in range(count)])
    took = time.perf_counter() - began
    rows = doors.house.rows(REQUEST, REQUEST.c.slot_held)
    sys.stdout.write(f"{count} patients, {count} times, {took:.1f} s, answers {dict(crowd.answers)}\n")
    assert sorted(had) == crowd.keys, "each time once"
    assert Counter(row.slot for row in rows) == Counter(crowd.keys), "none twice, none missing"
    assert {row.person_id for row in rows} == {doors.house.people[each] for each in crowd.people}
    assert crowd.answers[409] > 0, "they did meet"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.mark.rule("BOO-3", "BOO-16", "F29")
def test_twenty_patients_and_twenty_times(doors, passwords, at_once):
    _race(doors, passwords, at_once, 20)


@pytest.mark.long
@pytest.mark.rule("BOO-3", "BOO-16", "F29")
def test_a_hundred_patients_and_a_hundred_times(doors, passwords, at_once):
    _race(doors, passwords, at_once, 100)
