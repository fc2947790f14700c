"""Workers frozen or gone, Redis killed, emptied, full or fed with junk, and every neighbour down or hanging."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
import redis

from storage.models import ATTEMPT, OUTBOX
from tests.faults.kept import tell, until
from tests.faults.running_house import FORGETFUL, RunningHouse
from workers.broker import NAMESPACE
from workers.queues import DELIVER

JUNK = {
    "no message": b"\x00\xff not json",
    "no actor": b'{"queue_name":"deliver","actor_name":"nobody","args":[],"kwargs":{},"options":{},"message_id":"1",'
    b'"message_timestamp":1}',
    "no id": b'{"queue_name":"deliver","actor_name":"deliver","args":["x"],"kwargs":{},"options":{},"message_id":"2",'
    b'"message_timestamp":1}',
    "no row": b'{"queue_name":"deliver","actor_name":"deliver","args":["00000000-0000-0000-0000-000000000000"],'
    b'"kwargs":{},"options":{},"message_id":"3","message_timestamp":1}',
}


@pytest.mark.rule("F5", "I2", "I3", "I4")
def test_a_worker_that_freezes_beyond_its_lease_changes_nothing_when_it_wakes(house, app):
    sleeper, *others = house.workers
    for worker in others:
        worker.down()
    house.levers.mail_fault(late=1.5, count=1)
    house.levers.winplc_fault("slow", delay=1.0, count=1)
    called = house.submit(app)
    until(lambda: house.owed(called, "file_in_winplc")[0].lease_by, "the worker calls")
    frozen = house.owed(called, "file_in_winplc")[0]
    sleeper.freeze()
    for worker in others:
        worker.up()

    house.until_state(called, "notified")

    sleeper.thaw()
    until(lambda: _ended(house, frozen.id, 1), "the late worker comes to its end")
    row = house.rows(OUTBOX, OUTBOX.c.id == frozen.id)[0]
    assert (row.state, row.outcome, row.attempts) == ("done", "sent", 2)
    assert house.walked(called) == ["submit", "delivered", "open", "answer", "notified"]


@pytest.mark.rule("F5", "I3")
def test_a_worker_that_freezes_while_it_mails_sends_at_most_twice(house, app):
    sleeper, *others = house.workers
    for worker in others:
        worker.down()
    house.levers.mail_fault(late=1.0, count=1)
    told = house.submit(app)
    until(lambda: any(row.intent for row in house.owed(told, "mail")), "the worker sends")
    frozen = house.owed(told, "mail")[0]
    sleeper.freeze()
    for worker in others:
        worker.up()

    house.until_state(told, "notified")

    sleeper.thaw()
    until(lambda: _ended(house, frozen.id, 1), "the late worker comes to its end")
    assert house.rows(OUTBOX, OUTBOX.c.id == frozen.id)[0].intent == 2
    assert house.walked(told).count("notified") == 1


@pytest.mark.rule("F6", "I1", "I8")
def test_all_workers_are_down_under_load_and_the_backlog_drains(house, app):
    for worker in house.workers:
        worker.down()
    requests = _many(house, app, 40)
    assert all(house.state(request) == "submitted" for request in requests)
    for worker in house.workers:
        worker.up()
    began = time.monotonic()

    for request in requests:
        house.until_state(request, "notified")

    tell(f"F6: 40 requests drained in {time.monotonic() - began:.1f} s")


@pytest.mark.rule("F7", "I1", "I8")
def test_redis_is_killed_and_has_kept_nothing(house, app):
    house.redis_options = FORGETFUL
    house["redis"].down()
    house["redis"].up()
    requests = _in_the_queue(house, app, 24)
    house["redis"].kill()
    house["redis"].until_ready()
    died = house.services.clock()
    assert not house.redis().keys(f"{NAMESPACE}:*.msgs")

    until(lambda: _tried_since(house, died), "work goes on")

    tell(f"F7: the next try came {(house.services.clock() - died).total_seconds():.1f} s after Redis was back")
    for request in requests:
        house.until_state(request, "notified")


@pytest.mark.rule("F8", "I1", "I10")
def test_redis_is_emptied_under_load(house, app):
    requests = _in_the_queue(house, app, 24)
    house.redis().flushall()
    for request in requests:
        house.until_state(request, "notified")


@pytest.mark.rule("F8", "I1", "I10")
@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_the_queue_harms_nobody(house, app, junk):
    queue = house.redis()
    deaths = [worker.deaths for worker in house.workers]
    for number in range(3):
        queue.hset(f"{NAMESPACE}:{DELIVER}.msgs", f"junk-{number}", JUNK[junk])
        queue.rpush(f"{NAMESPACE}:{DELIVER}", f"junk-{number}")
    queue.rpush(f"{NAMESPACE}:{DELIVER}", "of nobody")

    house.until_state(house.submit(app), "notified")

    until(lambda: not queue.llen(f"{NAMESPACE}:{DELIVER}"), "the junk is taken off the queue")
    assert [worker.deaths for worker in house.workers] == deaths


@pytest.mark.rule("F8", "I1", "I10")
def test_redis_is_full(house, app):
    queue = house.redis()
    queue.config_set("maxmemory", "1")
    try:
        requests = _many(house, app, 5)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            queue.set("one", "more")
        assert {house.state(request) for request in requests} == {"submitted"}
    finally:
        queue.config_set("maxmemory", "256mb")
    for request in requests:
        house.until_state(request, "notified")


@pytest.mark.rule("F7", "F9", "F15", "F24", "I1")
@pytest.mark.parametrize("neighbour", ["redis", "winplc", "mail"])
def test_the_api_accepts_while_a_neighbour_is_down_or_hangs_and_the_request_arrives_later(house, app, neighbour):
    house[neighbour].down()
    met_nobody = house.submit(app)
    house[neighbour].up()
    house[neighbour].freeze()
    met_silence = house.submit(app)
    until(lambda: _was_tried(house, met_silence, neighbour), "the silent neighbour is called")
    house[neighbour].thaw()

    house.until_state(met_nobody, "notified")
    house.until_state(met_silence, "notified")


@pytest.mark.rule("F3", "I8")
def test_the_job_of_a_killed_worker_runs_again_with_the_lease_of_production(house, app):
    for worker in house.workers:
        worker.down()
    lease = RunningHouse.lease_in_production()
    hired = [house.hire(f"steady-{number}", PORTAL_LEASE_SECONDS=str(lease)) for number in (1, 2)]
    for worker in hired:
        worker.up()
    armed = house.arm("deliver.before_call")
    request = house.submit(app)
    house.struck(armed)
    house.until_state(request, "notified")
    (row,) = house.owed(request, "file_in_winplc")
    first, second = sorted(house.rows(ATTEMPT, ATTEMPT.c.outbox_id == row.id), key=lambda attempt: attempt.n)
    for worker in hired:
        house.dismiss(worker)

    again = (second.started_at - first.started_at).total_seconds()
    tell(f"F3: with a lease of {lease} s the job ran again after {again:.1f} s")
    assert lease <= again < lease * 5


def _many(house, app, number):
    with ThreadPoolExecutor(8) as clients:
        return list(clients.map(lambda _: house.submit(app), range(number)))


def _in_the_queue(house, app, number):
    """Submit requests that WinPLC takes its time for, and come back while most of them still lie in the queue."""
    house.levers.winplc_fault("slow", delay=0.3, count=number // 2)
    requests = _many(house, app, number)
    until(lambda: house.redis().hlen(f"{NAMESPACE}:{DELIVER}.msgs"), "work lies in the queue")
    return requests


def _ended(house, row, attempt):
    return house.rows(ATTEMPT, ATTEMPT.c.outbox_id == row, ATTEMPT.c.n == attempt, ATTEMPT.c.ended_at.is_not(None))


def _tried_since(house, moment):
    return house.rows(ATTEMPT, ATTEMPT.c.started_at > moment)


def _was_tried(house, request, neighbour):
    if neighbour == "redis":
        return house.owed(request, "file_in_winplc")[0].offered_until
    effect = "mail" if neighbour == "mail" else "file_in_winplc"
    return any(row.lease_by for row in house.owed(UUID(request), effect))
