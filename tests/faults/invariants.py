"""The sentences of docs/faults.md that must hold when a fault is over, checked from outside.

They are read from the database, from the mock's own books and from what the mail server took. Each function raises
AssertionError with what it found.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from evidence.chain import Row, first_flaw
from notifications.envelope import message_id
from portal.demo_data import CLINICS, PATIENTS
from storage.models import ATTEMPT, HISTORY, INBOX, OUTBOX, REQUEST
from storage.outbox import MOST_CRASHES
from storage.webhook_secrets import clinic_id
from storage.worklists import Worklists
from tests.faults.kept import PATIENCE, until
from workers.notify import MOST_SENDS
from workflows.catalogue import CATALOGUE

MOVING = ("submitted", "delivered", "answered")
"""States that pass: the portal owes the next step or, in `delivered`, the staff, who never sleep at rest."""


@dataclass
class Snapshot:
    """All that is known when the house has come to rest; `books` by clinic."""

    requests: dict
    history: list
    outbox: list
    attempts: list
    inbox: list
    books: dict
    mails: list


def snapshot(house):
    """Look at everything once."""
    with house.services.database.reading() as connection:
        tables = {
            table.name: connection.execute(sa.select(table)).all()
            for table in (REQUEST, HISTORY, OUTBOX, ATTEMPT, INBOX)
        }
    books = {clinic.slug: house.levers.books(clinic.slug) for clinic in CLINICS}
    by_id = {row.id: row for row in tables["request"]}
    history = sorted(tables["history"], key=lambda row: (row.request_id, row.n))
    return Snapshot(by_id, history, tables["outbox"], tables["attempt"], tables["inbox"], books, house.levers.mails())


def at_rest(house, seconds=PATIENCE):
    """Wait until nothing is owed by the portal or by the staff; return the seconds it took."""
    began = time.monotonic()
    until(lambda: not _unrest(house), lambda: f"the house is at rest: {_unrest(house)[:5]}", seconds)
    return time.monotonic() - began


def _unrest(house):
    """Return what is still owed.

    Work goes round between the portal and the clinics, so one look at each proves nothing: what had left the one may
    not yet have reached the other. If the portal owed nothing and wrote nothing around a look at idle clinics, then
    nothing was on its way.
    """
    owed, written = _look_at_the_portal(house)
    if owed or (owed := _unrest_at_the_clinics(house)):
        return owed
    owed_now, written_now = _look_at_the_portal(house)
    return owed_now or ([] if written_now == written else ["written meanwhile", written, written_now])


def _look_at_the_portal(house):
    """Return what the portal owes or waits for, and how much it has ever written."""
    owed = (OUTBOX.c.id, OUTBOX.c.effect, OUTBOX.c.attempts, OUTBOX.c.error, OUTBOX.c.next_at)
    standing = (REQUEST.c.id, REQUEST.c.kind, REQUEST.c.state)
    with house.services.database.reading() as connection:
        written = [connection.scalar(sa.select(sa.func.count()).select_from(one)) for one in (HISTORY, OUTBOX)]
        due = connection.execute(sa.select(*owed).where(OUTBOX.c.state == "due")).all()
        moving = connection.execute(sa.select(*standing).where(REQUEST.c.state.in_(MOVING))).all()
    return [tuple(row) for row in (*due, *moving)], written


def _unrest_at_the_clinics(house):
    """Return what the clinics' staff or senders still owe, which would set the portal in motion again."""
    books = [house.levers.books(clinic.slug) for clinic in CLINICS]
    unhandled = [one["request"] for book in books for one in book["requests"] if one["state"] in {"new", "opened"}]
    unsent = [event["id"] for book in books for event in book["events"] if event["state"] == "due"]
    return unhandled + unsent


def check_all(house, reported=()):
    """Check every invariant over all that the house has seen; return the figures of the reported requests."""
    seen = snapshot(house)
    none_lost(seen, house.accepted)
    one_effect_each(seen)
    one_letter_each(seen, house.settings.mail_from)
    unsure_is_listed(house, seen)
    history_gives_the_state(seen)
    chains_hold(seen)
    nothing_stuck(seen)
    nothing_crossed(seen)
    work_is_bounded(seen)
    return figures(seen, reported, house.settings.mail_from)


def none_lost(seen, accepted):
    """I1."""
    stored = {str(request) for request in seen.requests}
    lost = [request for request in accepted if request not in stored]
    assert not lost, f"I1: accepted, but not there: {lost}"
    assert len(accepted) == len(set(accepted)), "I9: two submissions were answered with one id"


def one_effect_each(seen):
    """I2: exactly one effect per request that WinPLC knows; known are those that the portal believes delivered."""
    booked = {one["request"]: one for books in seen.books.values() for one in books["requests"]}
    wrong = {one: row["effects"] for one, row in booked.items() if row["effects"] != 1 and row["kind"] != "recovery"}
    assert not wrong, f"I2: not one effect: {wrong}"
    delivered = {str(row.request_id) for row in seen.history if row.trigger == "delivered"}
    assert delivered <= booked.keys(), f"I2: believed delivered, not in the books: {delivered - booked.keys()}"
    assert booked.keys() <= {str(one) for one in seen.requests}, (
        "I2: WinPLC knows of a request that the portal does not"
    )


def one_letter_each(seen, sender):
    """I3: one row and one Message-ID per answer; taken at least once, and twice only after an unclear reply.

    Of a letter that ended as unknown, which stands on the clinic's list, nobody can say how often it was taken.
    """
    taken = Counter(mail["message_id"] for mail in seen.mails)
    letters = {message_id(str(row.id), sender): row for row in seen.outbox if row.destination == "mail"}
    assert taken.keys() <= letters.keys(), "I3: a mail that nobody owed"
    for name, row in letters.items():
        least = 1 if row.outcome == "sent" else 0
        assert least <= taken[name] <= min(MOST_SENDS, row.intent), f"I3: {row.id} {row.outcome}: {taken[name]} mails"
    told = Counter(row.history_id for row in seen.outbox if row.destination == "mail" and row.history_id is not None)
    answers = [row.id for row in seen.history if row.to_state == "answered" and row.from_state != "answered"]
    assert all(told[answer] == 1 for answer in answers), "I3: an answer without exactly one letter"


def history_gives_the_state(seen):
    """I4: the last row of the history is where the request stands, and every row is in the declared table."""
    last = {row.request_id: row for row in seen.history}
    for identifier, request in seen.requests.items():
        row = last[identifier]
        assert (row.to_state, row.n, row.hash) == (request.state, request.version, request.head), f"I4: {identifier}"
    declared = {
        (kind, step.source.value, step.trigger, step.target.value)
        for kind, page in CATALOGUE.items()
        for step in page.steps
    }
    walked = {(row.kind, row.from_state, row.trigger, row.to_state) for row in seen.history}
    assert walked <= declared, f"I4: steps of no table: {walked - declared}"


def chains_hold(seen):
    """I5."""
    chains = {}
    for row in seen.history:
        chains.setdefault(row.request_id, []).append(Row(row.n, row.body, row.prev, row.hash))
    assert chains.keys() == seen.requests.keys(), "I5: a request without history, or the other way round"
    flaws = {request: flaw for request, rows in chains.items() if (flaw := first_flaw(rows))}
    assert not flaws, f"I5: {flaws}"


def unsure_is_listed(house, seen):
    """I3: a request whose letter could not be sent, or ended as unknown, stands on its clinic's list."""
    doubtful = {
        str(row.request_id)
        for row in seen.outbox
        if row.destination == "mail" and row.request_id and (row.state == "parked" or row.outcome == "unknown")
    }
    assert doubtful <= not_reached(house), f"I3: on no list: {doubtful - not_reached(house)}"


def not_reached(house):
    """Return the requests on the clinics' lists of patients who were not reached."""
    listed = set()
    with house.services.database.reading() as connection:
        for clinic in CLINICS:
            lists = Worklists(connection, clinic_id(connection, clinic.slug))
            found = lists.not_reached(None, 10_000)
            listed |= {str(one.id) for one in found}
    return listed


def nothing_stuck(seen):
    """I10: nothing is owed any more, and what is parked says why."""
    due = [row.id for row in seen.outbox if row.state == "due"]
    assert not due, f"I10: still owed: {due}"
    assert all(row.error for row in seen.outbox if row.state == "parked"), "I10: parked without a word"


def nothing_crossed(seen):
    """I6: every mail went to the person it is about, every request is in its own clinic's books."""
    addresses = {patient.email for patient in PATIENTS}
    assert all(set(mail["to"]) <= addresses and len(mail["to"]) == 1 for mail in seen.mails), "I6: a stranger was told"
    clinic_of = {str(row.id): row.clinic_id for row in seen.requests.values()}
    for books in seen.books.values():
        clinics = {clinic_of[one["request"]] for one in books["requests"]}
        assert len(clinics) <= 1, "I6: a clinic has another's request"


def work_is_bounded(seen):
    """I11."""
    assert all(row.crashes <= MOST_CRASHES for row in seen.outbox), "I11: tried after too many crashes"
    tries = Counter(row.outbox_id for row in seen.attempts)
    assert all(tries[row.id] == row.attempts for row in seen.outbox), "I11: an attempt is not recorded"


def figures(seen, accepted, sender):
    """Return what a report shows of these requests, and of no others that the house has seen."""
    wanted = set(accepted)
    rows = [row for row in seen.outbox if str(row.request_id) in wanted]
    booked = [one for books in seen.books.values() for one in books["requests"] if one["request"] in wanted]
    names = {message_id(str(row.id), sender) for row in rows if row.destination == "mail"}
    taken = Counter(mail["message_id"] for mail in seen.mails if mail["message_id"] in names)
    return {
        "accepted": len(accepted),
        "states": dict(Counter(row.state for one, row in seen.requests.items() if str(one) in wanted)),
        "winplc_calls": sum(one["calls"] for one in booked),
        "winplc_effects": sum(one["effects"] for one in booked),
        "letters": len(names),
        "mails": taken.total(),
        "mails_twice": sum(1 for times in taken.values() if times > 1),
        "letters_unknown": sum(1 for row in rows if row.outcome == "unknown"),
        "crashes": sum(row.crashes for row in rows),
        "parked": sum(1 for row in rows if row.state == "parked"),
    }


def says_nothing(house):
    """I7: no log of any process holds a patient's number, address or words."""
    marks = [patient.cpr for patient in PATIENTS] + [patient.email for patient in PATIENTS] + ["Jeg har et"]
    for log in sorted((house.folder / "log").glob("*.log")):
        text = log.read_text(errors="replace")
        found = [mark for mark in marks if mark in text or json.dumps(mark)[1:-1] in text]
        assert not found, f"I7: {log.name} holds {found}"
