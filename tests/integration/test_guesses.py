"""Guessing at a password: a growing wait from one network, a bound a day for one number, no lock-out by strangers."""

import itertools
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event

from identity.outcomes import TooManyRequestsError, UnauthenticatedError
from identity.tokens import log_in_code
from storage.database import Database
from storage.guesses import DAY, FREE_TRIES, FROM_KNOWN, FROM_STRANGE, KNOWN_FOR, Origin, admit, wait_after
from storage.housekeeping import sweep
from storage.log_ins import LogIns
from storage.registers import LOG_IN_ATTEMPT, LOG_IN_ORIGIN, THROTTLE
from tests.builders import House
from tests.furnishing import settle_in
from tests.people import ALICE, BOB, DAVID

HOME, OFFICE = "192.0.2.7", "198.51.100.9"
GUESSES = 10_000


class CountingVerifier:
    """A verifier that costs nothing and counts the passwords that are held against somebody's own."""

    def __init__(self, passwords):
        self._passwords, self.asked = passwords, 0

    def hash(self, password):
        return self._passwords.hash(password)

    def renewed(self, _stored, _password):
        return None

    def matches(self, stored, password):
        self.asked += stored is not None
        return stored is not None and password in {ALICE.password, BOB.password}


@pytest.fixture
def verifier(passwords):
    return CountingVerifier(passwords)


@pytest.fixture
def log_ins(house, verifier):
    return LogIns(house.database, house.keyring, verifier, house.new_id)


@pytest.fixture
def sqlite_log_ins(sqlite_house, verifier):
    return LogIns(sqlite_house.database, sqlite_house.keyring, verifier, sqlite_house.new_id)


@pytest.fixture
def quick_house(sqlite_url, keyring, clock, new_id, passwords):
    """A house whose memory is not forced onto the disk at each commit: for very many calls."""
    database = Database(sqlite_url, clock)
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield settle_in(House.of(database, keyring, clock, new_id), passwords)
    database.close()


def guess(log_ins, network, who=ALICE, password="Guess-2026"):
    return log_ins.begin("nygade", who.cpr, password, "api", network)


def enter(house, log_ins, network, who=ALICE):
    attempt = guess(log_ins, network, who, who.password)
    return log_ins.complete(attempt, log_in_code(house.keyring, attempt)).token


def waits(log_ins, network, who=ALICE):
    """Return how many seconds this network is told to wait, 0 where it need not."""
    try:
        guess(log_ins, network, who)
    except TooManyRequestsError as refused:
        return refused.retry_after
    return 0


def networks():
    return (f"10.{a}.{b}.{c}" for a, b, c in itertools.product(range(256), range(256), range(256)))


@pytest.mark.rule("LOG-3")
def test_the_wait_begins_after_the_fifth_try_doubles_and_never_passes_a_quarter_of_an_hour():
    seconds = [int(wait_after(tries).total_seconds()) for tries in range(1, 18)]
    assert seconds == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert wait_after(10**6) == timedelta(minutes=15)


@pytest.mark.rule("LOG-3", "V10", "V22")
@pytest.mark.parametrize("who", [ALICE, DAVID], ids=["a patient's number", "nobody's number"])
def test_one_network_waits_longer_and_longer_whoever_has_the_number(house, log_ins, who):
    assert [waits(log_ins, HOME, who) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    for expected in (1, 2, 4, 8):
        assert waits(log_ins, HOME, who) == expected
        assert waits(log_ins, HOME, who) == expected  # asking again during the wait does not make it longer
        house.clock.tick(expected)
        assert waits(log_ins, HOME, who) == 0
    assert waits(log_ins, OFFICE, who) == 0
    assert waits(log_ins, HOME, BOB) == 0


@pytest.mark.rule("LOG-3")
def test_whether_the_password_was_right_shows_in_no_wait(log_ins):
    """A right password whose code nobody shows counts as any other; else the wait would tell which one was right."""
    for password in ("Guess-2026", ALICE.password, "Guess-2026", ALICE.password, ALICE.password):
        guess(log_ins, HOME, ALICE, password)
    assert waits(log_ins, HOME) == 1


@pytest.mark.rule("LOG-3")
def test_a_log_in_that_is_completed_and_a_day_that_has_passed_end_the_wait(house, log_ins):
    for _ in range(FREE_TRIES - 1):
        guess(log_ins, HOME)
    enter(house, log_ins, HOME)
    house.clock.tick(1)
    assert [waits(log_ins, HOME) for _ in range(FREE_TRIES + 1)] == [0] * FREE_TRIES + [1]
    house.clock.now += DAY
    assert [waits(log_ins, HOME) for _ in range(FREE_TRIES + 1)] == [0] * FREE_TRIES + [1]


def test_tries_at_the_same_moment_are_counted_one_by_one(house, log_ins, at_once):
    assert sorted(at_once([lambda: waits(log_ins, HOME)] * 12)) == [0] * FREE_TRIES + [1] * (12 - FREE_TRIES)
    [row] = house.rows(LOG_IN_ORIGIN)
    assert row.tries == FREE_TRIES


def moments(house, known):
    """Give the network of each guess, spread over one day; every other one comes from a network that is known."""
    step = (house.clock.now.replace(hour=23, minute=59) - house.clock.now) / GUESSES
    for number, network in zip(range(GUESSES), networks(), strict=False):
        house.clock.now += step
        yield known[number // 2 % 2] if number % 2 else network


@pytest.mark.rule("LOG-3", "LOG-4", "V22")
def test_of_ten_thousand_guesses_from_everywhere_at_most_a_hundred_are_admitted(house, log_ins):
    """ASVS 6.3.1: from many networks, a few of them the patient's own, as fast as they are let, within one day."""
    for network in (HOME, OFFICE):
        enter(house, log_ins, network)
    own = [row.net_index for row in house.rows(LOG_IN_ORIGIN)]
    [number] = {row.cpr_index for row in house.rows(LOG_IN_ORIGIN)}
    counted = Counter()
    with house.database.writing() as connection:
        for network in moments(house, own):
            origin = Origin(number, network if network in own else network.encode().ljust(32))
            try:
                counted[admit(connection, origin, house.clock())] += 1
            except TooManyRequestsError:
                counted["waits"] += 1
    assert counted.total() == GUESSES
    assert 50 < counted[True] <= 100 == FROM_KNOWN + FROM_STRANGE


@pytest.mark.long
@pytest.mark.rule("LOG-3", "LOG-4", "V22")
def test_of_ten_thousand_guesses_at_the_door_at_most_a_hundred_reach_the_verifier(quick_house, verifier):
    """The same, through everything that a guess passes."""
    log_ins = LogIns(quick_house.database, quick_house.keyring, verifier, quick_house.new_id)
    for network in (HOME, OFFICE):
        enter(quick_house, log_ins, network)
    verifier.asked = 0
    answers = [waits(log_ins, network) for network in moments(quick_house, (HOME, OFFICE))]
    assert answers.count(0) > GUESSES / 2
    assert 50 < verifier.asked <= 100


@pytest.mark.rule("LOG-3", "LOG-4", "V22")
def test_strangers_cannot_lock_the_patient_out(sqlite_house, sqlite_log_ins, verifier):
    """The answer to the stranger stays the same; from where the patient logged in before, they do again."""
    house = sqlite_house
    enter(house, sqlite_log_ins, HOME)
    house.clock.tick(60)
    strangers = list(itertools.islice(networks(), 300))
    assert {waits(sqlite_log_ins, network) for network in strangers} == {0}
    asked = verifier.asked
    right = guess(sqlite_log_ins, "203.0.113.5", ALICE, ALICE.password)  # and yet not looked at
    [attempt] = house.rows(LOG_IN_ATTEMPT, LOG_IN_ATTEMPT.c.id == right)
    assert (verifier.asked, attempt.person_id, attempt.mailed) == (asked, None, False)
    assert enter(house, sqlite_log_ins, HOME)
    house.clock.now += DAY
    assert enter(house, sqlite_log_ins, "203.0.113.5")


@pytest.mark.rule("LOG-4")
def test_what_is_answered_past_the_bound_is_what_is_answered_always(sqlite_house, sqlite_log_ins):
    for network in itertools.islice(networks(), FROM_STRANGE):
        guess(sqlite_log_ins, network)
    attempt = guess(sqlite_log_ins, HOME, ALICE, ALICE.password)
    with pytest.raises(UnauthenticatedError, match="code_wrong"):
        sqlite_log_ins.complete(attempt, log_in_code(sqlite_house.keyring, attempt))


def test_a_network_is_known_for_a_while_and_then_forgotten(sqlite_house, sqlite_log_ins):
    house = sqlite_house
    enter(house, sqlite_log_ins, HOME)
    guess(sqlite_log_ins, OFFICE)
    house.clock.now += DAY + timedelta(seconds=1)
    sweep(house.database)
    assert [row.proven_at is not None for row in house.rows(LOG_IN_ORIGIN)] == [True]
    assert house.rows(THROTTLE) == [] or len(house.rows(THROTTLE)) == 2
    house.clock.now += KNOWN_FOR
    sweep(house.database)
    assert house.rows(LOG_IN_ORIGIN) == []
    assert house.rows(THROTTLE) == []


def test_neither_number_nor_address_is_stored(house, log_ins):
    guess(log_ins, HOME)
    [row] = house.rows(LOG_IN_ORIGIN)
    stored = bytes(row.cpr_index) + bytes(row.net_index)
    assert len(stored) == 64
    assert HOME.encode() not in stored
    assert ALICE.digits.encode() not in stored
