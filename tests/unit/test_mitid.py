"""What each broker says is understood in its own words, and what is not sure enough opens nothing."""

import pytest

from identity.mitid import DIALECTS, Level, vouched
from identity.outcomes import MitIdRefusedError
from tests.people import ALICE

NSIS = "https://data.gov.dk/concept/core/nsis/"
WHO = {"iss": "https://broker.test", "sub": "somebody", "acr": "urn:eident:cert:eidas:high"}
SAID = {
    # broker: what its token says of a private person, what its userinfo adds
    "signaturgruppen": (
        {"loa": f"{NSIS}Substantial", "idp": "mitid", "identity_type": "private"},
        {"dk.cpr": ALICE.digits},
    ),
    "e_ident": ({"loa": f"{NSIS}Substantial", "dk_ssn": ALICE.digits, "ssn": ALICE.digits}, {}),
    "criipto": ({"loA": "SUBSTANTIAL", "identityscheme": "dkmitid", "cprNumberIdentifier": ALICE.digits}, {}),
    "mock": ({"loa": "substantial", "cpr": ALICE.digits}, {}),
}
HIGH = {"signaturgruppen": f"{NSIS}High", "e_ident": f"{NSIS}High", "criipto": "HIGH", "mock": "high"}
LOW = {"signaturgruppen": f"{NSIS}Low", "e_ident": f"{NSIS}Low", "criipto": "LOW", "mock": "low"}


def said(broker, without=(), **changes):
    token, told = SAID[broker]
    token = {name: value for name, value in (WHO | token | changes).items() if name not in without}
    return vouched(DIALECTS[broker], token, told)


def refused(broker, without=(), **changes):
    with pytest.raises(MitIdRefusedError) as refusal:
        said(broker, without, **changes)
    return refusal.value.reason, refusal.value.code


def test_every_broker_of_the_setting_has_its_test():
    assert SAID.keys() == DIALECTS.keys()


@pytest.mark.rule("LOG-1")
@pytest.mark.parametrize("broker", DIALECTS)
def test_a_broker_is_understood(broker):
    identity = said(broker)
    assert (identity.issuer, identity.subject, identity.cpr) == ("https://broker.test", "somebody", ALICE.cpr)
    assert identity.level is Level.SUBSTANTIAL
    assert said(broker, **{DIALECTS[broker].level: HIGH[broker]}).level is Level.HIGH
    assert ALICE.digits not in repr(identity)
    assert "somebody" not in repr(identity)


@pytest.mark.rule("LOG-1", "V30")
@pytest.mark.parametrize("broker", DIALECTS)
def test_a_level_that_is_low_or_missing_is_refused_whatever_acr_says(broker):
    level = DIALECTS[broker].level
    assert refused(broker, **{level: LOW[broker]}) == ("level_too_low", "mitid_level")
    for other in ("", "very high", None, 3, [HIGH[broker]], f"{NSIS}Substantia"):
        assert refused(broker, **{level: other}) == ("level_missing", "mitid_level")
    assert refused(broker, without=[level]) == ("level_missing", "mitid_level")


@pytest.mark.parametrize(
    ("broker", "changes"),
    [
        ("signaturgruppen", {"idp": "passkeyid"}),
        ("signaturgruppen", {"identity_type": "professional"}),
        ("criipto", {"identityscheme": "sebankid"}),
    ],
)
def test_an_identity_that_is_no_private_mitid_is_refused(broker, changes):
    """The browser carries the question to the broker, and could change which kind of identity is asked for."""
    assert refused(broker, **changes)[0] == "identity_of_another_kind"
    assert refused(broker, without=list(changes))[0] == "identity_of_another_kind"


def test_the_level_is_believed_from_the_signed_token_only():
    told = {"loa": f"{NSIS}High", "idp": "mitid", "identity_type": "private", "dk.cpr": ALICE.digits}
    with pytest.raises(MitIdRefusedError):
        vouched(DIALECTS["signaturgruppen"], WHO, told)


def test_a_number_may_be_missing_and_must_else_be_one():
    assert vouched(DIALECTS["signaturgruppen"], WHO | SAID["signaturgruppen"][0], {}).cpr is None
    assert refused("mock", cpr="3102900001")[0] == "cpr_unusable"
    assert said("e_ident", dk_ssn="").cpr == ALICE.cpr
