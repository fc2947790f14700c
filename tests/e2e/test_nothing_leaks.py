"""The sentinel: one marked person walks through the house while things fail; the marks turn up nowhere outside."""

import logging

import pytest
import redis
import sqlalchemy as sa

from portal.logging import set_up_logging
from storage.columns import METADATA
from tests.e2e.whole_house import ALMA, CLARA, GRY, NYGADE, fresh_key

SAID, ANSWERED = "Mit kendeord er blåbærgrød", "Svarets kendeord er rabarberkage"


@pytest.fixture
def logged(capsys):
    """Everything that is logged, through the product's own set-up."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logging(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the mail server is somebody else's
    yield lambda: "".join(capsys.readouterr())
    root.handlers[:] = before
    root.setLevel(level)


def _marks():
    return [
        ALMA.cpr,
        f"{ALMA.cpr[:6]}-{ALMA.cpr[6:]}",
        ALMA.email,
        "blåbærgrød",
        "rabarberkage",
        CLARA.cpr,
        CLARA.email,
        GRY.cpr,
        GRY.email,
        GRY.name,
    ]


@pytest.mark.rule("I7", "NOT-1", "V45")
def test_no_mark_leaves_the_house(open_house, logged):
    _walk_with_trouble(open_house)

    logs = logged()
    assert "work_put_off" in logs, "the trouble was not met"
    for mark in _marks():
        assert mark not in logs
    _redis_holds_no_mark(open_house)
    _mails_hold_no_mark(open_house)
    _columns_hold_no_mark(open_house)


def _walk_with_trouble(house):
    proof = house.client.log_in(ALMA)
    house.control("POST", "faults", {"clinic": NYGADE, "kind": "error_rate", "rate": 1.0, "count": 2})
    request = house.submit(proof, NYGADE, "e_kons", text=SAID)
    house.until_state(request, "delivered")
    house.act(NYGADE, request, "answer", message_id="M-1", text=ANSWERED)
    house.until_state(request, "notified")
    house.read(proof, request)
    house.client.recover(CLARA)
    _enrol(house)
    bad = {"text": SAID + " 😀", "cpr": ALMA.cpr}
    status, problem = house.raw(
        "POST", f"/v1/clinics/{NYGADE}/requests/e_kons", bad, proof | {"idempotency-key": "k" * 20}
    )
    assert status in {400, 422}
    for mark in _marks():
        assert mark not in str(problem)


def _enrol(house):
    """Take the newcomer to the mail that brings the link, and no further: what was typed is still kept, sealed."""
    body = {"cpr": GRY.cpr, "email": GRY.email, "name": GRY.name}
    assert house.raw("POST", f"/v1/clinics/{NYGADE}/enrolments", body, fresh_key())[0] == 202
    (request,) = house.client._made("enrolment")
    house.until_state(request, "delivered")
    house.act(NYGADE, request, "approve", services=["e_kons"])
    house.until_state(request, "notified")


def _redis_holds_no_mark(house):
    client = redis.Redis.from_url(house.settings.redis_url)
    held = []
    for key in client.scan_iter():
        kind = client.type(key)
        held.append(key)
        held.append(_value(client, key, kind))
    everything = repr(held)
    for mark in _marks():
        assert mark not in everything
        assert mark.encode() not in b"".join(str(item).encode() for item in held)
    client.close()


def _value(client, key, kind):
    if kind == b"hash":
        return client.hgetall(key)
    if kind == b"list":
        return client.lrange(key, 0, -1)
    if kind in {b"set", b"zset"}:
        return client.zrange(key, 0, -1) if kind == b"zset" else client.smembers(key)
    return client.get(key)


def _mails_hold_no_mark(house):
    for patient in (ALMA, CLARA, GRY):
        letters = house.letters(patient)
        assert letters
        for letter in letters:
            words = letter["subject"] + letter["text"]
            for mark in _marks():
                assert mark not in words


def _columns_hold_no_mark(house):
    with house.services.database.reading() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)):
                held = repr(tuple(row))
                for mark in _marks():
                    assert mark not in held, f"{table.name} holds a mark"
