"""What pure thinking costs: decisions per second, and history events verified per second."""

import itertools
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import psycopg

from benchmarks.figures import spread
from benchmarks.servers import plain
from evidence.chain import Row, first_flaw
from workflows.acts import Acts
from workflows.catalogue import CATALOGUE
from workflows.e_kons import Message
from workflows.engine import Engine
from workflows.facts import Facts, Service
from workflows.vocabulary import Decision, Role, State

_REPEATS = 7
_DECISIONS = 5000
_JUDGED = 1000
_ROWS = "SELECT request_id, n, body, prev, hash FROM history ORDER BY request_id, n"


def decisions() -> dict[str, object]:
    """Return how many submissions, and how many answers, one thread decides per second."""
    engine, now = Engine(CATALOGUE["e_kons"]), datetime.now(UTC)
    facts = Facts(now=now, today=now.date(), content=Message(text="Jeg har ondt i halsen."))
    asked = {
        "submit": (State.DRAFT, "submit", Role.PATIENT),
        "answer": (State.DELIVERED, "answer", Role.CLINIC),
        "answer before the receipt (two steps)": (State.SUBMITTED, "answer", Role.CLINIC),
    }
    measured: dict[str, object] = {}
    for name, (state, trigger, role) in asked.items():
        if not isinstance(engine.decide(state, trigger, role, facts), Decision):
            raise RuntimeError(f"{name} was refused")  # noqa: TRY004 - about the decision, not an argument
        measured[name] = _per_second(lambda s=state, t=trigger, r=role: _decide(engine, s, t, r, facts), _DECISIONS)  # type: ignore[misc]
    return {"decisions per second": measured}


def rights() -> dict[str, object]:
    """Return how many times a second one thread says what a patient may do and why not, act by act."""
    now = datetime.now(UTC)
    open_to_all = Facts(now=now, today=now.date(), files_taken=True)
    on_holiday = replace(open_to_all, service=Service(holiday=True))
    asked = [
        (acts, act)
        for acts in (Acts(workflow) for workflow in CATALOGUE.values())
        for act in acts.names()
        if acts.starts_by & Role.PATIENT
    ]
    if any(acts.refusal(act, open_to_all) for acts, act in asked):
        raise RuntimeError("an act was refused where all is open")
    situations = {"everything open": open_to_all, "a holiday": on_holiday}
    return {
        "load": [round(each, 1) for each in os.getloadavg()],
        "rights per second": {
            name: _per_second(lambda f=facts: _judge(asked, f), _JUDGED * len(asked))  # type: ignore[misc]
            for name, facts in situations.items()
        },
    }


def _judge(asked: Sequence[tuple[Acts, str]], facts: Facts) -> None:
    for _ in range(_JUDGED):
        for acts, act in asked:
            acts.refusal(act, facts)


def _decide(engine: Engine, state: State, trigger: str, role: Role, facts: Facts) -> None:
    for _ in range(_DECISIONS):
        engine.decide(state, trigger, role, facts)


def verification(database: str) -> dict[str, object]:
    """Return how many events of real histories are verified per second, in memory and read from the database."""
    histories = _read(database)
    events = sum(len(rows) for rows in histories)
    if not events:
        raise RuntimeError("there is no history to verify")
    return {
        "events": events,
        "requests": len(histories),
        "events verified per second": {
            "in memory": _per_second(lambda: _verify(histories), events),
            "read from PostgreSQL and verified": _per_second(lambda: _verify(_read(database)), events),
        },
    }


def _read(database: str) -> list[list[Row]]:
    with psycopg.connect(plain(database)) as asking:
        rows = asking.execute(_ROWS).fetchall()
    return [[Row(*row[1:]) for row in same] for _, same in itertools.groupby(rows, key=lambda row: row[0])]


def _verify(histories: list[list[Row]]) -> None:
    """Verify every history.

    Raises:
        RuntimeError: one has a flaw, so the measured work did not keep its promise.
    """
    for rows in histories:
        flaw = first_flaw(rows)
        if flaw is not None:
            raise RuntimeError(f"row {flaw.n}: {flaw.fault}")


def _per_second(run: Callable[[], None], count: int) -> dict[str, float]:
    rates = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        run()
        rates.append(count / (time.perf_counter() - began))
    return spread(rates)
