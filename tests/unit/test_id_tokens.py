"""A token is believed when the broker signed it, for us, now, for this attempt; anything else has its word for it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from identity.id_tokens import LONGEST_TOKEN, OLDEST, SKEW, Expected, UnknownKeyError, signing_keys, verified
from identity.outcomes import MitIdRefusedError

NOW = 1_795_510_800
EXPECTED = Expected(issuer="https://broker.test", client_id="portal", nonce="n" * 43, now=NOW)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
KEYS = signing_keys([RSA.as_dict(private=False), EC.as_dict(private=False)])
CLAIMS = {
    "iss": "https://broker.test",
    "sub": "somebody",
    "aud": "portal",
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": "n" * 43,
}


def token(key=RSA, alg="RS256", without=(), header=None, **changes):
    claims = {name: value for name, value in (CLAIMS | changes).items() if name not in without}
    head = {"alg": alg, "kid": key.kid} | (header or {})
    return jwt.encode({name: value for name, value in head.items() if value}, claims, key, algorithms=[alg])


def reason(words, keys=KEYS):
    with pytest.raises(MitIdRefusedError) as refusal:
        verified(words, keys, EXPECTED)
    assert str(refusal.value) == "mitid_refused"
    return refusal.value.reason


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
def test_a_true_token_says_who(key, alg):
    assert verified(token(key, alg), KEYS, EXPECTED)["sub"] == "somebody"


@pytest.mark.parametrize(
    "changes",
    [{"aud": ["portal"]}, {"azp": "portal"}, {"nbf": NOW + SKEW}, {"iat": NOW + SKEW}, {"exp": NOW - SKEW + 1}],
    ids=str,
)
def test_what_a_careful_broker_may_also_say_is_believed(changes):
    assert verified(token(**changes), KEYS, EXPECTED)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://broker.test/"}, "token_iss"),
        ({"sub": ""}, "token_sub"),
        ({"sub": "s" * 256}, "token_sub"),
        ({"sub": "å"}, "token_sub"),
        ({"sub": 7}, "token_sub"),
        ({"aud": "another"}, "token_aud"),
        ({"aud": ["portal", "another"]}, "token_aud"),
        ({"aud": []}, "token_aud"),
        ({"azp": "another"}, "token_azp"),
        ({"exp": NOW - SKEW}, "token_exp"),
        ({"exp": "soon"}, "token_exp"),
        ({"nbf": NOW + SKEW + 1}, "token_nbf"),
        ({"iat": NOW + SKEW + 1}, "token_iat"),
        ({"iat": NOW - OLDEST - SKEW - 1}, "token_iat"),
        ({"nonce": "m" * 43}, "token_nonce"),
        ({"nonce": "å" * 43}, "token_nonce"),
        ({"nonce": 43}, "token_nonce"),
    ],
    ids=str,
)
def test_a_claim_that_is_not_as_it_must_be_is_named(changes, why):
    assert reason(token(**changes)) == why


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "nonce"])
def test_a_claim_that_is_missing_is_named(name):
    assert reason(token(without=[name])).startswith(f"token_{name}")


def test_a_key_is_found_by_its_name_and_only_a_lone_key_needs_none():
    assert reason(token(header={"kid": "another"})) == "token_key_unknown"
    assert reason(token(header={"kid": None})) == "token_key_unknown"
    assert verified(token(header={"kid": None}), signing_keys([RSA.as_dict(private=False)]), EXPECTED)
    with pytest.raises(UnknownKeyError):
        verified(token(), signing_keys([]), EXPECTED)


@pytest.mark.rule("V34")
@pytest.mark.parametrize("alg", ["RS512", "HS256", "none", "EdDSA", 7, None])
def test_no_algorithm_but_those_of_the_list_is_tried(alg):
    _, body, mark = token().split(".")
    assert reason(f"{part({'alg': alg, 'kid': 'rsa'})}.{body}.{mark}") == "token_algorithm"


def test_a_key_does_not_serve_another_algorithm():
    assert reason(token(header={"kid": "ec"})) == "token_signature"


def test_a_token_of_another_type_is_no_id_token():
    assert reason(token(header={"typ": "at+jwt"})) == "token_type"
    assert verified(token(header={"typ": "jwt"}), KEYS, EXPECTED)


def test_a_changed_token_is_not_the_brokers():
    head, _, mark = token().split(".")
    assert reason(f"{head}.{part(CLAIMS | {'sub': 'another'})}.{mark}") == "token_signature"


def test_only_keys_that_sign_count():
    shown = [
        OctKey.generate_key(256, {"kid": "shared"}).as_dict(),
        RSA.as_dict(private=False) | {"use": "enc", "kid": "sealing"},
        {"kty": "RSA", "kid": "broken", "n": "AQAB"},
        {"kid": "nothing"},
        "no key",
        EC.as_dict(private=False),
    ]
    assert set(signing_keys(shown)) == {"ec"}


@given(
    st.text(max_size=300) | st.sampled_from(["." * 9, "e30.e30.e30", "W10.e30.", "bnVsbA..", "a" * (LONGEST_TOKEN + 1)])
)
def test_whatever_else_comes_is_refused_and_not_repeated(words):
    assert reason(words).startswith("token_")


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
