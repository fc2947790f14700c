"""Signed calls: the standard's own example holds, and nothing else passes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.webhooks import TOLERANCE_SECONDS, Signed, is_authentic, is_fresh, new_secret, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
IDENTIFIER, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
SIGNED = Signed(IDENTIFIER, str(TIMESTAMP), SIGNATURE)
OTHER = "whsec_" + base64.b64encode(b"another secret, just as long...!").decode()


def test_the_example_of_the_standard_holds():
    assert sign([SECRET], IDENTIFIER, TIMESTAMP, BODY) == SIGNED
    assert is_authentic([SECRET], SIGNED, BODY)
    assert SIGNED.headers() == {
        "webhook-id": IDENTIFIER,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


@pytest.mark.rule("F22", "V17")
@pytest.mark.parametrize(
    ("signed", "body"),
    [
        (SIGNED, BODY + b" "),
        (SIGNED, b""),
        (Signed(IDENTIFIER + "x", str(TIMESTAMP), SIGNATURE), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP + 1), SIGNATURE), BODY),
        (Signed(IDENTIFIER, f"0{TIMESTAMP}", SIGNATURE), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP), ""), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP), SIGNATURE.removeprefix("v1,")), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP), SIGNATURE.replace("v1,", "v1a,")), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP), SIGNATURE[:-2]), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP), "v1,"), BODY),
        (Signed(IDENTIFIER, str(TIMESTAMP), "v1,æøå="), BODY),
        (Signed("æ", str(TIMESTAMP), "v1,\xff\xfe"), BODY),
    ],
)
def test_whatever_was_changed_is_noticed(signed, body):
    assert not is_authentic([SECRET], signed, body)


@given(st.binary(max_size=100), st.integers(0, 10**3))
def test_no_changed_byte_of_the_body_passes(body, place):
    signed = sign([SECRET], IDENTIFIER, TIMESTAMP, body)
    assert is_authentic([SECRET], signed, body)
    if body:
        at = place % len(body)
        assert not is_authentic([SECRET], signed, body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_header_is_answered_with_no(signature):
    assert not is_authentic([SECRET], Signed(IDENTIFIER, str(TIMESTAMP), signature), BODY)


@pytest.mark.rule("F22", "V36")
def test_while_rotating_both_secrets_hold_and_afterwards_only_the_new():
    both = sign([OTHER, SECRET], IDENTIFIER, TIMESTAMP, BODY)
    assert len(both.signature.split(" ")) == 2
    assert is_authentic([SECRET], both, BODY)
    assert is_authentic([OTHER], both, BODY)
    old = sign([SECRET], IDENTIFIER, TIMESTAMP, BODY)
    assert is_authentic([OTHER, SECRET], old, BODY)
    assert not is_authentic([OTHER], old, BODY)


def test_without_a_secret_nothing_is_authentic():
    assert not is_authentic([], SIGNED, BODY)
    assert not is_authentic([SECRET], sign([], IDENTIFIER, TIMESTAMP, BODY), BODY)


def test_a_long_list_of_signatures_is_not_searched_without_end():
    wrong = "v1," + base64.b64encode(bytes(32)).decode()
    assert is_authentic([SECRET], Signed(IDENTIFIER, str(TIMESTAMP), " ".join([*[wrong] * 7, SIGNATURE])), BODY)
    assert not is_authentic([SECRET], Signed(IDENTIFIER, str(TIMESTAMP), " ".join([*[wrong] * 8, SIGNATURE])), BODY)
    assert not is_authentic([SECRET], Signed(IDENTIFIER, str(TIMESTAMP), " ".join([wrong] * 100_000)), BODY)


@pytest.mark.rule("F21")
@pytest.mark.parametrize(
    ("offset", "fresh"),
    [(0, True), (TOLERANCE_SECONDS, True), (-TOLERANCE_SECONDS, True), (301, False), (-301, False), (8 * 86400, False)],
)
def test_a_call_is_fresh_for_five_minutes_either_way(offset, fresh):
    assert is_fresh(SIGNED, TIMESTAMP + offset) is fresh


@pytest.mark.parametrize(
    "timestamp", ["", "-1", "1e9", "1614265330.0", " 1614265330", "١٦١٤٢٦٥٣٣٠", "²", "9" * 13, "9" * 10_000]
)
def test_a_timestamp_is_digits(timestamp):
    assert not is_fresh(Signed(IDENTIFIER, timestamp, SIGNATURE), TIMESTAMP)


def test_a_new_secret_is_random_and_long_enough():
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(base64.b64decode(each.removeprefix("whsec_"))) == 32 for each in secrets)
