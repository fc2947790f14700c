"""MitID as a broker vouches for it: who a person is to the broker, their CPR number, and how sure it is of them.

Brokers say the same things with other claims. How each says them stands here as data; what the broker's `acr` says is
never read, since it may be a constant. Levels are those of the Danish standard NSIS:
https://digst.dk/it-loesninger/standarder/nsis/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from identity.cpr import Cpr, CprError
from identity.outcomes import MitIdRefusedError

Claims = Mapping[str, Any]
"""What a token or an answer of the broker says, by the name of the claim."""

LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, section 2
_NSIS = "https://data.gov.dk/concept/core/nsis/"


class Level(StrEnum):
    """The level of assurance of a log-in, as NSIS names them."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


ENOUGH = frozenset({Level.SUBSTANTIAL, Level.HIGH})
"""The levels that open a patient's data."""

_PLAIN = {str(level): level for level in Level}
_ADDRESSES = {f"{_NSIS}{level.title()}": level for level in Level}
_CAPITALS = {level.upper(): level for level in Level}


@dataclass(frozen=True, slots=True)
class Federated:
    """Somebody whom a broker vouches for. Issuer and subject say who; the CPR number is an attribute."""

    issuer: str
    subject: str = field(repr=False)
    level: Level
    cpr: Cpr | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one broker is asked, and how it answers.

    `asks` are parameters of its own; `sure` are claims that must say just this, because the browser carries the
    question and could ask for another kind of identity; `cpr` names the claims that may hold the number, best first,
    in the token or, where `userinfo` says so, in what the broker tells the bearer of the access token.
    """

    scope: str
    level: str
    levels: Mapping[str, Level]
    cpr: tuple[str, ...]
    asks: Mapping[str, str] = field(default_factory=dict)
    sure: Mapping[str, str] = field(default_factory=dict)
    userinfo: bool = False


DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        # https://signaturgruppen-a-s.github.io/signaturgruppen-broker-documentation/idps/mitid.html
        "signaturgruppen": Dialect(
            scope="openid mitid ssn",
            asks={"idp_values": "mitid", "idp_params": '{"mitid":{"loa_value":"substantial"}}'},
            sure={"idp": "mitid", "identity_type": "private"},
            level="loa",
            levels=_ADDRESSES | _PLAIN,
            cpr=("dk.cpr",),
            userinfo=True,
        ),
        # https://www.nets.eu/developer/e-ident/eids/Pages/mitid.aspx
        "e_ident": Dialect(scope="openid ssn", level="loa", levels=_ADDRESSES, cpr=("dk_ssn", "ssn")),
        # https://docs.idura.app/verify/e-ids/danish-mitid
        "criipto": Dialect(
            scope="openid ssn",
            asks={"acr_values": "urn:grn:authn:dk:mitid:substantial"},
            sure={"identityscheme": "dkmitid"},
            level="loA",
            levels=_CAPITALS,
            cpr=("cprNumberIdentifier",),
        ),
        "mock": Dialect(scope="openid cpr", level="loa", levels=_PLAIN, cpr=("cpr",)),
    },
)
"""Every broker that the portal understands, by the word of the setting."""


def vouched(dialect: Dialect, token: Claims, told: Claims) -> Federated:
    """Return whom the broker vouches for: `token` are the claims of a verified token, `told` those of its userinfo.

    Raises:
        MitIdRefusedError: the level is missing or too low, it was no private MitID, or the number is none.
    """
    if any(token.get(name) != value for name, value in dialect.sure.items()):
        raise MitIdRefusedError("identity_of_another_kind")
    level = _level(dialect, token.get(dialect.level))
    if level not in ENOUGH:
        raise MitIdRefusedError("level_missing" if level is None else "level_too_low", code="mitid_level")
    return Federated(token["iss"], token["sub"], level, _cpr(dialect, {**told, **token}))


def _level(dialect: Dialect, said: object) -> Level | None:
    return dialect.levels.get(said) if isinstance(said, str) else None


def _cpr(dialect: Dialect, claims: Claims) -> Cpr | None:
    text = next((claims[name] for name in dialect.cpr if claims.get(name)), None)
    if text is None:
        return None
    try:
        return Cpr(str(text))
    except CprError:
        raise MitIdRefusedError("cpr_unusable", code="mitid_no_cpr") from None
