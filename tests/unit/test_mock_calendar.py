"""The clinic's own calendar: weeks lay out times, staff change them, and the portal is told what has changed."""

from datetime import date

import pytest
from pydantic import ValidationError

from tests.unit.mock_clinic import Running, TestClock, ToyPortal, body_of, booking, new_id, planted, until
from winplc_mock.weeks import WeekDefinition, noon_before

PLAIN = {
    "key": "usual",
    "practitioner": "hansen",
    "first_day": "2026-11-30",
    "openings": [{"weekdays": [0, 2], "opens": "08:00", "closes": "10:00"}],
    "periods": [
        {"opens": "08:00", "closes": "09:00", "reason": "consultation", "minutes": 15},
        {"opens": "09:00", "closes": "12:00", "reason": "vaccination", "minutes": 25, "release": "noon_before"},
    ],
}


def _week(**changes):
    return WeekDefinition.model_validate(PLAIN | changes)


def _days(week, until_day="2026-12-31"):
    return sorted({slot["key"].split("-")[1] for slot in week.times(date.fromisoformat(until_day))})


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


@pytest.fixture
def clinic(tmp_path, portal):
    running = Running(planted(tmp_path), portal.url, clock=TestClock())
    yield running
    running.close()


@pytest.mark.rule("BOO-13")
def test_a_week_lays_out_times_by_open_hours_periods_type_and_length():
    monday = list(_week(last_day="2026-11-30").times(date(2027, 1, 1)))
    assert [(slot["reason"], slot["starts_at"][11:16], slot["ends_at"][11:16]) for slot in monday] == [
        ("consultation", "07:00", "07:15"),
        ("consultation", "07:15", "07:30"),
        ("consultation", "07:30", "07:45"),
        ("consultation", "07:45", "08:00"),
        ("vaccination", "08:00", "08:25"),
        ("vaccination", "08:25", "08:50"),
    ]


@pytest.mark.rule("BOO-13")
@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({"every_weeks": 0}, ["20261130", "20261202"]),
        ({"every_weeks": 2}, ["20261130", "20261202", "20261214", "20261216", "20261228", "20261230"]),
        ({"last_day": "2026-12-07"}, ["20261130", "20261202", "20261207"]),
        ({"first_day": "2026-12-23", "last_day": "2026-12-30"}, ["20261223", "20261228", "20261230"]),
    ],
    ids=["single", "every second week", "with an end", "not on holidays"],
)
def test_a_week_is_single_or_repeated_with_an_end_or_without(changes, days):
    assert _days(_week(**changes)) == days


@pytest.mark.rule("BOO-14", "NEW-17")
@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (date(2026, 12, 2), "2026-12-01T11:00:00+00:00"),
        (date(2026, 11, 30), "2026-11-27T11:00:00+00:00"),
        (date(2027, 3, 30), "2027-03-24T11:00:00+00:00"),
        (date(2026, 7, 1), "2026-06-30T10:00:00+00:00"),
    ],
    ids=["the day before", "over a week-end", "over Easter", "in summer time"],
)
def test_a_time_is_released_at_noon_of_the_working_day_before(day, opens):
    assert noon_before(day).isoformat() == opens


@pytest.mark.parametrize(
    "wrong",
    [{"last_day": "2026-11-29"}, {"every_weeks": 9}, {"periods": []}, {"first_day": "2026-13-01"}, {"openings": []}],
    ids=str,
)
def test_a_week_that_is_none_is_refused(wrong):
    with pytest.raises((ValidationError, ValueError)):
        list(_week(**wrong).times(date(2027, 1, 1)))


def _changes(portal):
    return [one.content for one in portal.received if one.path == "/v1/clinic/slots/changes"]


@pytest.mark.rule("BOO-13")
def test_staff_lay_out_a_week_at_the_desk_and_the_portal_is_sent_its_times(clinic, portal):
    form = {"key": "usual", "practitioner": "hansen", "first_day": "2026-12-07", "every_weeks": "0", "weekdays": "0"}
    form |= {"opens": "08:00", "closes": "09:00", "reason": "consultation", "minutes": "15", "release": "noon_before"}
    assert clinic.page("/desk/nygade/weeks", form).headers["Location"] == "/desk/nygade/weeks?told=sent&laid=4"
    [sent] = _changes(portal)
    assert [slot["key"] for slot in sent["slots"]] == [f"hansen-20261207-08{n}-15" for n in ("00", "15", "30", "45")]
    assert sent["slots"][0]["released_at"] == "2026-12-04T11:00:00.000000Z"
    assert clinic.page("/desk/nygade/weeks", form).headers["Location"].endswith("laid=0"), "again lays out nothing new"
    assert clinic.page("/desk/nygade/weeks", form | {"minutes": "x"}).status == 422
    assert clinic.page("/desk/nygade/weeks", form | {"reason": "mystery"}).status == 422


@pytest.mark.rule("BOO-3")
def test_what_staff_do_to_a_time_is_told_at_once(clinic, portal):
    def do(deed, key="tue-0900"):
        return clinic.page(f"/desk/nygade/calendar/{deed}", {"slot": key})

    assert do("block").headers["Location"].endswith("told=sent")
    assert do("open").status == do("phone").status == 303
    told = [{slot["key"]: slot["offered"] for slot in each["slots"]} for each in _changes(portal)]
    assert told == [
        {"tue-0900": False, "tue-0910": True},
        {"tue-0900": True, "tue-0910": True},
        {"tue-0900": False, "tue-0910": False},
    ], "what lies across a taken time is not offered either"
    assert do("phone").status == 409
    request = new_id()
    assert clinic.put(request, booking("tue-0900")).status == 409, "the phone was first"
    assert do("free").status == 303
    assert do("remove", "tue-0930").status == 303
    assert _changes(portal)[-1] == {"slots": [], "removed": ["tue-0930"]}
    assert do("block", "nowhere").status == 422
    assert clinic.page("/desk/nygade/calendar/explode", {"slot": "tue-0900"}).status == 404


@pytest.mark.rule("BOO-11", "APP-2")
def test_staff_add_a_time_and_a_type_and_both_are_sent(clinic, portal):
    kind = {"key": "home_visit", "public_name": "", "description": "Sygebesøg", "code": "SYG", "minutes": "45"}
    assert clinic.page("/desk/nygade/appointment-types", kind | {"use": "other"}).status == 303
    assert portal.received[-1].path == "/v1/clinic/appointment-types/home_visit"
    assert portal.received[-1].content["code"] == "SYG"
    wrong = clinic.page("/desk/nygade/appointment-types", kind | {"code": "FOR LANG"})
    assert (wrong.status, 'role="alert"' in wrong.data.decode()) == (422, True)
    assert "Ugedefinitioner" in clinic.page("/desk/nygade/weeks").data.decode()
    time = {"practitioner": "hansen", "reason": "home_visit", "on": "2026-12-03", "at": "10:00", "minutes": "45"}
    assert clinic.page("/desk/nygade/calendar/times", time).status == 303
    assert _changes(portal)[-1]["slots"][0]["starts_at"] == "2026-12-03T09:00:00.000000Z"
    assert clinic.page("/desk/nygade/calendar/times", time | {"at": "25:00"}).status == 422
    assert clinic.page("/desk/nygade/calendar/times", time | {"reason": "mystery"}).status == 422
    text = clinic.page("/desk/nygade/calendar?view=day&day=2026-12-03").data.decode()
    assert "SYG" in text


@pytest.mark.rule("BOO-4")
def test_who_takes_an_offered_time_is_confirmed_by_the_system_itself(clinic, portal):
    first, second = new_id(), new_id()
    clinic.put(first, booking("tue-0900"))
    offer = {"clinic": "nygade", "request": first, "trigger": "offer"}
    clinic.control("POST", "act", offer | {"content": {"reason": "Optaget.", "slots": ["tue-0930"]}})
    taken = body_of("booking", {"slot": "tue-0930", "reason": None, "comment": None})
    assert clinic.put(second, taken).status == 201
    until(lambda: portal.triggers(second) == ["confirm"])
