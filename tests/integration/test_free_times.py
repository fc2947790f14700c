"""Free times as patients see them: by month, week and day, only what they could book, and what opens later."""

from datetime import datetime, timedelta

import pytest

from storage.models import REQUEST
from tests.calendars import appointment_type, asked_of, decide, plan_of, practitioner, slot, sync
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.clinic_settings import Closure
from workflows.working_days import COPENHAGEN, local_day

SLOTS = "/v1/clinics/nygade/slots"
NEXT_YEAR = {"latest_booking_days": 500}


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _look(doors, query, who=ALICE):
    answer = doors.get(f"{SLOTS}?{query}", who, Accept_Language="en")
    assert answer.status_code == 200, answer.text
    return answer.json


def _keys(doors, query, who=ALICE):
    return [each["key"] for day in _look(doors, query, who)["days"] for each in day["slots"]]


@pytest.mark.rule("BOO-1", "BOO-3")
def test_a_month_counts_each_day_and_shows_the_first_times_a_week_shows_all(doors):
    doors.submit("booking", {"slot": "slot-1", "reason": "consultation"})
    month = _look(doors, "view=month&month=2026-11&practitioner=hansen&reason=consultation")
    [day] = month["days"]
    assert (day["day"], day["count"], day["more"]) == ("2026-11-26", 7, 4)
    assert [each["key"] for each in day["slots"]] == ["slot-2", "slot-3", "slot-4"]
    assert day["slots"][0]["starts_at"] == "2026-11-26T09:15:00Z"
    assert _look(doors, "month=2026-11&first=1")["days"][0]["more"] == 6
    whole_day = _look(doors, "view=day&day=2026-11-26")["days"][0]
    assert (len(whole_day["slots"]), whole_day["more"]) == (7, 0)
    assert _keys(doors, "view=week&week=2026-W48") == [f"slot-{number}" for number in range(2, 9)]
    assert _keys(doors, "week=2026-W49") == _keys(doors, "week=2026-W48&practitioner=holm") == []


@pytest.mark.rule("BOO-1")
def test_months_and_weeks_are_paged_as_far_as_the_booking_window_goes(sqlite_doors):
    month = _look(sqlite_doors, "view=month&month=2026-11&practitioner=hansen&first=2")
    assert month["previous"] is None, "nothing before now can be booked"
    assert month["next"] == f"{SLOTS}?view=month&month=2026-12&practitioner=hansen&first=2"
    pages = [month]
    while pages[-1]["next"]:
        pages.append(sqlite_doors.get(pages[-1]["next"]).json)
    assert [page["period"] for page in pages] == ["2026-11", "2026-12", "2027-01", "2027-02"]
    back = sqlite_doors.get(pages[1]["previous"]).json
    assert back["days"] == month["days"]
    week = _look(sqlite_doors, "week=2026-W53")
    assert (week["previous"], week["next"]) == (f"{SLOTS}?view=week&week=2026-W52", f"{SLOTS}?view=week&week=2027-W01")


@pytest.mark.rule("BOO-1")
@pytest.mark.parametrize(
    ("day", "hours"), [((2027, 3, 28), (0, 1, 3, 23)), ((2027, 10, 31), (0, 2, 3, 23))], ids=["short", "long"]
)
def test_the_days_on_which_the_clock_changes_hold_their_own_times(sqlite_doors, day, hours):
    sqlite_doors.house.settings(**NEXT_YEAR)
    times = [datetime(*day, hour, tzinfo=COPENHAGEN) for hour in hours]
    around = [times[0] - timedelta(minutes=15), times[-1].astimezone(ALMOST.tzinfo) + timedelta(hours=1)]
    sync(sqlite_doors.house, *(slot(f"dst-{number}", at=at) for number, at in enumerate([*times, *around])))
    shown = f"{day[0]}-{day[1]:02}-{day[2]:02}"
    days = {each["day"]: each["count"] for each in _look(sqlite_doors, f"month={shown[:7]}")["days"]}
    assert days[shown] == len(hours)
    assert sum(days.values()) == len(hours) + 2 - (day[2] == 31)
    assert len(_look(sqlite_doors, f"day={shown}")["days"][0]["slots"]) == len(hours)


ALMOST = datetime(2027, 1, 1, tzinfo=COPENHAGEN).astimezone()


@pytest.mark.rule("BOO-2")
def test_times_outside_the_booking_window_are_not_shown(sqlite_doors):
    sqlite_doors.house.settings(earliest_booking_minutes=(3 * 24 + 1) * 60)
    assert _keys(sqlite_doors, "week=2026-W48") == ["slot-5", "slot-6", "slot-7", "slot-8"]
    sqlite_doors.house.settings(earliest_booking_days=4)
    assert _keys(sqlite_doors, "week=2026-W48") == []
    sqlite_doors.house.settings(latest_booking_days=2)
    assert _keys(sqlite_doors, "week=2026-W48") == []
    refused = sqlite_doors.submit("booking", {"slot": "slot-1", "reason": "consultation"})
    assert (refused.status_code, refused.json["code"]) == (422, "outside_booking_window")
    sqlite_doors.house.settings(latest_booking_days=3)
    assert len(_keys(sqlite_doors, "week=2026-W48")) == 8, "the last day is a whole one"


@pytest.mark.rule("BOO-14", "NEW-17")
def test_a_time_is_shown_from_its_release_and_until_then_when_the_day_opens(doors, clock):
    noon = datetime(2026, 11, 23, 12, tzinfo=COPENHAGEN)
    sync(doors.house, slot("late", at=(2026, 11, 24, 8), released_at=noon))
    [day, _] = _look(doors, "week=2026-W48")["days"]
    assert (day["day"], day["count"], day["slots"], day["opens_at"]) == ("2026-11-24", 0, [], "2026-11-23T11:00:00Z")
    early = doors.submit("booking", {"slot": "late", "reason": "consultation"})
    assert (early.status_code, early.json["code"]) == (422, "outside_booking_window")
    clock.now = noon.astimezone(clock.now.tzinfo)
    doors.doors.tokens.clear()
    [day, _] = _look(doors, "week=2026-W48")["days"]
    assert (day["count"], day["opens_at"]) == (1, None)
    assert doors.submit("booking", {"slot": "late", "reason": "consultation"}).status_code == 202


@pytest.mark.rule("PRA-5", "BOO-11")
def test_only_times_that_can_be_booked_are_shown_and_the_others_are_refused(doors):
    house = doors.house
    practitioner(house, "holm")
    practitioner(house, "krogh", calendar_synchronised=False)
    practitioner(house, "lind", services={"booking": False})
    appointment_type(house, "vaccination")
    appointment_type(house, "home_visit", use="other")
    at = (2026, 11, 27, 10)
    odd = [
        slot("good", at=at, practitioner="holm", reason="vaccination"),
        slot("no-calendar", at=at, practitioner="krogh"),
        slot("switched-off", at=at, practitioner="lind"),
        slot("nobody", at=at, practitioner="stranger"),
        slot("not-for-patients", at=at, practitioner="holm", reason="home_visit"),
        slot("of-no-type", at=at, practitioner="holm", reason="mystery"),
        slot("not-offered", at=at, practitioner="holm", offered=False),
    ]
    sync(house, *odd)
    assert _keys(doors, "day=2026-11-27") == ["good"]
    refused = {
        each.key: doors.submit("booking", {"slot": each.key, "reason": each.reason}).json["code"] for each in odd[1:]
    }
    assert refused == {
        "no-calendar": "practitioner_off",
        "switched-off": "practitioner_off",
        "nobody": "practitioner_off",
        "not-for-patients": "reason_not_open",
        "of-no-type": "reason_not_open",
        "not-offered": "slot_taken",
    }
    assert not house.rows(REQUEST)
    assert doors.submit("booking", {"slot": "good", "reason": "vaccination"}).status_code == 202
    assert house.rows(REQUEST)[0].practitioner == "holm", "a time is its practitioner's, whoever the wish names"


@pytest.mark.rule("PRA-3", "BOO-5")
def test_the_comment_that_a_practitioner_asks_for_is_asked_for_whomever_the_wish_names(sqlite_doors):
    practitioner(sqlite_doors.house, "hansen", comment_required=True)
    wish = {"slot": "slot-1", "reason": "consultation"}
    refused = sqlite_doors.submit("booking", wish)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (422, "comment_required", "/comment")
    assert sqlite_doors.submit("booking", wish | {"comment": "Kontrol."}).status_code == 202


@pytest.mark.parametrize("wrong", [{"reason": "vaccination"}, {"practitioner": "holm"}], ids=str)
def test_a_wish_that_is_not_the_times_own_is_refused(sqlite_doors, wrong):
    practitioner(sqlite_doors.house, "holm")
    appointment_type(sqlite_doors.house, "vaccination")
    refused = sqlite_doors.submit("booking", {"slot": "slot-1", "reason": "consultation"} | wrong)
    assert (refused.status_code, refused.json["code"], refused.json["layer"]) == (422, "slot_differs", "calendar")


@pytest.mark.rule("APP-2", "BOO-11", "PRA-2")
def test_reasons_and_practitioners_are_shown_by_the_names_that_are_for_patients(sqlite_doors):
    house = sqlite_doors.house
    appointment_type(house, "vaccination", description="Vaccination hos sygeplejerske")
    appointment_type(house, "home_visit", use="other")
    practitioner(house, "holm", custom_name="Sygeplejerske Bo", comment_required=True)
    practitioner(house, "krogh", calendar_synchronised=False)
    shown = sqlite_doors.get("/v1/clinics/nygade/reasons").json
    assert shown["reasons"] == [
        {"reason": "consultation", "name": "Konsultation", "minutes": 15},
        {"reason": "vaccination", "name": "Vaccination hos sygeplejerske", "minutes": 10},
    ]
    assert shown["practitioners"] == [
        {"key": "hansen", "name": "Læge Hansen", "comment_required": False},
        {"key": "holm", "name": "Sygeplejerske Bo", "comment_required": True},
    ]
    assert shown["booking"] == {"allowed": True}


@pytest.mark.rule("HOL-1", "NEW-11")
def test_a_holiday_leaves_booking_open_unless_it_says_so(sqlite_doors):
    days = {"first_day": "2026-11-20", "last_day": "2026-11-27", "message": "Ferie."}
    for closes, is_open in ((["e_kons", "renewal"], True), (["booking"], False)):
        decide(sqlite_doors.house, "closure", "a", Closure.model_validate(days | {"closes": closes}))
        shown = _look(sqlite_doors, "week=2026-W48")
        assert (shown["booking"]["allowed"], bool(shown["days"])) == (is_open, is_open)
        assert shown["booking"].get("layer") == (None if is_open else "holiday")


@pytest.mark.rule("BOO-1")
def test_a_month_of_one_of_ten_thousand_times_costs_three_queries(doors):
    house, at = doors.house, datetime(2026, 11, 26, 8, tzinfo=COPENHAGEN)
    staff = [f"doctor-{number}" for number in range(5)]
    for each in staff:
        practitioner(house, each)
    times = [
        slot(f"s-{number}", at=at + timedelta(minutes=5 * (number // 5)), minutes=5, practitioner=staff[number % 5])
        for number in range(10_000)
    ]
    sync(house, *times)
    doors.get(f"{SLOTS}?day=2026-11-26", BOB)
    look = "month=2026-12&practitioner=doctor-3&reason=consultation"
    served_by = doors.doors.services.database
    shown, asked = asked_of(served_by, lambda: _look(doors, look, BOB))
    in_december = [each for each in times if each.practitioner == "doctor-3" and local_day(each.starts_at).month == 12]
    assert sum(day["count"] for day in shown["days"]) == len(in_december)
    assert not shown["truncated"]
    verbs = [words.split(maxsplit=1)[0] for words, _ in asked]
    assert verbs[-4:] == ["SELECT", "SELECT", "SELECT", "INSERT"], "clinic, settings, times; and the look is noted"
    plan = plan_of(house.database, *asked[-2])
    assert "ix_slot_offered_by" in plan, plan
    assert "SCAN slot" not in plan, plan
    assert "Seq Scan on slot " not in plan, plan
    every = asked_of(served_by, lambda: _look(doors, "week=2026-W49", BOB))[1][-2]
    assert "ix_slot_offered" in plan_of(house.database, *every)
