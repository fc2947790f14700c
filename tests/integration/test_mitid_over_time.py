"""MitID and people who change: a former number lets nobody in the first time, and a merged person is the survivor."""

import pytest

from identity.mitid import Federated, Level
from storage.federation import link, linked_person, user_of
from storage.merging import merge
from storage.numbers import Change, change_number
from storage.registers import PERSON_CPR
from tests.people import ALICE, BOB, DAVID


def mitid(who, subject="s-1"):
    return Federated("https://broker.test", subject, Level.SUBSTANTIAL, who.cpr)


def enter(house, identity):
    with house.database.writing() as connection:
        nygade = house.clinics["nygade"].clinic
        return user_of(connection, house.keyring, nygade, identity, house.clock())


def renumber(house, who, new):
    with house.database.writing() as connection:
        change = Change(house.people[who], who.cpr, new.cpr)
        assert change_number(connection, house.keyring, house.new_id, change, house.clock()) is True


@pytest.mark.rule("CPR-5")
def test_a_former_number_links_nobody_and_the_present_one_does(house):
    renumber(house, ALICE, DAVID)
    assert enter(house, mitid(ALICE)) is None
    assert enter(house, mitid(DAVID, "s-2")) == house.people[ALICE]


@pytest.mark.rule("CPR-5")
def test_who_is_linked_already_gets_in_through_the_change(house):
    alice = house.people[ALICE]
    assert enter(house, mitid(ALICE)) == alice
    renumber(house, ALICE, DAVID)
    assert enter(house, mitid(ALICE)) == enter(house, mitid(DAVID)) == alice
    assert len(house.rows(PERSON_CPR, PERSON_CPR.c.person_id == alice)) == 2


@pytest.mark.rule("CPR-5")
def test_who_was_linked_to_the_other_is_the_survivor(house):
    alice, bob = house.people[ALICE], house.people[BOB]
    with house.database.writing() as connection:
        link(connection, house.keyring, mitid(BOB), bob, house.clock())
        assert merge(connection, house.keyring, survivor=alice, other=bob, now=house.clock())
        assert linked_person(connection, house.keyring, mitid(BOB)) == alice
    assert enter(house, mitid(BOB)) == alice
