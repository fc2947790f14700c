"""The control: under the same chaos a naive version must lose or double something, else the chaos proves nothing."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
import urllib3

from tests.faults import naive
from tests.faults.callers import LATE, json_call
from tests.faults.chaos import CLIENTS, REQUESTS, SECONDS, strike_while
from tests.faults.kept import tell, until
from tests.faults.running_house import running_house

API = "tests.faults.naive:app"
WORK = ("dramatiq", "tests.faults.naive:broker", "--processes", "1", "--threads", "4", "--skip-logging")
DRAINS_FOR = 25.0


@pytest.fixture
def control(tmp_path):
    """The naive version in the place of the product, with the same neighbours."""
    with running_house(tmp_path, API, WORK) as house:
        naive.METADATA.create_all(house.services.database.engine)
        yield house


@pytest.mark.rule("F3", "F7", "F32")
def test_the_naive_version_loses_or_doubles_under_the_same_chaos(control, seed):
    http = urllib3.PoolManager(maxsize=16, timeout=10)
    calm = _without_faults(control, http)
    assert _harm(_figures(control, calm)) == 0, "the control fails by itself, so its failure would prove nothing"

    tell(f"F32: the control under seed {seed}")
    run = strike_while(
        control, lambda number: _submit(control, http, number), seed=seed, requests=REQUESTS, seconds=SECONDS
    )
    control.everybody_up()
    _let_it_drain(control)

    found = _figures(control, [*calm, *run.accepted])
    tell(json.dumps(run.report(**found), indent=1))
    assert _harm(found) > 0, "the chaos was too soft: the run is void"


def _without_faults(control, http):
    """Let as many requests through as fast as they come, while nothing strikes."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        accepted = list(clients.map(lambda number: _submit(control, http, number), range(REQUESTS)))
    _let_it_drain(control)
    return accepted


def _harm(found):
    return found["lost"] + found["doubled_at_winplc"] + found["doubled_mails"]


def _submit(control, http, number):
    def accepted():
        port = control.api_ports[number % len(control.api_ports)]
        try:
            status, told, _ = json_call(http, "POST", f"http://127.0.0.1:{port}/v1/cases", {})
        except (*LATE, ValueError):
            return None
        return told["id"] if status == 202 else None

    return until(accepted, "the control's API accepts")


def _states(control):
    with control.services.database.reading() as connection:
        return {str(row.id): row.state for row in connection.execute(sa.select(naive.CASE))}


def _let_it_drain(control):
    """Wait until everything has been told, or nothing has moved for as long as the product needs to drain."""
    moved, states = time.monotonic(), _states(control)
    while set(states.values()) != {"notified"} and time.monotonic() < moved + DRAINS_FOR:
        time.sleep(0.2)
        now = _states(control)
        moved, states = (moved if now == states else time.monotonic()), now


def _figures(control, accepted):
    states, booked = _states(control), control.levers.books(naive.CLINIC)["requests"]
    mails = Counter(mail["message_id"] for mail in control.levers.mails())
    return {
        "lost": sum(1 for case in accepted if states.get(case) != "notified"),
        "doubled_at_winplc": max(0, len(booked) - len(accepted)),
        "doubled_mails": sum(times - 1 for times in mails.values()),
        "states": dict(Counter(states[case] for case in accepted if case in states)),
    }
