"""Loops are woken by work, by a stop, and by a connection that is lost."""

import time
from threading import Thread

from storage.waking import listening
from tests.database_servers import connect_as_owner
from workflows import e_kons

LONG = 20.0
SOON = 5.0


def test_work_wakes_a_loop_that_waits(postgres_house):
    with listening(postgres_house.database) as waker:
        waker.wait(LONG)  # the first wait only begins to listen, and may have missed work: it returns at once
        waiting = Thread(target=waker.wait, args=(LONG,))
        began = time.monotonic()
        waiting.start()
        postgres_house.e_kons()
        waiting.join(LONG)
        assert time.monotonic() - began < SOON


def test_work_that_was_rolled_back_wakes_nobody(postgres_house):
    with listening(postgres_house.database) as waker:
        waker.wait(LONG)
        postgres_house.settings(services={"e_kons": "off"})
        began = time.monotonic()
        postgres_house.submit("e_kons", e_kons.Message(text="I have a question."))
        waker.wait(0.2)
        assert time.monotonic() - began >= 0.2


def test_a_lost_connection_is_opened_again(postgres_house, postgres_url):
    with listening(postgres_house.database) as waker:
        waker.wait(LONG)
        lost = waker._connection
        with connect_as_owner(postgres_url) as owner:
            owner.execute("SELECT pg_terminate_backend(%s)", (lost.info.backend_pid,))
        waker.wait(0.2)
        waker.wait(LONG)
        assert waker._connection is not lost


def test_a_stop_ends_the_wait_on_sqlite_too(sqlite_house):
    with listening(sqlite_house.database) as waker:
        waker.stop()
        began = time.monotonic()
        waker.wait(LONG)
        assert waker.stopped
        assert time.monotonic() - began < SOON
