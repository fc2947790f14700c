"""Plays one request of each type and tells how it went, state by state."""

from datetime import datetime, timedelta
from typing import Any, TextIO

from portal.demo_client import DemoClient
from portal.demo_data import COPENHAGEN, NEWCOMERS, PATIENTS

_ENDS = frozenset({"notified", "activated", "completed", "unreachable", "undeliverable", "closed"})


def tell(client: DemoClient, out: TextIO) -> None:
    """Submit an e-consultation, a renewal and a booking, enrol, recover a log-in, and print the five timelines.

    Raises:
        DemoFailedError: the portal did not answer as the demo needs.
    """
    alma, _birk, clara, *_ = PATIENTS
    proof = client.log_in(alma)
    clinic = alma.clinics[0]
    story = {
        "e-consultation": client.submit(
            proof, clinic, "e_kons", {"text": "Jeg har hostet i to uger. Skal jeg komme forbi?"}
        ),
        "renewal": client.submit(proof, clinic, "renewal", {"medicines": ["metformin", "losartan"]}),
    }
    slot = _free_slot(client, proof, clinic)
    if slot is not None:
        story["booking"] = client.submit(proof, clinic, "booking", {"slot": slot, "reason": "consultation"})
    story["enrolment"] = client.enrol(NEWCOMERS[0])
    story["recovery"] = client.recover(clara)
    for title, request in story.items():
        _print_timeline(out, title, client.followed_to(request, _ENDS))


def _free_slot(client: DemoClient, proof: Any, clinic: str) -> str | None:
    """Return a free time of this month or the next."""
    now = datetime.now(COPENHAGEN)
    following = (now.replace(day=28) + timedelta(days=7)).strftime("%Y-%m")
    return client.first_slot(proof, clinic, now.strftime("%Y-%m")) or client.first_slot(proof, clinic, following)


def _print_timeline(out: TextIO, title: str, rows: list[dict[str, Any]]) -> None:
    out.write(f"\n  {title}\n")
    first = datetime.fromisoformat(rows[0]["at"])
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        seconds = (at - first).total_seconds()
        local = at.astimezone(COPENHAGEN).strftime("%H:%M:%S.%f")[:-3]
        out.write(f"    {local}  +{seconds:6.3f} s  {row['from']:>10} → {row['to']:<12} {row['trigger']}\n")
    out.flush()
