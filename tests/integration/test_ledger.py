"""The one writer: state, history and outbox move together or not at all."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from evidence.leaf import link
from storage.history import SYSTEM, Cause
from storage.ledger import OvertakenError, Recorded, Said
from storage.models import HISTORY, IDEMPOTENCY, MESSAGE, OUTBOX, REQUEST
from storage.registers import LOG_IN
from storage.standing import lock
from tests.builders import ANYONE, OPERATOR, PATIENT
from tests.people import ALICE
from workflows import booking, e_kons, renewal
from workflows.delivery import Failure
from workflows.recovery import Finding
from workflows.vocabulary import NotApplicableError, Refusal, Role, State

FILED = ("file_in_winplc", None)
WAITING, NEWS = ("mail", "message_waiting"), ("mail", "appointment_news")
EVERYTHING = (REQUEST, HISTORY, MESSAGE, OUTBOX, IDEMPOTENCY)


@pytest.mark.rule("EKO-8")
def test_an_e_kons_is_filed_answered_and_told(house):
    request = house.delivered(house.e_kons())
    assert house.request(request).reference == "W-000001"
    assert house.request(request).journal_copy == "J-000001"
    house.answer(request)
    house.notified(request)
    assert house.walked(request) == ["submit", "delivered", "answer", "notified"]
    assert house.state(request) == State.NOTIFIED
    assert house.outbox(request) == [FILED, WAITING]
    assert [row.author for row in house.rows(MESSAGE)] == ["patient", "clinician"]


@pytest.mark.rule("REN-10")
def test_a_renewal_is_decided_item_by_item_before_it_is_answered(house):
    request = house.delivered(house.renewal("panodil", "metformin"))
    house.say(request, "decide", medicine="panodil", decision="approved")
    early = house.say(request, "answer", message_id="M-1")
    assert isinstance(early, Refusal)
    assert early.rule.code == "items_undecided"
    house.say(request, "decide", medicine="metformin", decision="rejected", reason="needs_checkup")
    house.say(request, "answer", message_id="M-2")
    assert house.walked(request) == ["submit", "delivered", "decide", "decide", "answer"]
    outcomes = [b'"outcome":"approved"', b'"outcome":"rejected:needs_checkup"']
    assert all(word in row.body for word, row in zip(outcomes, house.history(request)[2:4], strict=True))
    assert house.outbox(request) == [FILED, WAITING]


@pytest.mark.rule("BOO-7")
def test_a_confirmed_booking_is_cancelled_in_time_and_the_slot_is_free_again(house):
    request = house.delivered(house.booking("slot-1"))
    assert house.request(request).slot_held
    house.say(request, "confirm", message_id="M-1")
    house.notified(request)
    assert house.request(request).due_trigger == "passed"
    house.advance(request, "cancel", actor=PATIENT)
    assert house.walked(request) == ["submit", "delivered", "confirm", "notified", "cancel"]
    assert house.request(request).slot_held is False
    assert house.outbox(request) == [FILED, NEWS, ("tell_winplc_it_ended", None)]
    assert house.state(house.booking("slot-1")) == State.SUBMITTED


@pytest.mark.rule("REC-7")
def test_a_recovery_finds_its_person_sets_the_password_and_forgets_what_was_typed(house):
    request = house.recovery(ALICE)
    assert house.request(request).person_id is None
    house.delivered(request)
    house.advance(request, "matched", Finding(finding="match"), person=house.people[ALICE])
    house.notified(request)
    refused = house.advance(request, "complete", actor=ANYONE, password_hash="new")
    assert refused.rule.code == "link_invalid"
    assert house.walked(request) == ["submit", "delivered", "matched", "notified"]
    assert house.request(request).person_id == house.people[ALICE]
    assert house.outbox(request) == [("check_identity", None), ("mail", "recovery_link")]
    house.clock.tick(31 * 60)
    house.advance(request, "expire")
    assert [row.sealed for row in house.rows(MESSAGE)] == [None]
    assert house.rows(LOG_IN) == []


@pytest.mark.rule("V8")
def test_a_refusal_writes_nothing(house):
    before = _everything(house)
    house.settings(longest_text=10)
    refused = house.submit("e_kons", e_kons.Message(text="Longer than ten."))
    assert refused.rule.code == "text_too_long"
    refused = house.submit("renewal", renewal.Wish(medicines=("stesolid",)))
    assert refused.rule.code == "needs_consultation"
    assert _everything(house) == before


def test_a_refused_step_changes_nothing_of_a_request_that_exists(house):
    request = house.delivered(house.e_kons())
    house.say(request, "open")
    before = _everything(house)
    refused = house.advance(request, "withdraw", actor=PATIENT)
    assert refused.rule.code == "already_opened"
    assert _everything(house) == before


@pytest.mark.rule("V7")
@pytest.mark.parametrize("trigger", ["answer", "submit", "notified", "no_such_trigger"])
def test_a_trigger_without_a_row_in_the_state_changes_nothing(house, trigger):
    request = house.e_kons()
    before = _everything(house)
    with pytest.raises(NotApplicableError):
        house.advance(request, trigger)
    assert _everything(house) == before


def test_a_trigger_of_another_role_changes_nothing(house):
    request = house.delivered(house.e_kons())
    with pytest.raises(NotApplicableError):
        house.advance(request, "withdraw", actor=OPERATOR)
    assert house.walked(request) == ["submit", "delivered"]


@pytest.mark.rule("F20")
@pytest.mark.parametrize("lost_first", [False, True], ids=["from submitted", "from undeliverable"])
def test_an_answer_that_comes_before_the_receipt_proves_the_receipt(house, lost_first):
    request = house.e_kons()
    if lost_first:
        house.advance(request, "gave_up", Failure(reason="timeout"))
    house.answer(request)
    assert house.walked(request)[-2:] == ["delivered", "answer"]
    rows = house.history(request)[-2:]
    assert rows[0].to_state == rows[1].from_state == State.DELIVERED
    assert [row.trigger for row in house.rows(MESSAGE)] == ["submit", "answer"]


@pytest.mark.rule("V44")
def test_a_decision_taken_on_an_old_version_is_overtaken(house):
    request = house.e_kons()
    with house.database.reading() as connection:
        old = lock(connection, house.keyring, request)
    house.delivered(request)
    with pytest.raises(OvertakenError), house.database.writing() as connection:
        house.ledger.advance_locked(connection, old, "delivered", Said(), SYSTEM, Cause("test", "late"))
    assert house.walked(request) == ["submit", "delivered"]


def test_an_old_version_is_overtaken_also_where_the_state_is_the_same(house):
    request = house.delivered(house.e_kons())
    with house.database.reading() as connection:
        old = lock(connection, house.keyring, request)
    house.say(request, "open")
    with pytest.raises(OvertakenError), house.database.writing() as connection:
        house.ledger.advance_locked(connection, old, "withdraw", Said(), PATIENT, Cause("test", "late"))
    assert house.state(request) == State.DELIVERED


@pytest.mark.rule("V7")
def test_the_database_refuses_a_raw_row_that_no_table_allows(house):
    request = house.e_kons()
    row = _next_row(house, request)
    for illegal in ({"to_state": "completed"}, {"trigger": "answer"}, {"wf": "0" * 64}, {"kind": "booking"}):
        with pytest.raises(IntegrityError), house.database.writing() as connection:
            connection.execute(sa.insert(HISTORY).values(row | illegal))
    assert house.walked(request) == ["submit"]
    with house.database.writing() as connection:
        connection.execute(sa.insert(HISTORY).values(row))  # the control: the same row, legal, is taken
    assert len(house.rows(HISTORY)) == 2


def test_the_database_refuses_a_second_row_after_the_same_row(house):
    request = house.e_kons()
    row = _next_row(house, request)
    fork = row | {"n": 1, "id": house.new_id()}
    with pytest.raises(IntegrityError), house.database.writing() as connection:
        connection.execute(sa.insert(HISTORY).values([row, fork]))
    assert house.walked(request) == ["submit"]


def test_time_in_the_history_never_runs_backwards(house):
    request = house.e_kons()
    house.clock.tick(-3600)
    house.advance(request, "delivered")
    first, second = house.history(request)
    assert second.at == first.at


def test_the_patient_is_shown_to_auditors_by_a_pseudonym_per_clinic(house):
    at_home, elsewhere = house.e_kons(), house.e_kons(clinic="havnen")
    again = house.e_kons()
    shown = [house.history(request)[0].body.split(b'"id":"')[1][:32] for request in (at_home, again, elsewhere)]
    assert shown[0] == shown[1] != shown[2]
    assert str(house.people[ALICE]).encode() not in house.history(at_home)[0].body


def test_what_the_ledger_returns_names_the_outbox_rows_it_wrote(house):
    request = house.delivered(house.booking("slot-2"))
    written = house.advance(request, "confirm", booking.Word(message_id="M-9"), actor=_clinic())
    assert isinstance(written, Recorded)
    assert written.state is State.ANSWERED
    assert [row.letter for row in house.rows(OUTBOX, OUTBOX.c.id.in_(written.outbox))] == ["appointment_news"]


def _clinic():
    return replace(PATIENT, role=Role.CLINIC, kind="clinician", id="s1")


def _next_row(house, request):
    """Return the row that would legally follow the request's last one."""
    last = house.history(request)[-1]
    body = last.body.replace(b'"n":1', b'"n":2')
    moved = {"n": last.n + 1, "id": house.new_id(), "trigger": "delivered", "from_state": last.to_state}
    chained = {"to_state": "delivered", "prev": last.hash, "body": body, "hash": link(last.hash, body)}
    return dict(last._mapping) | moved | chained


def _everything(house):
    return [set(house.rows(table)) for table in EVERYTHING]
