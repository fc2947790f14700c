"""What is owed is offered, claimed under a lease, and settled once, whoever else tries."""

from datetime import timedelta

import pytest

from identity.keys import UnreadableError
from identity.outcomes import NotFoundError
from storage.models import ATTEMPT, OUTBOX
from storage.outbox import MOST_CRASHES, MOST_OUTSTANDING, OFFERED_FOR, Outbox, Unloadable
from storage.parcels import Parcel, Parcels
from tests.people import ALICE
from workflows.catalogue import CATALOGUE

LEASE = timedelta(seconds=30)
LAPSED = timedelta(seconds=-1)
"""A lease that is over as soon as it is given: how a frozen or killed worker's looks to the others."""


@pytest.fixture
def other(house):
    """A second worker process."""
    return Outbox(house.database, house.new_id(), LEASE)


@pytest.fixture
def frozen(house):
    """A worker process whose leases run out before it has done anything."""
    return Outbox(house.database, house.new_id(), LAPSED)


def nothing(_connection, _work):
    return "loaded"


def row_of(house, request, effect="file_in_winplc"):
    (row,) = house.rows(OUTBOX, OUTBOX.c.request_id == request, OUTBOX.c.effect == effect)
    return row


def end(house, way, work, *words, **options):
    with house.database.writing() as connection:
        return way(connection, work, *words, **options)


def test_a_due_row_is_offered_once_until_the_offer_lapses(house, other):
    request = house.e_kons()
    row = row_of(house, request)
    assert house.worker.offer() == [(row.id, "winplc")]
    assert house.worker.offer() == other.offer() == []


def test_an_offer_that_nobody_took_up_is_made_again(house, monkeypatch):
    monkeypatch.setattr("storage.outbox.OFFERED_FOR", LAPSED)
    row = row_of(house, house.e_kons())
    assert house.worker.offer() == house.worker.offer() == [(row.id, "winplc")]


def test_offers_stop_while_enough_is_outstanding(house, monkeypatch):
    monkeypatch.setattr("storage.outbox.MOST_OUTSTANDING", 3)
    for _ in range(5):
        house.e_kons()
    assert len(house.worker.offer()) == 3
    assert house.worker.offer() == []
    assert MOST_OUTSTANDING == 500
    assert timedelta(seconds=5) == OFFERED_FOR


def test_a_claim_gives_the_work_and_what_it_needs_in_one_commit(house):
    request = house.e_kons("What I wrote.")
    row = row_of(house, request)
    parcels = Parcels(house.keyring, CATALOGUE, house.clock)
    work, parcel = house.worker.claim(row.id, parcels.parcel)
    assert (work.request, work.attempt, work.crashes, work.intent) == (request, 1, 0, 0)
    assert isinstance(parcel, Parcel)
    assert (parcel.to.slug, parcel.trigger, parcel.cpr) == ("nygade", "submit", ALICE.cpr)
    assert parcel.content() == {"text": "What I wrote.", "files": []}


def test_a_claimed_row_is_nobody_elses(house, other):
    row = row_of(house, house.e_kons())
    assert house.worker.claim(row.id, nothing) is not None
    assert other.claim(row.id, nothing) is None
    assert house.worker.claim(row.id, nothing) is None


def test_a_settled_row_is_never_claimed_again(house, other):
    row = row_of(house, house.e_kons())
    work = house.claimed(row.id)
    assert end(house, house.worker.settle, work, "sent")
    assert other.claim(row.id, nothing) is None
    assert not end(house, house.worker.settle, work, "sent")
    assert row_of(house, row.request_id).outcome == "sent"


@pytest.mark.rule("F5")
def test_a_frozen_workers_late_write_changes_nothing(house, frozen, other):
    row = row_of(house, house.e_kons())
    late, _ = frozen.claim(row.id, nothing)
    second, _ = other.claim(row.id, nothing)
    before = row_of(house, row.request_id)
    assert not frozen.intend(late)
    assert not end(house, frozen.settle, late, "sent")
    assert not end(house, frozen.park, late, "refused")
    assert not end(house, frozen.postpone, late, "timeout", house.clock(), unsent=True)
    frozen.renew([row.id])
    assert row_of(house, row.request_id) == before
    assert end(house, other.settle, second, "sent")


@pytest.mark.rule("F5")
def test_a_worker_that_claims_again_does_not_answer_for_its_own_earlier_attempt(house, frozen):
    row = row_of(house, house.e_kons())
    earlier, _ = frozen.claim(row.id, nothing)
    again, _ = frozen.claim(row.id, nothing)
    assert not end(house, frozen.settle, earlier, "sent")
    assert end(house, frozen.settle, again, "sent")


def test_a_lease_that_is_renewed_holds(house, other):
    briefly = Outbox(house.database, house.new_id(), LAPSED)
    row = row_of(house, house.e_kons())
    work, _ = briefly.claim(row.id, nothing)
    assert not briefly.intend(work)
    briefly._lease = LEASE
    briefly.renew([row.id])
    assert briefly.intend(work)
    assert other.claim(row.id, nothing) is None
    briefly.renew([])


def test_intents_are_counted_and_one_that_went_nowhere_is_taken_back(house):
    row = row_of(house, house.e_kons())
    work = house.claimed(row.id)
    assert house.worker.intend(work)
    assert row_of(house, row.request_id).intent == 1
    end(house, house.worker.postpone, work, "refused_at_data", house.clock(), unsent=True)
    assert row_of(house, row.request_id).intent == 0
    work = house.claimed(row.id)
    house.worker.intend(work)
    end(house, house.worker.postpone, work, "cut_off", house.clock(), unsent=False)
    assert house.claimed(row.id).intent == 1


@pytest.mark.rule("F14")
def test_a_postponed_row_waits_for_its_time_and_every_attempt_is_recorded(house):
    row = row_of(house, house.e_kons())
    work = house.claimed(row.id)
    end(house, house.worker.postpone, work, "http_503", house.clock() + timedelta(seconds=60), unsent=True)
    house.clock.tick(59)
    assert house.worker.offer() == []
    assert house.worker.claim(row.id, nothing) is None
    house.clock.tick(1)
    assert house.worker.offer() == [(row.id, "winplc")]
    assert house.claimed(row.id).attempt == 2
    tries = sorted((try_.n, try_.outcome) for try_ in house.rows(ATTEMPT))
    assert tries == [(1, "http_503"), (2, None)]
    assert row_of(house, row.request_id).crashes == 0


def test_a_parked_row_waits_for_an_operator(house, other):
    row = row_of(house, house.e_kons())
    assert end(house, house.worker.park, house.claimed(row.id), "gave_up")
    house.clock.tick(10**6)
    assert house.worker.offer() == []
    assert other.claim(row.id, nothing) is None
    assert (row_of(house, row.request_id).state, row_of(house, row.request_id).error) == ("parked", "gave_up")


@pytest.mark.rule("F27")
def test_work_that_keeps_killing_its_process_is_handed_back_to_be_parked(house, frozen):
    row = row_of(house, house.e_kons())
    for crashes in range(MOST_CRASHES):
        work, loaded = frozen.claim(row.id, nothing)
        assert (work.crashes, loaded) == (crashes, "loaded")
    work, loaded = frozen.claim(row.id, nothing)
    assert loaded == Unloadable("crashed_too_often")
    assert end(house, frozen.park, work, loaded.code)


@pytest.mark.rule("F27")
@pytest.mark.parametrize("error", [NotFoundError(), UnreadableError(), LookupError(), ValueError()], ids=repr)
def test_work_whose_parcel_cannot_be_loaded_is_handed_back_to_be_parked(house, error):
    def broken(_connection, _work):
        raise error

    work, loaded = house.worker.claim(row_of(house, house.e_kons()).id, broken)
    assert loaded == Unloadable(type(error).__name__)
    assert row_of(house, work.request).attempts == 1


def test_twenty_claims_at_once_give_the_row_to_one(house, at_once):
    row = row_of(house, house.e_kons())
    workers = [Outbox(house.database, house.new_id(), LEASE) for _ in range(20)]
    claimed = at_once([lambda worker=worker: worker.claim(row.id, nothing) for worker in workers])
    assert sum(found is not None for found in claimed) == 1
    assert row_of(house, row.request_id).attempts == 1


def test_workers_that_offer_at_once_offer_each_row_once(house, at_once):
    rows = {row_of(house, house.e_kons()).id for _ in range(8)}
    workers = [Outbox(house.database, house.new_id(), LEASE) for _ in range(6)]
    offered = [identifier for offers in at_once([worker.offer for worker in workers]) for identifier, _ in offers]
    assert sorted(offered) == sorted(set(offered))
    assert set(offered) | {identifier for identifier, _ in house.worker.offer()} == rows
