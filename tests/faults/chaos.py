"""Mixed chaos: a plan of faults drawn from a seed, struck while clients submit.

It knows processes and levers only, so that the product and the naive control meet the same.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from random import Random

from tests import database_servers
from tests.faults.running_house import FORGETFUL, LEASE, WORKERS

REQUESTS, SECONDS = 100, 15.0
"""The short form, of the product and of the control alike."""

CLIENTS = 8
PER_FAULT = 0.9
"""Seconds between two faults, on average."""

ALWAYS_WINPLC = (
    {"kind": "error_rate", "rate": 0.08},
    {"kind": "reply_lost", "rate": 0.06},
    {"kind": "half_body", "rate": 0.03},
)
ALWAYS_MAIL = (
    {"reply": "451", "rate": 0.08},
    {"reply": "452", "stage": "data", "rate": 0.04},
    {"cut": True, "rate": 0.04},
)
ONE_OF = {
    "worker_killed": WORKERS,
    "worker_frozen": WORKERS,
    "api_killed": ("api-1", "api-2"),
    "winplc_killed": ("winplc",),
    "winplc_silent": ("winplc",),
    "mail_killed": ("mail",),
    "redis_killed": ("redis",),
    "redis_emptied": ("redis",),
    "workers_killed_and_redis_emptied": ("redis",),
    "connections_cut": ("database",),
}
PAUSE = {"worker_frozen": LEASE * 1.5, "winplc_silent": 1.0}
"""How long those that freeze stay so."""


@dataclass(frozen=True)
class Fault:
    """One planned fault, `at` seconds after the beginning."""

    at: float
    what: str
    whom: str


@dataclass
class Run:
    """What a run did and found."""

    seed: int
    requests: int
    seconds: float
    faults: list = field(default_factory=list)
    accepted: list = field(default_factory=list)

    def report(self, **found):
        return asdict(self) | {"accepted": len(self.accepted)} | found


def plan(seed, seconds):
    """Return the faults of a seed: every kind at least once, in an order and at moments drawn from it."""
    chance = Random(seed)
    kinds = list(ONE_OF) + chance.choices(list(ONE_OF), k=max(0, int(seconds / PER_FAULT) - len(ONE_OF)))
    moments = sorted(chance.uniform(0.3, seconds) for _ in kinds)
    chance.shuffle(kinds)
    return [Fault(at, what, chance.choice(ONE_OF[what])) for at, what in zip(moments, kinds, strict=True)]


def strike_while(house, submit, *, seed, requests, seconds):
    """Let `submit` be called `requests` times within `seconds`, while the faults of the seed strike; return the run.

    Nobody has been made well again when it returns.
    """
    run = Run(seed, requests, seconds, plan(seed, seconds))
    house.redis_options = FORGETFUL
    house["redis"].kill()
    for neighbour in ("winplc", "mail"):
        _misbehave(house, neighbour)
    began, over = time.monotonic(), threading.Event()

    def one(number):
        over.wait(max(0.0, began + number * seconds / requests - time.monotonic()))
        run.accepted.append(submit(number))

    with ThreadPoolExecutor(CLIENTS + 1) as threads:
        striker = threads.submit(_strike_all, house, run.faults, began, over)
        for _ in threads.map(one, range(requests)):
            pass
        striker.result()
    return run


def _strike_all(house, faults, began, over):
    for fault in faults:
        over.wait(max(0.0, began + fault.at - time.monotonic()))
        _strike(house, fault)


def _strike(house, fault):
    if fault.what in PAUSE:
        house[fault.whom].freeze()
        threading.Timer(PAUSE[fault.what], house[fault.whom].thaw).start()
    elif fault.what == "connections_cut":
        _cut_connections(house)
    elif fault.what == "redis_emptied":
        _empty(house)
    elif fault.what == "workers_killed_and_redis_emptied":
        for worker in house.workers:
            worker.kill()
        _empty(house)
    else:
        house[fault.whom].kill()
        if fault.whom in {"winplc", "mail"}:
            # What was ordered of it died with it: without this the rates would hold until the first kill only.
            house[fault.whom].until_ready()
            _misbehave(house, fault.whom)


def _misbehave(house, neighbour):
    """Order what always goes wrong there."""
    if neighbour == "winplc":
        for fault in ALWAYS_WINPLC:
            house.levers.mock("POST", "faults", fault)
    else:
        for fault in ALWAYS_MAIL:
            house.levers.mail_fault(**fault)


def _empty(house):
    house["redis"].until_ready()
    house.redis().flushall()


def _cut_connections(house):
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with database_servers.connect_as_owner(house.settings.database_url) as owner:
        owner.execute(f"SELECT pg_terminate_backend(pid) {others}")
