"""What the mock broker knows and has promised: people with MitID, and codes that wait to be exchanged."""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

CLIENT_ID = "patientportal"
"""The name of the portal at the mock."""

CODE_LIVES = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person who has MitID here: all invented."""

    name: str
    cpr: str

    @property
    def subject(self) -> str:
        """The name by which the broker calls them, always the same."""
        return str(uuid5(NAMESPACE_URL, f"mitid-mock:{self.name}"))


@dataclass(frozen=True, slots=True)
class Question:
    """What a browser brought from the portal, once it has been found in order."""

    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What a code stands for: who logged in, to which question, and which evil is to be done with the token."""

    identity: Identity
    question: Question
    evil: str
    made_at: datetime


class Books:
    """The people, and the promises that are open. A code is good once, for a short while."""

    def __init__(self, people: Sequence[Identity], clock: Callable[[], datetime]) -> None:
        self.people = tuple(people)
        self._clock = clock
        self._lock = threading.Lock()
        self._promises: dict[str, Promise] = {}

    def promise(self, identity: Identity, question: Question, evil: str) -> str:
        """Return a new code."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._promises[code] = Promise(identity, question, evil, self._clock())
        return code

    def redeem(self, code: str) -> Promise | None:
        """Return what the code stands for, if it still does; whoever tries it has used it."""
        with self._lock:
            promise = self._promises.pop(code, None)
        return promise if promise and self._clock() - promise.made_at < CODE_LIVES else None

    def another(self, identity: Identity) -> Identity:
        """Return somebody else."""
        return next(each for each in self.people if each != identity)
