"""A log-in needs the password, the mark and the mailed code; whoever lacks one learns nothing."""

from datetime import timedelta

import pytest

from identity.outcomes import NotFoundError, UnauthenticatedError
from identity.tokens import log_in_code
from storage.log_in_attempts import CODE_LIVES, CODE_TRIES
from storage.log_ins import IDLE, LONGEST, LogIns
from storage.models import OUTBOX
from storage.parcels import Parcels
from storage.registers import LOG_IN, LOG_IN_ATTEMPT
from tests.people import ALICE, BOB, CARLA, DAVID
from workflows.catalogue import CATALOGUE


@pytest.fixture
def log_ins(house, passwords):
    return LogIns(house.database, house.keyring, passwords, house.new_id)


def begin(log_ins, who=ALICE, clinic="nygade", password=None):
    return log_ins.begin(clinic, who.cpr, password or who.password, "pages")


def enter(house, log_ins, who=ALICE):
    attempt = begin(log_ins, who)
    return log_ins.complete(attempt, log_in_code(house.keyring, attempt)).token


@pytest.mark.rule("LOG-3")
def test_the_code_that_is_mailed_lets_in_once(house, log_ins):
    attempt = begin(log_ins)
    (row,) = house.rows(OUTBOX)
    work, letter = house.worker.claim(row.id, Parcels(house.keyring, CATALOGUE, house.clock).letter)
    assert (letter.address, letter.tells, work.request) == (ALICE.email, False, None)
    token = log_ins.complete(attempt, letter.code)
    patient = log_ins.who(token.token)
    assert (patient.person, patient.channel) == (house.people[ALICE], "pages")
    assert token.idle_seconds == IDLE.total_seconds()
    with pytest.raises(UnauthenticatedError):
        log_ins.complete(attempt, letter.code)


@pytest.mark.rule("LOG-4")
@pytest.mark.parametrize(
    ("who", "clinic", "password"),
    [(ALICE, "nygade", "wrong"), (DAVID, "nygade", None), (CARLA, "havnen", None), (BOB, "havnen", None)],
    ids=["wrong password", "nobody", "has MitID", "patient elsewhere"],
)
def test_who_may_not_enter_gets_an_attempt_all_the_same_and_no_mail(house, log_ins, who, clinic, password):
    attempt = begin(log_ins, who, clinic, password)
    assert len(house.rows(LOG_IN_ATTEMPT)) == 1
    assert house.to_be_mailed("login_code") == []
    (row,) = house.rows(OUTBOX)
    assert house.worker.claim(row.id, Parcels(house.keyring, CATALOGUE, house.clock).letter)[1] is None
    with pytest.raises(UnauthenticatedError):
        log_ins.complete(attempt, log_in_code(house.keyring, attempt))


def test_an_unknown_clinic_is_not_found(log_ins):
    with pytest.raises(NotFoundError):
        begin(log_ins, clinic="nowhere")


def test_codes_are_guessed_a_few_times_only(house, log_ins):
    attempt = begin(log_ins)
    right = log_in_code(house.keyring, attempt)
    for _ in range(CODE_TRIES):
        with pytest.raises(UnauthenticatedError):
            log_ins.complete(attempt, "x" + right[1:])
    with pytest.raises(UnauthenticatedError):
        log_ins.complete(attempt, right)


def test_twenty_guesses_at_once_are_still_only_a_few(house, log_ins, at_once):
    attempt = begin(log_ins)

    def guess():
        with pytest.raises(UnauthenticatedError):
            log_ins.complete(attempt, "000000x")

    at_once([guess] * 20)
    assert [row.tries for row in house.rows(LOG_IN_ATTEMPT)] == [CODE_TRIES]


def test_a_code_has_its_time_and_the_newest_one_wins(house, log_ins):
    first, second = begin(log_ins), begin(log_ins)
    with pytest.raises(UnauthenticatedError):
        log_ins.complete(first, log_in_code(house.keyring, first))
    house.clock.now += CODE_LIVES
    with pytest.raises(UnauthenticatedError):
        log_ins.complete(second, log_in_code(house.keyring, second))


@pytest.mark.rule("V31")
def test_a_log_in_that_is_not_used_ends(house, log_ins):
    token = enter(house, log_ins)
    house.clock.now += IDLE - timedelta(seconds=1)
    log_ins.who(token)
    house.clock.now += IDLE
    with pytest.raises(UnauthenticatedError):
        log_ins.who(token)


@pytest.mark.rule("V31")
def test_a_log_in_that_is_used_all_day_ends_too(house, log_ins):
    token, began = enter(house, log_ins), house.clock.now
    while house.clock.now + IDLE / 2 < began + LONGEST:
        house.clock.now += IDLE / 2
        log_ins.who(token)
    house.clock.now = began + LONGEST
    with pytest.raises(UnauthenticatedError):
        log_ins.who(token)


@pytest.mark.rule("V31")
def test_a_log_in_that_is_ended_is_over(house, log_ins):
    token = enter(house, log_ins)
    other = enter(house, log_ins)
    log_ins.end(log_ins.who(token).log_in)
    with pytest.raises(UnauthenticatedError):
        log_ins.who(token)
    assert log_ins.who(other).person == house.people[ALICE]
    with pytest.raises(UnauthenticatedError):
        log_ins.who("no such token")


@pytest.mark.rule("V31")
def test_neither_token_nor_code_is_stored(house, log_ins):
    token = enter(house, log_ins)
    (row,) = house.rows(LOG_IN)
    assert token.encode() not in row.token_hash
    attempt = house.rows(LOG_IN_ATTEMPT)[0]
    assert log_in_code(house.keyring, attempt.id).encode() not in attempt.code_hash
