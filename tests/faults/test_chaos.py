"""Many faults at once, drawn from a seed that is printed: with `CHAOS_SEED=<seed>` the same plan is drawn again."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.chaos import REQUESTS, SECONDS, strike_while
from tests.faults.kept import tell

ROOT = Path(__file__).resolve().parents[2]
KINDS = (
    ("e_kons", lambda number: {"text": f"Jeg har spørgsmål nummer {number}."}),
    ("renewal", lambda _number: {"medicines": ["metformin"]}),
)
LONG_SEEDS = range(1, 21)


@pytest.mark.rule("F32", "I1", "I2", "I3", "I4", "I5", "I10")
def test_many_faults_at_once_and_every_invariant_holds(house, app, seed):
    tell(json.dumps(_run(house, app, seed, requests=REQUESTS, seconds=SECONDS), indent=1))


@pytest.mark.long
@pytest.mark.rule("F32", "I1", "I2", "I3", "I4", "I5", "I10")
def test_twenty_seeds_of_eight_hundred_requests_hold(house, app):
    runs = [_run(house, app, seed, requests=800, seconds=45.0) for seed in LONG_SEEDS]
    _write("chaos.json", {"runs": runs})


def _run(house, app, seed, requests, seconds):
    tell(f"F32: seed {seed}")

    def submit(number):
        kind, words = KINDS[number % len(KINDS)]
        return house.submit(app, kind, **words(number))

    run = strike_while(house, submit, seed=seed, requests=requests, seconds=seconds)
    house.everybody_up()
    drained = invariants.at_rest(house, seconds=120.0)
    found = invariants.check_all(house, run.accepted)
    return run.report(drained_after=round(drained, 1), figures=found)


def _write(name, report):
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    (ROOT / "reports").mkdir(exist_ok=True)
    facts = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit.stdout.strip()}
    (ROOT / "reports" / name).write_text(json.dumps(facts | report, indent=1) + "\n")
