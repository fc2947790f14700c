"""Which times can be booked and which days are looked at: whole local days, also where the clock changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from api.inputs import InvalidQueryError
from api.patient.periods import Wanted, period_of
from tests.furnishing import clinic_settings
from workflows.appointments import AppointmentType, booking_window
from workflows.clinic_settings import settings_as_stored
from workflows.working_days import COPENHAGEN

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _local(*numbers):
    return datetime(*numbers, tzinfo=COPENHAGEN)


def _type(**changes):
    plain = {"description": "Alm. konsultation", "minutes": 15, "code": "KONS"}
    return AppointmentType.model_validate(plain | changes)


@pytest.mark.rule("BOO-2")
@pytest.mark.parametrize(
    ("minutes", "days", "earliest"),
    [
        (0, 0, _local(2026, 11, 23, 10)),
        (90, 0, _local(2026, 11, 23, 11, 30)),
        (0, 1, _local(2026, 11, 24)),
        (90, 1, _local(2026, 11, 24)),
        (24 * 60, 1, _local(2026, 11, 24, 10)),
        (0, 7, _local(2026, 11, 30)),
    ],
)
def test_the_least_notice_is_minutes_and_whole_local_days(minutes, days, earliest):
    settings = clinic_settings("nygade", earliest_booking_minutes=minutes, earliest_booking_days=days)
    assert booking_window(settings, MONDAY)[0] == earliest


@pytest.mark.rule("BOO-2")
@pytest.mark.parametrize(
    ("now", "days", "after_last"),
    [
        (MONDAY, 1, _local(2026, 11, 25)),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), 1, _local(2026, 11, 26)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), 1, _local(2026, 10, 26)),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), 1, _local(2026, 3, 30)),
    ],
    ids=["plain", "after midnight in Copenhagen", "the day of 25 hours", "the day of 23 hours"],
)
def test_the_last_day_is_a_whole_one(now, days, after_last):
    assert booking_window(clinic_settings("nygade", latest_booking_days=days), now)[1] == after_last


@pytest.mark.rule("CLN-1")
@pytest.mark.parametrize(("days", "after_last"), [(90, _local(2026, 11, 28)), (1, _local(2026, 11, 25))])
def test_no_time_after_the_last_day_of_a_clinic_that_closes_can_be_booked(days, after_last):
    settings = clinic_settings("nygade", latest_booking_days=days, closes_on=date(2026, 11, 27))
    assert booking_window(settings, MONDAY)[1] == after_last


def test_a_notice_in_hours_from_before_is_read_as_minutes():
    stored = clinic_settings("nygade").model_dump(mode="json", exclude={"earliest_booking_minutes"})
    assert settings_as_stored(stored | {"earliest_booking_hours": 3}).earliest_booking_minutes == 180
    with pytest.raises(ValidationError):
        clinic_settings("nygade", earliest_booking_hours=3)


@pytest.mark.rule("BOO-1")
@pytest.mark.parametrize(
    ("query", "first", "last", "hours", "before", "following"),
    [
        ({"month": "2026-12"}, "2026-12-01", "2026-12-31", 744, "2026-11", "2027-01"),
        ({"month": "2026-03"}, "2026-03-01", "2026-03-31", 743, "2026-02", "2026-04"),
        ({"month": "2026-10"}, "2026-10-01", "2026-10-31", 745, "2026-09", "2026-11"),
        ({"week": "2026-W01"}, "2025-12-29", "2026-01-04", 168, "2025-W52", "2026-W02"),
        ({"week": "2026-W53"}, "2026-12-28", "2027-01-03", 168, "2026-W52", "2027-W01"),
        ({"week": "2026-W13"}, "2026-03-23", "2026-03-29", 167, "2026-W12", "2026-W14"),
        ({"day": "2026-10-25"}, "2026-10-25", "2026-10-25", 25, "2026-10-24", "2026-10-26"),
        ({"day": "2026-03-29", "view": "day"}, "2026-03-29", "2026-03-29", 23, "2026-03-28", "2026-03-30"),
    ],
)
def test_a_period_is_local_days_with_its_neighbours(query, first, last, hours, before, following):
    period = period_of(Wanted(**query))
    assert (period.first, period.after) == (date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))
    assert (period.end - period.start) == timedelta(hours=hours)
    assert (period.before().name, period.following().name) == (before, following)
    assert period.before().following() == period


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"month": "2026-13"}, "month"),
        ({"month": "2026-00"}, "month"),
        ({"week": "2026-W54"}, "week"),
        ({"week": "2027-W53"}, "week"),
        ({"week": "2026-W00"}, "week"),
        ({"day": "2026-02-29"}, "day"),
        ({"day": "20261125"}, "day"),
        ({"month": "2026-11", "day": "2026-11-25"}, "month"),
        ({"month": "2026-11", "view": "week"}, "view"),
        ({}, "month"),
    ],
)
def test_a_period_that_is_in_no_calendar_is_refused(query, field):
    with pytest.raises(InvalidQueryError) as refused:
        period_of(Wanted(**query))
    assert refused.value.faults[0].field == field


@pytest.mark.rule("APP-2")
def test_a_type_is_shown_by_its_public_name_or_else_by_its_description():
    assert _type(public_name="Konsultation").shown_name() == "Konsultation"
    assert _type(public_name="  ").shown_name() == "Alm. konsultation"


@pytest.mark.rule("BOO-11")
@pytest.mark.parametrize(("use", "open_to_patients"), [("patient", True), ("other", False), ("closed", False)])
def test_a_type_is_for_patients_for_other_use_or_closed(use, open_to_patients):
    assert _type(use=use).for_patients is open_to_patients


@pytest.mark.rule("BOO-11")
@pytest.mark.parametrize(
    "wrong",
    [
        *({"code": "KONSULT"}, {"code": ""}, {"code": "K S"}, {"minutes": 0}, {"minutes": 1441}, {"use": "staff"}),
        *({"description": ""}, {"public_name": "x" * 101}),
    ],
    ids=str,
)
def test_a_type_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        _type(**wrong)
