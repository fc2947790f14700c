"""A forgotten password: only the stored address gets the link, and it works once."""

import pytest

from identity.outcomes import NotFoundError
from identity.tokens import log_in_code
from storage.log_ins import LogIns
from storage.models import MESSAGE
from storage.parcels import Parcels
from storage.recoveries import complete, match
from storage.registers import LOG_IN, RECOVERY_LINK
from tests.people import ALICE, BOB, CARLA, DAVID
from workflows import recovery
from workflows.catalogue import CATALOGUE
from workflows.delivery import Handover, Receipt
from workflows.vocabulary import NotApplicableError, Refusal


@pytest.fixture
def parcels(house):
    return Parcels(house.keyring, CATALOGUE, house.clock)


def linked(house, parcels, who=ALICE):
    """Walk a recovery to the letter with the link; return the request and the token."""
    request = house.recovery(who)
    work, claim = house.worker.claim(house.owed(request).id, parcels.claim)
    with house.database.writing() as connection:
        house.worker.settle(connection, work, "sent")
    house.advance(request, "delivered", Receipt(reference="W-1"))
    house.advance(request, "matched", recovery.Finding(finding="match"), person=claim.match.person)
    row = house.owed(request, "mail")
    work, letter = house.worker.claim(row.id, parcels.letter)
    assert letter.address == who.email
    with house.database.writing() as connection:
        house.worker.settle(connection, work, "sent")
    house.advance(request, "notified", Handover())
    return request, letter.token


def use(house, token, clinic="nygade", new="new hash"):
    with house.database.writing() as connection:
        return complete(connection, house.ledger, clinic, token, new, None)


def matched(house, clinic="nygade", **typed):
    claim = recovery.Claim(**({"cpr": ALICE.digits, "email": ALICE.email} | typed))
    with house.database.reading() as connection:
        return match(connection, house.keyring, house.clinics[clinic].clinic, claim)


@pytest.mark.rule("REC-7")
def test_the_link_sets_the_password_once_ends_log_ins_and_forgets_what_was_typed(house, parcels, passwords):
    log_ins = LogIns(house.database, house.keyring, passwords, house.new_id)
    attempt = log_ins.begin("nygade", ALICE.cpr, ALICE.password, "pages")
    log_ins.complete(attempt, log_in_code(house.keyring, attempt))
    request, token = linked(house, parcels)
    assert not isinstance(use(house, token, new=passwords.hash("Skov-2026-x")), Refusal)
    assert house.state(request) == "completed"
    assert house.outbox(request)[-1] == ("mail", "password_changed")
    assert [row.sealed for row in house.rows(MESSAGE, MESSAGE.c.request_id == request)] == [None]
    assert all(row.ended_at is not None for row in house.rows(LOG_IN))
    with pytest.raises(NotApplicableError):
        use(house, token)
    again = log_ins.begin("nygade", ALICE.cpr, "Skov-2026-x", "pages")
    assert log_ins.complete(again, log_in_code(house.keyring, again))


def test_two_uses_of_the_link_at_once_set_one_password(house, parcels, at_once):
    request, token = linked(house, parcels)

    def try_it(number):
        try:
            return use(house, token, new=f"hash {number}")
        except NotApplicableError:
            return None

    used = at_once([lambda n=n: try_it(n) for n in range(5)])
    assert sum(answer is not None for answer in used) == 1
    assert house.walked(request)[-1] == "complete"


@pytest.mark.parametrize("wait", [0, 31 * 60], ids=["another clinic's page", "too late"])
def test_the_link_works_at_its_clinic_and_in_its_time_only(house, parcels, wait):
    request, token = linked(house, parcels)
    house.clock.tick(wait)
    if wait:
        assert use(house, token).rule.code == "link_invalid"
    else:
        with pytest.raises(NotFoundError):
            use(house, token, clinic="havnen")
        with pytest.raises(NotFoundError):
            use(house, token[:-1])
    assert house.state(request) == "notified"


def test_a_letter_that_is_sent_again_carries_the_same_link(house, parcels):
    request, token = linked(house, parcels)
    (row,) = house.rows(RECOVERY_LINK)
    assert token.encode() not in row.token_hash
    assert linked(house, parcels, BOB)[1] != token
    assert house.state(request) == "notified"


@pytest.mark.rule("REC-1")
def test_only_number_address_and_mark_together_are_a_match(house):
    assert matched(house).person == house.people[ALICE]
    assert matched(house, email=ALICE.email.upper(), cpr=f"{ALICE.digits[:6]}-{ALICE.digits[6:]}") == matched(house)
    strangers = (
        {"email": BOB.email},
        {"cpr": DAVID.digits},
        {"cpr": "0000000000"},
        {"clinic": "havnen", "cpr": BOB.digits, "email": BOB.email},
        {"clinic": "havnen", "cpr": CARLA.digits, "email": CARLA.email},
    )
    assert [matched(house, **typed) for typed in strangers] == [None] * len(strangers)
