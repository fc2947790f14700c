"""Passkeys (WebAuthn): what a browser is asked, and whether its answer holds. Only this file knows the library."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from identity.keys import Keyring

Shown = Mapping[str, Any]
"""What the browser answered: a credential as `PublicKeyCredential.toJSON()` writes it."""

_MILLISECONDS = 5 * 60 * 1000
_HOUSE = "Patientportal"
_ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_DEFAULT_PORTS = {"https": 443, "http": 80}
_DECOY_LENGTHS = (16, 20, 32, 64)  # as common authenticators make them


class PasskeyError(Exception):
    """The browser's answer does not hold. Why is not said: the answer is the caller's own text."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that a passkey belongs to: its host name, and its origin as a browser writes it."""

    id: str
    origin: str

    @classmethod
    def at(cls, public_url: str) -> "RelyingParty":
        """Return the site at this address."""
        parts = urlsplit(public_url)
        host = (parts.hostname or "").lower()
        plain = parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme)
        return cls(host, f"{parts.scheme}://{host}" if plain else f"{parts.scheme}://{host}:{parts.port}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey: its id, its public key (COSE), and how often it says that it was used."""

    credential: bytes
    public_key: bytes
    counter: int


def user_handle(keyring: Keyring, person: bytes) -> bytes:
    """Return by what an authenticator knows the person: the same for all their passkeys, and nothing to anybody."""
    return keyring.keyed("passkey-user", person)


def decoys(keyring: Keyring, claim: bytes) -> list[bytes]:
    """Return credential ids that nobody has, the same ones for the same claim: of usual lengths, mostly one."""
    seed = keyring.keyed("passkey-decoy", claim)
    many = 1 + (seed[0] % 8 == 0)
    made = [keyring.keyed("passkey-decoy", claim + bytes([n])) + keyring.keyed("more", claim) for n in range(many)]
    return [each[: _DECOY_LENGTHS[seed[1] % len(_DECOY_LENGTHS)]] for each in made]


def registration_options(
    party: RelyingParty, challenge: bytes, user: bytes, label: str, known: Sequence[bytes]
) -> dict[str, Any]:
    """Return what `PublicKeyCredential.parseCreationOptionsFromJSON` takes; `known` passkeys are not made again."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=_HOUSE,
        user_name=label,
        user_display_name=label,
        user_id=user,
        challenge=challenge,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        supported_pub_key_algs=_ALGORITHMS,
    )
    return options_to_json_dict(options)


def registered(party: RelyingParty, challenge: bytes, shown: Shown) -> Registered:
    """Return the passkey that was made for the challenge.

    Raises:
        PasskeyError: the answer is for another challenge or site, or is not what it should be.
    """
    with _held():
        made = verify_registration_response(
            credential=dict(shown),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            supported_pub_key_algs=_ALGORITHMS,
        )
        return Registered(made.credential_id, made.credential_public_key, made.sign_count)


def log_in_options(party: RelyingParty, challenge: bytes, credentials: Sequence[bytes]) -> dict[str, Any]:
    """Return what `PublicKeyCredential.parseRequestOptionsFromJSON` takes."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=_MILLISECONDS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in credentials],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json_dict(options)


def credential_of(shown: Shown) -> bytes:
    """Return the id of the credential that the browser used.

    Raises:
        PasskeyError: there is none.
    """
    with _held():
        return base64url_to_bytes(shown["id"])


def counted(party: RelyingParty, challenge: bytes, shown: Shown, known: Registered, user: bytes) -> int:
    """Return the new count of the passkey, when the answer is its own signature over the challenge.

    Raises:
        PasskeyError: another challenge, site, credential or person, a false signature, or a count that has not grown.
    """
    with _held():
        handle = shown["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != user:
            raise PasskeyError
        verified = verify_authentication_response(
            credential=dict(shown),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.counter,
        )
        if verified.credential_id != known.credential:
            raise PasskeyError
        return verified.new_sign_count


def as_text(words: bytes) -> str:
    """Return bytes as WebAuthn writes them: base64url without padding."""
    return bytes_to_base64url(words)


def as_bytes(text: str) -> bytes:
    """Return the bytes of such a text."""
    return base64url_to_bytes(text)


@contextmanager
def _held() -> Iterator[None]:
    """Turn whatever the library meets in a caller's bytes into one error that repeats nothing of them."""
    try:
        yield
    except PasskeyError:
        raise
    except Exception:  # noqa: BLE001 - parsers of foreign bytes fail in many ways, and each means: it does not hold
        raise PasskeyError from None
