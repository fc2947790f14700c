"""What operators and the clock do: secrets in turn, another try, a look at what is owed, tidying up."""

from datetime import timedelta

import pytest

from identity.outcomes import NotFoundError
from storage.feeds import Feeds
from storage.housekeeping import KEYS_KEPT, sweep
from storage.models import FEED, HISTORY, IDEMPOTENCY
from storage.operations import OVERLAP, Owed, Parked, add_clinic, count_requests, owed, parked, resend, rotate_secret
from storage.throttles import count_up
from storage.webhook_secrets import secrets_in_force
from tests.furnishing import SECRET, clinic_settings
from workflows.delivery import Failure
from workflows.vocabulary import NotApplicableError

MINUTE = timedelta(minutes=1)


def in_force(house, slug="nygade"):
    with house.database.reading() as connection:
        return secrets_in_force(connection, house.keyring, house.clinics[slug].clinic, house.clock())


@pytest.mark.rule("F22")
def test_two_secrets_hold_while_one_replaces_the_other(house):
    house.clock.tick(60)
    with house.database.writing() as connection:
        new = rotate_secret(connection, house.keyring, house.new_id, "nygade", house.clock())
    assert in_force(house) == [new, SECRET]
    assert in_force(house, "havnen") == [SECRET]
    house.clock.now += OVERLAP
    assert in_force(house) == [new]
    with pytest.raises(NotFoundError), house.database.writing() as connection:
        rotate_secret(connection, house.keyring, house.new_id, "nowhere", house.clock())


def test_a_clinic_is_added_once(house):
    plan = {"settings": clinic_settings("nygade", longest_text=1), "winplc_url": "http://other.test", "secret": None}
    with house.database.writing() as connection:
        assert add_clinic(connection, house.keyring, house.new_id, slug="nygade", now=house.clock(), **plan) is None
    assert in_force(house) == [SECRET]


def test_an_undeliverable_request_is_sent_again_and_only_such_a_one(house):
    request = house.e_kons()
    work = house.claimed(house.owed(request).id)
    with house.database.writing() as connection:
        house.worker.park(connection, work, "timeout")
        words = Failure(reason="timeout")
    house.advance(request, "gave_up", words)
    with house.database.reading() as connection:
        assert owed(connection, house.clock()) == Owed(due=1, parked=1, oldest_seconds=0.0)
        assert parked(connection, 10) == [
            Parked(work.id, request, "nygade", "file_in_winplc", "timeout", house.clock())
        ]
        assert count_requests(connection) == {("e_kons", "undeliverable"): 1}
    with house.database.writing() as connection:
        resend(connection, house.ledger, request, "operator")
    assert house.walked(request) == ["submit", "gave_up", "resend"]
    with pytest.raises(NotApplicableError), house.database.writing() as connection:
        resend(connection, house.ledger, request, "operator")
    assert house.delivered(request) == request


def test_the_age_of_what_is_owed_counts_from_when_it_was_due(house):
    house.e_kons()
    house.clock.tick(90)
    with house.database.reading() as connection:
        assert owed(connection, house.clock()) == Owed(due=1, parked=0, oldest_seconds=90.0)


def test_a_feed_is_read_by_one_reader_at_a_time_and_never_goes_back(house, at_once):
    feeds = Feeds(house.database, house.keyring, MINUTE)
    assert feeds.take_turn() == []
    house.clock.now += MINUTE
    turns = at_once([feeds.take_turn] * 6)
    taken = [feed for turn in turns for feed in turn]
    assert sorted(feed.to.slug for feed in taken) == ["havnen", "nygade"]
    assert {feed.cursor for feed in taken} == {0}
    clinic = house.clinics["nygade"].clinic
    for cursor in (7, 3):
        feeds.advance(clinic, cursor)
    assert [row.cursor for row in house.rows(FEED, FEED.c.clinic_id == clinic)] == [7]


def test_sweeping_removes_what_has_served_its_time_and_never_history(house):
    house.e_kons(key="old")
    house.clock.now += KEYS_KEPT
    house.e_kons(key="new")
    assert sweep(house.database) == 0
    house.clock.tick(1)
    assert sweep(house.database) == 1
    assert [row.key for row in house.rows(IDEMPOTENCY)] == ["new"]
    assert len(house.rows(HISTORY)) == 2


def test_a_counter_counts_within_its_window_whoever_counts(house, at_once):
    def count():
        with house.database.writing() as connection:
            return count_up(connection, "bucket", house.clock(), MINUTE)

    assert sorted(at_once([count] * 10)) == list(range(1, 11))
    house.clock.now += MINUTE
    assert count() == 1
    with house.database.writing() as connection:
        assert count_up(connection, "another", house.clock(), MINUTE) == 1
