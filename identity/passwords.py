"""Passwords: Argon2id, a bound on how many are checked at once, and the rules for a new one."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_SHORTEST, _LONGEST = 8, 128


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id parameters; the default is OWASP's smaller profile (19 MiB, two passes, one lane)."""

    time: int = 2
    memory_kib: int = 19 * 1024
    lanes: int = 1


class Passwords:
    """Hashes and checks passwords; at most `at_once` at the same time, so that a flood cannot take all memory."""

    def __init__(self, cost: Cost, at_once: int = 4) -> None:
        self._hasher = PasswordHasher(cost.time, cost.memory_kib, cost.lanes)
        self._turn = threading.BoundedSemaphore(at_once)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        with self._turn:
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether the password is right; without a stored hash the same work is done and the answer is no."""
        with self._turn:
            try:
                right = self._hasher.verify(stored or self._nobody, password)
            except (VerifyMismatchError, InvalidHashError):
                return False
        return right and stored is not None


def weakness(password: str) -> str | None:
    """Return the code of the rule a new password breaks, or None (ACC-14)."""
    if len(password) < _SHORTEST:
        return "password_too_short"
    if len(password) > _LONGEST:
        return "password_too_long"
    mixed = password.lower() != password and password.upper() != password
    return None if mixed and any(c.isdigit() for c in password) else "password_too_plain"
