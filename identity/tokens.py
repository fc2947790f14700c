"""Tokens and codes: random or derived, never stored, only their hash is."""

import base64
import hashlib
import secrets
from uuid import UUID

from identity.keys import Keyring

TOKEN_BYTES = 32
CODE_DIGITS = 6
ONE_TIME_LETTERS = 16
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are mistaken for each other


def new_token() -> str:
    """Return a new opaque token of 256 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token that is itself 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def log_in_code(keyring: Keyring, attempt: UUID) -> str:
    """Return the six digits of one log-in attempt: derived, so that a repeated letter carries the same code."""
    number = int.from_bytes(keyring.keyed("log-in-code", attempt.bytes)[:8], "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def code_hash(keyring: Keyring, attempt: UUID, code: str) -> bytes:
    """Return what is stored of a code: keyed and bound to its attempt, since six digits alone can be guessed."""
    return keyring.keyed("log-in-code-hash", attempt.bytes + code.encode())


def activation_token(keyring: Keyring, request: UUID) -> str:
    """Return the token of an activation link, derived as a recovery link's is."""
    return base64.urlsafe_b64encode(keyring.keyed("activation-link", request.bytes)).decode().rstrip("=")


def one_time_password(keyring: Keyring, clinic: UUID, index: bytes, message: str) -> str:
    """Return the password that a clinic's message gives the person of this CPR index: 79 bits, easy to read aloud.

    Derived, so that the message sent again is answered alike, and nothing but a hash is stored.
    """
    number = int.from_bytes(keyring.keyed("one-time-password", clinic.bytes + index + message.encode()))
    letters = []
    for _ in range(ONE_TIME_LETTERS):
        number, place = divmod(number, len(_CLEAR))
        letters.append(_CLEAR[place])
    return "-".join("".join(letters[at : at + 4]) for at in range(0, ONE_TIME_LETTERS, 4))


def recovery_token(keyring: Keyring, request: UUID) -> str:
    """Return the token of a recovery link: 256 bits, derived, so that a repeated letter carries the same link."""
    return _derived_token(keyring, "recovery-link", request)


def dispute_token(keyring: Keyring, request: UUID) -> str:
    """Return the token by which the new password of a recovery can be disputed, derived in the same way."""
    return _derived_token(keyring, "dispute-link", request)


def _derived_token(keyring: Keyring, label: str, request: UUID) -> str:
    return base64.urlsafe_b64encode(keyring.keyed(label, request.bytes)).decode().rstrip("=")
