"""Who is under 15 is told who else can see a message or a booking, and it is kept when they first said they read it."""

from dataclasses import replace

import pytest

from storage.models import HISTORY
from storage.registers import MEMBERSHIP
from tests.furnishing import add_patient
from tests.people import ALICE, DAVID
from workflows import booking, e_kons
from workflows.vocabulary import Refusal

EMIL = replace(DAVID, name="Emil", digits="7211115007", email="emil@patients.test", clinics=("nygade",))
"""Born on 12 November 2011: 15 since eleven days when the clock of the tests begins."""
SPEAKS = e_kons.Message(text="Jeg har et spørgsmål.")
BOOKS = booking.Wish(slot="slot-1", reason="consultation")


@pytest.fixture
def child(house, passwords):
    """Return Emil, a patient of the clinic, a day before the birthday."""
    house.people[EMIL] = add_patient(house, EMIL, passwords.hash(EMIL.password))
    house.clock.tick(-12 * 24 * 3600)
    return EMIL


def shown_at(house, who):
    (row,) = house.rows(MEMBERSHIP, MEMBERSHIP.c.person_id == house.people[who])
    return row.notice_under15_shown_at


@pytest.mark.rule("ACC-12", "BOO-9")
@pytest.mark.parametrize(("kind", "words"), [("e_kons", SPEAKS), ("booking", BOOKS)])
def test_a_child_is_told_first_and_once(house, child, kind, words):
    refused = house.submit(kind, words, who=child)
    assert isinstance(refused, Refusal)
    assert (refused.rule.code, refused.rule.layer) == ("custody_notice", "age")
    assert house.rows(HISTORY) == []
    assert shown_at(house, child) is None
    read_at = house.clock()
    assert house.submit(kind, words.model_copy(update={"notice_under_15": True}), who=child).request
    assert shown_at(house, child) == read_at
    house.clock.tick(60)
    assert house.e_kons(who=child), "they know by now"
    assert house.submit("e_kons", SPEAKS.model_copy(update={"notice_under_15": True}), who=child).request
    assert shown_at(house, child) == read_at, "the first time counts"


@pytest.mark.rule("ACC-12")
def test_the_age_is_that_of_the_day_of_the_act(house, child):
    assert isinstance(house.submit("e_kons", SPEAKS, who=child), Refusal)
    house.clock.tick(24 * 3600)
    assert house.submit("e_kons", SPEAKS, who=child).request
    assert shown_at(house, child) is None, "nobody told them of anything"
    assert house.e_kons(who=ALICE)
