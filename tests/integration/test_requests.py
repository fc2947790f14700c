"""Readers see what lies within their scope, newest first, page by page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from identity.outcomes import NotFoundError
from identity.subject import Auditor, Clinic, Patient
from storage.requests import Page, Requests
from tests.people import ALICE, BOB, CARLA


def reading(house, scope, ask):
    with house.database.reading() as connection:
        return ask(Requests(connection, house.keyring, scope))


def patient(house, who):
    return Patient(house.people[who], house.new_id(), "pages")


def test_a_list_is_read_page_by_page_newest_first_without_gap_or_repeat(house):
    made = []
    for number in range(7):
        house.clock.tick(number % 3)  # some are made in the same moment
        made.append(house.e_kons())
    seen, page = [], Page(limit=2)
    while found := reading(house, patient(house, ALICE), lambda requests, page=page: requests.page(page)):
        assert len(found) <= 2
        seen += [one.id for one in found]
        page = replace(page, after=(found[-1].created_at, found[-1].id))
    assert seen == made[::-1]


def test_filters_narrow_the_list(house):
    question, wish, booked = house.e_kons(), house.renewal(), house.booking()
    elsewhere = house.e_kons(clinic="havnen")
    house.delivered(wish)
    filters = {
        Page(kind="e_kons"): {question, elsewhere},
        Page(kind="e_kons", clinic="nygade"): {question},
        Page(state="delivered"): {wish},
        Page(kind="booking"): {booked},
        Page(clinic="nowhere"): set(),
    }
    found = {
        page: {one.id for one in reading(house, patient(house, ALICE), lambda requests, page=page: requests.page(page))}
        for page in filters
    }
    assert found == filters


@pytest.mark.parametrize(
    ("scope", "sees"),
    [
        (lambda house: patient(house, ALICE), {"alice at nygade", "alice at havnen"}),
        (lambda house: patient(house, BOB), {"bob at nygade"}),
        (lambda house: patient(house, CARLA), set()),
        (lambda house: house.clinics["nygade"], {"alice at nygade", "bob at nygade"}),
        (lambda house: Clinic(house.new_id(), "nygade"), set()),
    ],
    ids=["alice", "bob", "carla", "nygade", "a false nygade"],
)
def test_what_lies_outside_the_scope_is_not_there(house, scope, sees):
    made = {
        "alice at nygade": house.e_kons(),
        "alice at havnen": house.e_kons(clinic="havnen"),
        "bob at nygade": house.e_kons(who=BOB),
    }
    for name, request in made.items():
        if name in sees:
            assert reading(house, scope(house), lambda requests, request=request: requests.one(request)).id == request
        else:
            with pytest.raises(NotFoundError):
                reading(house, scope(house), lambda requests, request=request: requests.one(request))
    assert {one.id for one in reading(house, scope(house), lambda requests: requests.page(Page()))} == {
        made[name] for name in sees
    }


def test_an_auditors_days_are_days_in_copenhagen(house):
    house.clock.now = house.clock.now.replace(hour=23, minute=30)  # half past midnight in Copenhagen
    request = house.e_kons()
    clinics = (house.clinics["nygade"].clinic,)
    today = house.clock().date()
    days = {today: [], today + timedelta(days=1): [request]}
    for day, expected in days.items():
        auditor = Auditor(house.new_id(), "auditor", clinics, day, day)
        assert [one.id for one in reading(house, auditor, lambda requests: requests.page(Page()))] == expected
