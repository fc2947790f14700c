"""A time that comes free goes to whoever has waited longest, for a while, and to nobody else meanwhile (NEW-15)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from storage.calendar import OfferedSlot, put_slots
from storage.free_times import Search, free_slots
from storage.models import REQUEST
from storage.visit_registers import TIMER, WAITING_ENTRY
from tests.builders import PATIENT
from tests.people import ALICE, BOB, NAMESAKE
from tests.waiting_room import WaitingRoom
from workflows.vocabulary import NotApplicableError, Refusal


@pytest.fixture
def room(house):
    return WaitingRoom(house)


@pytest.fixture
def sqlite_room(sqlite_house):
    return WaitingRoom(sqlite_house)


def free(house):
    """Return the keys of the times that a patient could book now."""
    now = house.clock()
    search = Search(("hansen", "olsen"), ("consultation",), now, now + timedelta(days=30), now)
    with house.database.reading() as connection:
        return {slot.key for slot in free_slots(connection, house.clinics["nygade"].clinic, search, 100)}


@pytest.mark.rule("NEW-15")
def test_a_cancelled_time_is_offered_to_the_first_in_line_and_held_for_them(room):
    house, first = room.house, room.joins(ALICE)
    second = room.joins(BOB)
    room.frees("slot-1", NAMESAKE)
    assert "slot-1" not in free(house), "kept for the line from the moment in which it came free"
    room.looks()
    assert room.offered() == {first: "slot-1"}
    assert "slot-1" not in free(house)
    assert house.outbox(first)[-1] == ("mail", "slot_offered")
    assert house.walked(first) == ["submit", "delivered", "offer_time"]
    assert house.state(second) == "delivered"


@pytest.mark.rule("NEW-15")
def test_an_offer_that_is_taken_becomes_a_booking_of_the_time_in_the_same_step(room):
    house, entry = room.house, room.joins(ALICE)
    room.frees("slot-1", NAMESAKE)
    room.looks()
    booked = room.accepts(entry)
    assert [(row.id, row.kind, row.slot) for row in room.holders()] == [(booked.request, "booking", "slot-1")]
    assert house.state(entry) == "closed"
    assert house.request(booked.request).thread_id == entry
    assert house.walked(booked.request) == ["submit"]
    assert not house.rows(WAITING_ENTRY)
    with pytest.raises(NotApplicableError):
        room.accepts(entry)


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize("how", ["decline", "lapse"])
def test_a_time_that_is_not_taken_goes_to_the_next_and_the_place_in_line_stays(room, how):
    house, first, second = room.house, room.joins(ALICE), room.joins(BOB)
    room.frees("slot-1", NAMESAKE)
    room.looks()
    if how == "decline":
        room.declines(first)
    else:
        room.passes(hours=2)
    room.looks()
    assert room.offered() == {second: "slot-1"}
    assert (house.walked(first)[-1], house.state(first), house.request(first).slot) == (how, "delivered", None)
    room.frees("slot-2", NAMESAKE)
    room.looks()
    assert room.offered() == {second: "slot-1", first: "slot-2"}, "whoever has passed one on is still first in line"


@pytest.mark.rule("NEW-15")
def test_an_offer_that_has_run_out_is_not_taken_even_before_anybody_has_noticed(room):
    entry = room.joins(ALICE)
    room.frees("slot-1", NAMESAKE)
    room.looks()
    room.house.clock.now += timedelta(hours=2, seconds=1)
    late = room.accepts(entry)
    assert isinstance(late, Refusal)
    assert late.rule.code == "offer_over"
    assert room.offered() == {entry: "slot-1"}, "nothing half done"
    room.looks()
    assert not room.holders()
    assert "slot-1" in free(room.house), "nobody else waits, so it is anybody's"


@pytest.mark.rule("NEW-15", "NEW-16")
def test_a_booking_that_an_accepted_time_takes_the_place_of_is_given_up_with_it_and_passed_on(room):
    house, later = room.house, room.books("slot-5", ALICE)
    entry, other = room.joins(ALICE, instead_of=later), room.joins(BOB)
    room.frees("slot-1", NAMESAKE)
    room.looks()
    booked = room.accepts(entry)
    assert (house.state(later), house.state(entry)) == ("moved", "closed")
    assert house.request(booked.request).thread_id == house.request(later).thread_id
    room.looks()
    assert {row.slot for row in room.holders()} == {"slot-1", "slot-5"}
    assert room.offered() == {other: "slot-5"}


@pytest.mark.rule("NEW-16")
def test_a_refused_swap_leaves_booking_and_offer_as_they_were(room):
    house, later = room.house, room.books("slot-5", ALICE)
    entry = room.joins(ALICE, instead_of=later)
    room.frees("slot-1", NAMESAKE)
    room.looks()
    house.settings(services={"waiting": "on", "booking": "off"})
    refused = room.accepts(entry)
    assert isinstance(refused, Refusal)
    assert refused.rule.code == "not_offered"
    assert {row.slot for row in room.holders()} == {"slot-1", "slot-5"}
    assert house.state(later) == "notified"


@pytest.mark.rule("NEW-16")
def test_inside_the_limit_a_time_moves_only_while_another_waits_for_it(room):
    house, mine = room.house, room.books("slot-1", ALICE)
    house.clock.now = house.request(mine).slot_start - timedelta(hours=47)
    wish = room.wish("slot-3")
    assert house.advance(mine, "move", wish, PATIENT).rule.code == "too_late_to_move"
    room.joins(ALICE)
    assert house.advance(mine, "move", wish, PATIENT).rule.code == "too_late_to_move", "one's own wait is no refill"
    other = room.joins(BOB)
    assert house.advance(mine, "move", wish, PATIENT).state == "submitted"
    room.looks()
    assert room.offered() == {other: "slot-1"}, "whoever gave it up is not offered it"


@pytest.mark.rule("NEW-15")
def test_in_quiet_hours_a_time_is_kept_and_offered_in_the_morning(room):
    house, entry = room.house, room.joins(ALICE)
    house.clock.now = datetime(2026, 11, 23, 22, tzinfo=UTC)
    room.frees("slot-1", NAMESAKE)
    room.looks()
    assert not room.offered()
    assert "slot-1" not in free(house)
    house.clock.now = datetime(2026, 11, 24, 7, tzinfo=UTC)
    room.looks()
    assert room.offered() == {entry: "slot-1"}


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize(
    "wish",
    [
        {"practitioner": "olsen"},
        {"reason": "blood_test"},
        {"parts_of_day": ("evening",)},
        {"first_day": datetime(2026, 11, 27, tzinfo=UTC).date()},
    ],
)
def test_a_time_that_nobody_in_line_can_use_is_anybodys_at_once(sqlite_room, wish):
    sqlite_room.joins(ALICE, **wish)
    sqlite_room.frees("slot-1", NAMESAKE)
    assert "slot-1" in free(sqlite_room.house)
    sqlite_room.looks()
    assert not sqlite_room.offered()


@pytest.mark.rule("NEW-15")
def test_a_newly_offered_time_is_offered_to_the_line_too(room):
    house, entry = room.house, room.joins(ALICE)
    start = house.clock() + timedelta(days=2)
    new = {"key": "new", "practitioner": "hansen", "reason": "consultation"}
    slot = OfferedSlot(**new, starts_at=start, ends_at=start + timedelta(minutes=15))
    with house.database.writing() as connection:
        put_slots(connection, house.clinics["nygade"].clinic, [slot], house.clock())
    room.looks()
    assert room.offered() == {entry: "new"}


@pytest.mark.rule("NEW-15")
def test_a_wait_ends_with_its_last_day_and_nothing_is_offered_after_it(room):
    house, entry = room.house, room.joins(ALICE, last_day=datetime(2026, 11, 24, tzinfo=UTC).date())
    house.clock.now = datetime(2026, 11, 24, 23, tzinfo=UTC)
    room.looks()
    assert (house.state(entry), house.outbox(entry)[-2:]) == (
        "expired",
        [("mail", "appointment_news"), ("tell_winplc_it_ended", None)],
    )
    assert not house.rows(WAITING_ENTRY)
    assert not house.rows(TIMER)


@pytest.mark.rule("NEW-15", "F29")
def test_many_workers_that_look_at_once_offer_each_time_once(room, at_once):
    house, waiting = room.house, [room.joins(who) for who in (ALICE, BOB, ALICE)]
    for slot in ("slot-1", "slot-2", "slot-3"):
        room.frees(slot, NAMESAKE)
    at_once([room.looks] * 6)
    room.looks()
    offered = room.offered()
    assert set(offered) == set(waiting)
    assert sorted(offered.values()) == ["slot-1", "slot-2", "slot-3"]
    assert [house.walked(each).count("offer_time") for each in waiting] == [1, 1, 1]


@pytest.mark.rule("NEW-15")
def test_the_database_itself_lets_no_time_be_held_by_two(room):
    entry, booking = room.joins(ALICE), room.house.booking("slot-1", who=BOB)
    assert room.house.request(booking).slot_held
    held = REQUEST.update().where(REQUEST.c.id == entry).values(slot="slot-1", slot_held=True)
    with pytest.raises(IntegrityError), room.house.database.writing() as connection:
        connection.execute(held)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("joins"), st.sampled_from((ALICE, BOB))),
        st.tuples(st.just("frees"), st.integers(1, 5)),
        st.tuples(st.sampled_from(["accepts", "declines", "withdraws"]), st.integers(0, 5)),
        st.tuples(st.just("passes"), st.integers(1, 3)),
    ),
    min_size=6,
    max_size=18,
)


@pytest.mark.rule("NEW-15")
@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))  # each example is a house: too slow to shrink
@given(steps=STEPS)
def test_nobody_overtakes_and_no_time_is_ever_in_two_hands(steps, sqlite_template, keyring, passwords):
    """An offer goes to the one who has waited longest; who gave a time up is not offered it again, in any place."""
    line, refused = [], set()
    with WaitingRoom.fresh(sqlite_template, keyring, passwords) as room:
        for act, what in steps:
            room.step(act, what, line, refused)
            for request, slot in room.new_offers():
                ahead = line[: line.index(request)]
                gave_up = {room.person(each) for each, given in refused if given == slot}
                assert all(each in room.offered() or room.person(each) in gave_up for each in ahead), (act, what)
                assert (request, slot) not in refused, "nobody is offered the same time twice"
            slots = [row.slot for row in room.holders()]
            assert len(slots) == len(set(slots))
