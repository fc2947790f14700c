"""A confirmed appointment is reminded of once, at the time its patient chose, and never when it no longer stands."""

from datetime import timedelta

import pytest

from storage.parcels import Parcels
from storage.reminders import Reminders, choose
from storage.timekeeping import Timers
from storage.visit_preferences import VisitPreference
from tests.builders import PATIENT
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.catalogue import CATALOGUE

NOT_AGREED = {"times_in_mail": False, "times_agreed_at": None, "times_ended_at": None}


@pytest.fixture
def timers(house):
    return Timers(house.database, Reminders(house.ledger).acts())


def confirmed(house, slot="slot-1"):
    booking = house.delivered(house.booking(slot))
    house.say(booking, "confirm", message_id=f"M-{slot}")
    return house.notified(booking)


def later(house, timers, **time):
    house.clock.now += timedelta(**time)
    timers.one_round()
    timers.one_round()


def reminders(house, booking):
    return [letter for _, letter in house.outbox(booking)].count("appointment_reminder")


@pytest.mark.rule("BOO-15", "NOT-2")
def test_a_patient_who_chose_nothing_is_reminded_the_day_before_once(house, timers):
    booking = confirmed(house)
    later(house, timers, days=2, minutes=-1)
    assert reminders(house, booking) == 0
    later(house, timers, minutes=1)
    later(house, timers, hours=3)
    assert reminders(house, booking) == 1
    assert house.walked(booking)[-1] == "remind"


@pytest.mark.rule("BOO-15")
def test_the_choice_holds_for_what_is_booked_already_and_none_is_a_choice(house, timers):
    booking = confirmed(house)
    for minutes in (None, 180, None):
        with house.database.writing() as connection:
            choose(connection, house.people[ALICE], VisitPreference(minutes), house.clock())
    later(house, timers, days=2, hours=23)
    assert reminders(house, booking) == 0


@pytest.mark.rule("BOO-15")
@pytest.mark.parametrize("how", ["cancel", "move"])
def test_a_time_that_was_given_up_reminds_nobody(house, timers, how):
    booking = confirmed(house)
    if how == "cancel":
        house.advance(booking, "cancel", actor=PATIENT)
    else:
        house.say(booking, "move_by_clinic", message_id="M-move", slot="slot-2")
    later(house, timers, days=2)
    assert reminders(house, booking) == 0


@pytest.mark.rule("BOO-15")
def test_a_reminder_that_is_on_its_way_until_the_start_is_not_sent(house, timers):
    booking = confirmed(house)
    later(house, timers, days=2)
    row = house.owed(booking, "mail")
    house.clock.now = house.request(booking).slot_start
    _, letter = house.worker.claim(row.id, Parcels(house.keyring, CATALOGUE, house.clock).letter)
    assert letter is None


@pytest.mark.rule("BOO-15")
def test_a_patient_chooses_at_the_door_and_what_is_out_of_range_is_refused(postgres_house, passwords):
    doors = PatientDoors(postgres_house, passwords)
    booking = confirmed(postgres_house)
    assert doors.get("/v1/me/reminders").json == {"minutes_before": 1440} | NOT_AGREED
    for wrong in (119, 10081, "1440", True):
        assert doors.call("PUT", "/v1/me/reminders", {"minutes_before": wrong}, ALICE).status_code == 422
    assert doors.call("PUT", "/v1/me/reminders", {"minutes_before": 2880}, ALICE).status_code == 200
    assert doors.get("/v1/me/reminders").json == {"minutes_before": 2880} | NOT_AGREED
    timers = Timers(postgres_house.database, Reminders(postgres_house.ledger).acts())
    later(postgres_house, timers, days=1)
    assert reminders(postgres_house, booking) == 1
