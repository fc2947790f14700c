"""Speaking with a broker: it must be who it says, is asked no more than needed, and cannot hold the portal up."""

import base64
import json
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.identity_broker import KEPT, NOT_SOONER, Answer, OidcBroker
from api.identity_wire import Reply
from identity.mitid import DIALECTS
from identity.oidc import Client, Secrets, challenge, question
from identity.outcomes import BrokerUnavailableError, MitIdRefusedError
from tests.builders import SettableClock
from tests.people import ALICE

ISSUER = "https://broker.test/op"
NSIS = "https://data.gov.dk/concept/core/nsis/"
SECRETS = Secrets(state="s" * 43, nonce="n" * 43, verifier="v" * 43)
KEYS = [RSAKey.generate_key(2048, {"kid": kid}) for kid in ("old", "new")]
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
}


class StubWire:
    """Answers as it is told, and remembers what was asked."""

    def __init__(self):
        self.clock = SettableClock()
        self.asked, self.key, self.shown = [], KEYS[0], KEYS[:1]
        self.replies = {
            f"{ISSUER}/.well-known/openid-configuration": Reply(200, DESCRIBED),
            f"{ISSUER}/userinfo": Reply(200, {"sub": "somebody", "dk.cpr": ALICE.digits}),
        }

    def get(self, url, headers=None):
        self.asked.append((url, headers or {}))
        if url == f"{ISSUER}/jwks":
            return Reply(200, {"keys": [key.as_dict(private=False) for key in self.shown]})
        return self.replies[url]

    def post(self, url, form, headers):
        self.asked.append((url, headers, form))
        return self.replies.get(url) or Reply(200, {"id_token": self.token(), "access_token": "at"})

    def token(self):
        now = int(self.clock().timestamp())
        said = {"iss": ISSUER, "sub": "somebody", "aud": "portal", "iat": now, "exp": now + 60, "nonce": "n" * 43}
        said |= {"loa": f"{NSIS}High", "idp": "mitid", "identity_type": "private"}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.key)

    def times(self, end):
        return sum(call[0].endswith(end) for call in self.asked)


@pytest.fixture
def wire():
    return StubWire()


@pytest.fixture
def seconds():
    return [0.0]


@pytest.fixture
def broker(wire, seconds):
    return broker_of(wire, timer=lambda: seconds[0])


def broker_of(wire, secret=None, **more):
    client = Client(ISSUER, "portal", "https://p.test/back", DIALECTS["signaturgruppen"], secret)
    return OidcBroker(client, wire, wire.clock, **more)


def vouch(broker, **answer):
    return broker.vouch(Answer("the-code", **answer), SECRETS)


def why(broker, kind=MitIdRefusedError, **answer):
    with pytest.raises(kind) as refusal:
        vouch(broker, **answer)
    return refusal.value.reason


def test_the_question_holds_the_challenge_and_never_the_verifier(broker):
    address = broker.address(SECRETS)
    asked = parse_qs(address.partition("?")[2])
    assert address.startswith(f"{ISSUER}/authorize?")
    assert asked["code_challenge"] == [challenge(SECRETS.verifier)]
    assert asked["idp_values"] == ["mitid"]
    assert json.loads(asked["idp_params"][0]) == {"mitid": {"loa_value": "substantial"}}
    assert SECRETS.verifier not in address
    assert question("https://b.test/a?x=1", broker._client, SECRETS).startswith("https://b.test/a?x=1&response_type=")


def test_the_challenge_is_that_of_the_standard():
    """The vector of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_number_comes_from_the_userinfo_of_the_same_person(wire, broker):
    assert vouch(broker).cpr == ALICE.cpr
    assert wire.asked[-1] == (f"{ISSUER}/userinfo", {"authorization": "Bearer at"})
    wire.replies[f"{ISSUER}/userinfo"] = Reply(200, {"sub": "another", "dk.cpr": ALICE.digits})
    assert why(broker) == "userinfo_of_another_person"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "https://evil.test"}, "description_of_another_issuer"),
        ({"token_endpoint": None}, "description_unusable"),
        ({"userinfo_endpoint": None}, "userinfo_missing"),
    ],
)
def test_a_description_that_does_not_fit_is_not_used(wire, changes, reason):
    wire.replies[f"{ISSUER}/.well-known/openid-configuration"] = Reply(200, DESCRIBED | changes)
    assert why(broker_of(wire), BrokerUnavailableError) == reason


@pytest.mark.rule("V35")
def test_an_answer_of_another_broker_is_refused_before_the_code_is_shown(wire, broker):
    assert why(broker, issuer="https://evil.test") == "answer_of_another_issuer"
    assert wire.times("/token") == 0
    assert vouch(broker, issuer=ISSUER)


def test_a_broker_that_names_itself_always_does(wire):
    named = DESCRIBED | {"authorization_response_iss_parameter_supported": True}
    wire.replies[f"{ISSUER}/.well-known/openid-configuration"] = Reply(200, named)
    assert why(broker_of(wire)) == "answer_without_issuer"


def test_new_keys_are_looked_for_when_a_token_names_one_and_not_too_often(wire, broker, seconds):
    vouch(broker)
    wire.key, wire.shown = KEYS[1], KEYS
    assert why(broker) == "token_key_unknown"
    assert wire.times("/jwks") == 1
    seconds[0] = NOT_SOONER
    vouch(broker)
    assert wire.times("/jwks") == 2
    wire.key = RSAKey.generate_key(2048, {"kid": "never shown"})
    for _ in range(5):
        assert why(broker) == "token_key_unknown"
    assert wire.times("/jwks") == 2


def test_keys_that_are_old_are_fetched_anew_so_that_a_withdrawn_one_ends(wire, broker, seconds):
    vouch(broker)
    wire.shown = KEYS[1:]
    seconds[0] = KEPT - 1
    vouch(broker)
    seconds[0] = KEPT
    assert why(broker) == "token_key_unknown"
    assert wire.times("openid-configuration") == 2


def test_a_broker_without_keys_is_no_broker(wire, broker):
    wire.shown = []
    assert why(broker, BrokerUnavailableError) == "keys_unusable"


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(400, {"error": "invalid_grant"}), MitIdRefusedError, "code_refused"),
        (Reply(302, {}), MitIdRefusedError, "code_refused"),
        (Reply(401, {"error": "invalid_client"}), BrokerUnavailableError, "client_refused"),
        (Reply(429, {}), BrokerUnavailableError, "status_429"),
        (Reply(502, {}), BrokerUnavailableError, "status_502"),
        (Reply(200, {"access_token": "at"}), MitIdRefusedError, "token_missing"),
        (Reply(200, {"id_token": 7}), MitIdRefusedError, "token_missing"),
    ],
)
def test_what_a_broker_says_of_a_code_is_told_apart(wire, broker, reply, kind, reason):
    wire.replies[f"{ISSUER}/token"] = reply
    assert why(broker, kind) == reason


def test_the_portal_shows_its_secret_as_the_broker_wants_it(wire):
    vouch(broker_of(wire))
    assert wire.asked[1][2]["client_id"] == "portal"
    assert "authorization" not in wire.asked[1][1]
    wire.asked.clear()
    vouch(broker_of(wire, secret="s%:crét"))
    _, headers, form = wire.asked[1]
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"portal:s%25%3Acr%C3%A9t"
    assert (form["code_verifier"], "client_secret" in form) == (SECRETS.verifier, False)
    posting = DESCRIBED | {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    wire.replies[f"{ISSUER}/.well-known/openid-configuration"] = Reply(200, posting)
    wire.asked.clear()
    vouch(broker_of(wire, secret="s"))
    assert wire.asked[1][2]["client_secret"] == "s"
    assert "s%:crét" not in repr(Client(ISSUER, "portal", "https://p.test/back", DIALECTS["mock"], "s%:crét"))
