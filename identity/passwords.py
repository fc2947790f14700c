"""Passwords: Argon2id, and a bound on how many are checked at once."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from identity.password_rules import normal


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
            return self._hasher.hash(normal(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether the password is right; without a stored hash the same work is done and the answer is no."""
        with self._turn:
            try:
                right = self._hasher.verify(stored or self._nobody, normal(password))
            except (VerifyMismatchError, InvalidHashError):
                return False
        return right and stored is not None

    def renewed(self, stored: str | None, password: str) -> str | None:
        """Return a hash of today's cost in place of one that was cheaper, or None where the stored one is good.

        The work is the same whether the password is right, so that its time does not tell.
        """
        try:
            dated = stored is not None and self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return None
        return self.hash(password) if dated else None
