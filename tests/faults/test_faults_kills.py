"""SIGKILL at every commit boundary: of the API around a submission and an answer, of a worker around its work."""

from uuid import UUID, uuid4

import pytest

from storage.models import ATTEMPT, IDEMPOTENCY, OUTBOX, REQUEST
from tests.faults import invariants
from tests.faults.callers import LATE
from tests.faults.kept import until
from tests.faults.running_house import APIS, LEASE, SWEEP

AROUND_THE_CALL = ("deliver.before_claim", "deliver.before_call", "deliver.before_result", "deliver.after_result")
AROUND_THE_MAIL = (
    "notify.before_claim",
    "notify.before_intent",
    "notify.after_intent",
    "notify.before_result",
    "notify.after_result",
)
ONE_TURN = LEASE + SWEEP + 5.0
"""Seconds within which every due item is tried (I8)."""


@pytest.fixture(scope="session")
def kills(request):
    """How often each place is struck."""
    return 50 if request.config.getoption("--long") else 5


@pytest.mark.rule("F1", "I1", "I9")
@pytest.mark.parametrize("place", ["submit.before_commit", "submit.after_commit"])
def test_api_dies_around_the_commit_and_the_client_repeats_its_key(house, app, kills, place):
    for _ in range(kills):
        key, known = str(uuid4()), len(house.rows(REQUEST))
        _struck_while_asking(house, app, place, key)
        stored = len(house.rows(REQUEST)) - known
        assert stored == (place == "submit.after_commit")

        request = house.submit(app, "e_kons", key, text=_once(key))

        assert len(house.rows(REQUEST)) == known + 1
        assert len(house.rows(IDEMPOTENCY, IDEMPOTENCY.c.resource_id == UUID(request))) == 1


@pytest.mark.rule("F2", "I1", "I8")
def test_api_dies_after_the_commit_and_the_loop_finds_the_work(house, app, kills):
    for _ in range(kills):
        known = {row.id for row in house.rows(REQUEST)}
        _struck_while_asking(house, app, "submit.after_commit", str(uuid4()))
        (made,) = [row for row in house.rows(REQUEST) if row.id not in known]

        house.until_state(made.id, "notified")

        (owed,) = house.owed(made.id, "file_in_winplc")
        first = min(row.started_at for row in house.rows(ATTEMPT, ATTEMPT.c.outbox_id == owed.id))
        assert (first - made.created_at).total_seconds() < ONE_TURN


@pytest.mark.rule("F2", "F20", "I2", "I3", "I4")
@pytest.mark.parametrize("place", ["word.before_commit", "word.after_commit"])
def test_api_dies_around_the_commit_of_an_answer(house, app, kills, place):
    house.levers.staff(None)
    struck = 0
    while struck < kills:
        house["api-1"].until_ready()
        request = house.submit(app)
        house.until_state(request, "delivered")
        armed = house.arm(place, "api")
        house.levers.act(app.clinic, request, "answer", text="Et svar.")
        until(lambda armed=armed, request=request: not armed.exists() or house.state(request) == "notified", "an end")
        # The feed may have brought the answer before the call did; then nobody has died yet.
        if not armed.exists():
            struck += 1
            house["api-1"].kill()

        assert house.until_state(request, "notified") == ["submit", "delivered", "answer", "notified"]


@pytest.mark.rule("F3", "I2", "I5", "I8")
def test_worker_dies_around_the_call_to_winplc(house, app, kills):
    _strike(house, app, kills, ("loop.after_offer", *AROUND_THE_CALL))


@pytest.mark.rule("F3", "I2")
def test_worker_dies_during_the_call_to_winplc(house, app, kills):
    for _ in range(kills):
        house.levers.winplc_fault("slow", delay=0.4, count=1)
        request = house.submit(app)
        until(lambda request=request: house.owed(request, "file_in_winplc")[0].lease_by, "a worker calls")
        for worker in house.workers:
            worker.kill()


@pytest.mark.rule("F3", "F14", "I2")
def test_worker_dies_around_putting_work_off(house, app, kills):
    for place in ("put_off.before_commit", "put_off.after_commit"):
        for _ in range(kills):
            armed = house.arm(place)
            # Every call fails until the blow: a single failure could be met by an older item before the place is armed.
            house.levers.winplc_fault("error_rate")
            house.submit(app)
            house.struck(armed)
            house.levers.behave()


@pytest.mark.rule("F4", "I3")
def test_worker_dies_around_the_mail_and_between_250_and_the_commit(house, app, kills):
    _strike(house, app, kills, AROUND_THE_MAIL)


@pytest.mark.rule("F3", "I3", "I4")
def test_worker_dies_while_it_takes_a_lost_call_from_the_feed(house, app, kills):
    house.levers.staff(None)
    for place in ("word.before_commit", "word.after_commit", "feed.before_advance"):
        house.levers.winplc_fault("drop", count=1)
        request = house.submit(app)
        house.until_state(request, "delivered")
        armed = house.arm(place)
        house.levers.act(app.clinic, request, "answer", text="Et svar.")
        house.struck(armed)

        assert house.until_state(request, "notified") == ["submit", "delivered", "answer", "notified"]


@pytest.mark.rule("F27", "I8", "I11")
def test_an_item_that_kills_its_process_is_parked_and_delays_no_other(house, app):
    for worker in house.workers:
        worker.down()
    request = house.submit(app)
    poison = house.owed(request, "file_in_winplc")[0]
    armed = house.arm("deliver.before_call", row=poison.id)
    for worker in house.workers:
        worker.up()
    until(lambda: house.rows(OUTBOX, OUTBOX.c.id == poison.id)[0].attempts > 0, "the item is tried")
    neighbours = [house.submit(app) for _ in range(8)]

    house.until_state(request, "undeliverable")

    armed.unlink()
    row = house.rows(OUTBOX, OUTBOX.c.id == poison.id)[0]
    assert (row.state, row.error, row.crashes) == ("parked", "crashed_too_often", 5)
    assert house.walked(request) == ["submit", "gave_up"]
    late = {neighbour: _seconds_to_the_clinic(house, neighbour) for neighbour in neighbours}
    assert max(late.values()) < ONE_TURN, late


@pytest.mark.rule("F27", "I1", "I3", "I11")
def test_a_letter_that_kills_its_process_leaves_the_request_unreachable_and_listed(house, app):
    for worker in house.workers:
        worker.down()
    request = house.submit(app)
    answer = {"message_id": f"M-{uuid4().hex[:9]}", "text": "Et svar.", "watch_unread": False}
    assert house.system(app.clinic).say(request, "answer", answer)[0] == 200
    (letter,) = house.owed(request, "mail")
    armed = house.arm("notify.before_intent", row=letter.id)
    for worker in house.workers:
        worker.up()

    house.until_state(request, "unreachable")

    armed.unlink()
    row = house.rows(OUTBOX, OUTBOX.c.id == letter.id)[0]
    assert (row.state, row.error, row.crashes, row.intent) == ("parked", "crashed_too_often", 5, 0)
    assert request in invariants.not_reached(house)


def _once(key):
    """Return words that nobody has sent before: the same words while the first wait would be the same request."""
    return f"Én gang, {key}."


def _struck_while_asking(house, app, place, key):
    """Let the API that takes the request die at the place; the client gets no answer."""
    for name in APIS:
        house[name].until_ready()
    armed = house.arm(place, "api")
    # Granian's master outlives its worker for a while; whoever keeps it up would end it as well.
    with pytest.raises(LATE):
        app.ask("e_kons", {"text": _once(key)}, key)
    assert not armed.exists()
    house.api_at(app.asked).kill()


def _strike(house, app, kills, places):
    for place in places:
        for _ in range(kills):
            armed = house.arm(place)
            house.submit(app)
            house.struck(armed)
        # Else the blows meant for five places fall on one item, which is then parked, as it should be.
        invariants.at_rest(house)


def _seconds_to_the_clinic(house, request):
    made = house.rows(REQUEST, REQUEST.c.id == UUID(request))[0].created_at
    settled = house.owed(request, "file_in_winplc")[0].settled_at
    return (settled - made).total_seconds()
