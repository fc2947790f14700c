"""A history row proves itself: exact bytes, a chain, and a commitment that binds words kept elsewhere."""

import hmac
import json

import pytest
import sqlalchemy as sa

from evidence.chain import Flaw, Row, first_flaw
from evidence.leaf import BODY_KEYS, FIRST_PREVIOUS, canonical, link
from identity.subject import Auditor, Clinic, Patient
from storage.history import instant
from storage.models import HISTORY, MESSAGE
from storage.requests import Requests
from storage.sealing import load_key
from tests.builders import PATIENT
from tests.people import ALICE, BOB
from workflows.catalogue import CATALOGUE, fingerprint
from workflows.delivery import Failure


@pytest.fixture
def told(house):
    """An e-kons that has gone all its way."""
    request = house.delivered(house.e_kons("I have a question."))
    house.answer(request)
    return house.notified(request)


def chain(rows):
    return [Row(row.n, row.body, row.prev, row.hash) for row in rows]


def test_every_body_is_canonical_and_says_who_did_what_when_under_which_rules(house, told):
    rows = house.history(told)
    bodies = [json.loads(row.body) for row in rows]
    assert [canonical(body) for body in bodies] == [row.body for row in rows]
    assert all(set(body) == set(BODY_KEYS) for body in bodies)
    assert [body["type"] for body in bodies] == [f"request.{row.trigger}" for row in rows]
    assert [(body["from"], body["to"]) for body in bodies] == [(row.from_state, row.to_state) for row in rows]
    assert [body["actor"]["kind"] for body in bodies] == ["patient", "system", "clinician", "system"]
    assert [body["at"] for body in bodies] == [instant(row.at) for row in rows]
    assert {body["wf"] for body in bodies} == {fingerprint(CATALOGUE["e_kons"])}
    assert {(body["log"], body["req"], body["clinic"]) for body in bodies} == {
        ("tests", str(told), str(house.clinics["nygade"].clinic))
    }


def test_staff_are_vouched_for_by_the_clinic_and_named_by_their_key_only(house, told):
    body = json.loads(house.history(told)[2].body)
    assert body["actor"] == {"kind": "clinician", "id": "s1", "auth": "vouched:doctor", "loa": None}
    assert body["cause"]["kind"] == "webhook"


def test_anyone_can_recompute_the_chain_from_the_bytes_alone(house, told):
    previous = FIRST_PREVIOUS
    for row in house.history(told):
        assert row.prev == previous
        assert row.hash == link(previous, row.body)
        previous = row.hash


@pytest.mark.rule("F33")
def test_a_changed_removed_moved_or_inserted_row_is_found(house, told):
    rows = chain(house.history(told))
    changed = Row(
        2, rows[1].body.replace(b'"purpose":"operation"', b'"purpose":"treatment"'), rows[1].prev, rows[1].hash
    )
    other = chain(house.history(house.e_kons()))
    assert first_flaw(rows) is None
    assert first_flaw([rows[0], changed, *rows[2:]]) == Flaw(2, "body_changed")
    assert first_flaw([rows[0], *rows[2:]]) == Flaw(3, "number_missing")
    assert first_flaw([*rows[1:]]) == Flaw(2, "number_missing")
    assert first_flaw([rows[0], rows[2], rows[1], rows[3]]) == Flaw(3, "number_missing")
    assert first_flaw([other[0], *rows[1:]]) == Flaw(2, "link_broken")


def test_the_commitment_binds_the_words_and_shows_nothing_of_them(house, told):
    bodies = [json.loads(row.body) for row in house.history(told)]
    assert [body["commit"] is not None for body in bodies] == [True, False, True, False]
    messages = {row.id: row for row in house.rows(MESSAGE, MESSAGE.c.request_id == told)}
    with house.database.reading() as connection:
        key = load_key(connection, house.keyring, house.request(told).key_id)
    for row, body in zip(house.history(told), bodies, strict=True):
        if body["commit"] is not None:
            words = key.open(messages[row.id].sealed, f"message.sealed:{row.id}")
            assert hmac.digest(key.salt(row.id), words, "sha256").hex() == body["commit"]


def test_what_was_decided_and_what_failed_stand_in_the_body(house):
    lost = house.e_kons()
    house.advance(lost, "refused", Failure(reason="unknown_patient"))
    booked = house.delivered(house.booking())
    house.say(booked, "confirm", message_id="M-1")
    outcomes = [json.loads(house.history(request)[-1].body)["outcome"] for request in (lost, booked)]
    assert outcomes == ["failed:unknown_patient", "confirmed"]


def test_a_step_that_stays_where_it_is_is_a_row_too(house):
    request = house.delivered(house.e_kons())
    house.say(request, "open")
    last = house.history(request)[-1]
    assert (last.trigger, last.from_state, last.to_state) == ("open", "delivered", "delivered")
    assert house.request(request).opened_at == house.clock()


def test_the_history_is_read_by_its_own_patient_clinic_and_auditor_only(house, told):
    day = house.clock().date()
    nygade, havnen = (house.clinics[slug] for slug in ("nygade", "havnen"))
    scopes = {
        Patient(house.people[ALICE], house.new_id(), "pages"): 4,
        Patient(house.people[BOB], house.new_id(), "pages"): 0,
        Clinic(nygade.clinic, "nygade"): 4,
        Clinic(havnen.clinic, "havnen"): 0,
        Auditor(house.new_id(), "auditor", (nygade.clinic,), day, day): 4,
        Auditor(house.new_id(), "auditor", (havnen.clinic,), day, day): 0,
        Auditor(house.new_id(), "auditor", (nygade.clinic,), day.replace(day=1), day.replace(day=2)): 0,
    }
    with house.database.reading() as connection:
        found = {scope: len(Requests(connection, house.keyring, scope).history(told)) for scope in scopes}
    assert found == scopes


def test_the_rows_of_two_requests_do_not_touch(house, told):
    neighbour = house.e_kons(who=BOB)
    house.advance(neighbour, "withdraw", actor=PATIENT)
    assert house.walked(neighbour) == ["submit", "withdraw"]
    assert house.walked(told) == ["submit", "delivered", "answer", "notified"]
    with house.database.reading() as connection:
        heads = connection.execute(sa.select(HISTORY.c.hash)).scalars().all()
    assert len(set(heads)) == len(heads) == 6
