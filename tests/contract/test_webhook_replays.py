"""What was said once is answered as it was then, and has no second effect; a secret ends when its overlap does."""

import pytest

from storage import operations
from tests.contract.test_webhook_attacks import LONG_AGO, WRONG, caller, refused

__all__ = ("caller",)


def say(caller):
    """Say the answer, and return the call with what was answered."""
    body = caller.body()
    headers = caller.headers(body)
    first = caller.send(headers, body)
    assert first.status_code == 200
    return headers, body, first


def left(caller):
    house = caller.doors.house
    return house.walked(caller.request), house.outbox(caller.request), caller.doors.kept()


@pytest.mark.rule("F19", "F21", "V17")
@pytest.mark.parametrize("later", [0, 60, 3600, LONG_AGO, 400 * 24 * 3600])
def test_a_replay_is_answered_as_before_and_changes_nothing(caller, later):
    headers, body, first = say(caller)
    before = left(caller)
    caller.doors.house.clock.tick(later)
    again = caller.send(headers, body)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    anew = caller.send(caller.headers(body), body)  # as WinPLC itself repeats: the same id, signed anew
    assert (anew.status_code, anew.json) == (first.status_code, first.json)
    assert left(caller) == before


@pytest.mark.rule("F19", "V17")
def test_a_known_id_says_nothing_else(caller):
    _, _, _ = say(caller)
    before = left(caller)
    other = caller.body("No.")
    answer = caller.send(caller.headers(other), other)
    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")
    assert left(caller) == before


@pytest.mark.rule("F19", "V17", "I6")
def test_a_caught_call_opens_no_other_door(caller):
    """The signature covers id, time and body; the id is taken for one request and one act only."""
    headers, body, _ = say(caller)
    house = caller.doors.house
    other = house.delivered(house.e_kons("Another."))
    before = left(caller)
    for path in (
        f"/v1/clinic/requests/{other}/answer",
        f"/v1/clinic/requests/{caller.request}/close",
        "/v1/clinic/messages",
        "/v1/clinic/accounts/confirmation",
    ):
        answer = caller.send(headers, body, path)
        assert 400 <= answer.status_code < 500, path
    assert left(caller) == before
    assert house.walked(other) == ["submit", "delivered"]


@pytest.mark.rule("F22", "V36")
def test_in_the_overlap_both_secrets_hold_and_afterwards_only_the_new(caller):
    house = caller.doors.house
    with house.database.writing() as connection:
        new = operations.rotate_secret(connection, house.keyring, house.new_id, "nygade", house.clock())
    house.clock.tick(operations.OVERLAP.total_seconds() - 1)
    old_call = caller.headers(caller.body(), message="evt-old"), caller.body()
    new_call = caller.headers(caller.body(), message="evt-new", secret=new), caller.body()
    house.clock.tick(1)
    # The old one is over to the second; nothing that it signed before is taken any more.
    assert refused(caller, caller.send(*old_call), WRONG)
    assert caller.send(*new_call).status_code == 200


@pytest.mark.rule("F22", "V36")
def test_an_old_secret_holds_until_its_overlap_ends_and_replays_nothing_after(caller):
    house = caller.doors.house
    with house.database.writing() as connection:
        operations.rotate_secret(connection, house.keyring, house.new_id, "nygade", house.clock())
    house.clock.tick(operations.OVERLAP.total_seconds() - 1)
    headers, body, _ = say(caller)
    house.clock.tick(1)
    before = left(caller)
    again = caller.send(headers, body)
    assert (again.status_code, again.json["code"]) == WRONG
    assert left(caller) == before


LENGTHS = {
    "shorter than the body": ("10", WRONG),
    "none": ("0", WRONG),
    "more than was sent": ("100000", (400, "body_incomplete")),
    "more than is taken": (str(1024 * 1024 + 1), (413, "body_too_large")),
}


@pytest.mark.rule("F22")
@pytest.mark.parametrize("trick", LENGTHS)
def test_no_trick_with_the_length_of_the_body_passes(caller, trick):
    length, expected = LENGTHS[trick]
    body = caller.body()
    answer = caller.send(caller.headers(body), body, extras={"CONTENT_LENGTH": length})
    assert refused(caller, answer, expected)


@pytest.mark.rule("F22")
def test_a_body_in_pieces_of_unsaid_length_is_not_read(caller):
    body = caller.body()
    answer = caller.send(caller.headers(body) | {"transfer-encoding": "chunked"}, body)
    assert refused(caller, answer, (400, "length_required"))


@pytest.mark.rule("F22", "V2")
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b'"content"', b'"content": {}, "content"'),
        lambda body: body.replace(b'"at"', b'"admin": true, "at"'),
        lambda body: body + body,
        lambda body: b"[" + body + b"]",
        lambda body: body.replace(b'"Yes."', b"NaN"),
        lambda body: body.replace(b"Yes.", b"\xff\xfe"),
        lambda body: b"{" * 10_000,
        lambda _: b"null",
    ],
    ids=["a key twice", "a key too many", "two values", "a list", "no number", "no text", "deep", "null"],
)
def test_a_well_signed_body_is_read_strictly_all_the_same(caller, change):
    body = change(caller.body())
    answer = caller.send(caller.headers(body), body)
    assert answer.status_code in {400, 422}
    assert refused(caller, answer, (answer.status_code, answer.json["code"]))


@pytest.mark.rule("F22")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_well_signed_body_of_another_kind_is_not_read(caller, kind):
    body = caller.body()
    answer = caller.send(caller.headers(body) | {"content-type": kind}, body)
    assert refused(caller, answer, (415, answer.json["code"]))
