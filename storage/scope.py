"""Whose rows a call may touch: the second wall, which PostgreSQL holds under the readers' own scope.

Who has said who they are is known in one place, the doors' admission; it enters the scope there, and every statement of
the call carries it to the database until the call leaves it. On SQLite it is kept and not asked for.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from identity.subject import Anyone, Auditor, Clinic, Operator, Patient, Principal

Given = ParamSpec("Given")
Result = TypeVar("Result")


class DatabaseRole(StrEnum):
    """The roles of PostgreSQL that processes take; what each may do stands in `storage/walls.py`.

    `COUNTER` sees no row's owner: which times are taken, and how much there is of what.
    """

    APP = "portal_app"
    WORKER = "portal_worker"
    OPERATOR = "portal_operator"
    AUDITOR = "portal_auditor"
    SEQUENCER = "portal_sequencer"
    COUNTER = "portal_counter"


class Door(StrEnum):
    """Rows that are looked up before it is known whose they are.

    `IDENTITY` opens the tables by which somebody is known, and requests that were made before it was known whose they
    are: never anybody else's words.
    """

    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a call is let to: rows of people, rows of clinics, a door; none of them is nothing.

    `role` is what the statements run as in place of the process's own role.
    """

    people: tuple[UUID, ...] = ()
    clinics: tuple[UUID, ...] = ()
    door: Door | None = None
    role: DatabaseRole | None = None


NOTHING = Scope()
IDENTITY = Scope(door=Door.IDENTITY)
COUNTS = Scope(role=DatabaseRole.COUNTER)

_SCOPE: ContextVar[Scope] = ContextVar("scope", default=NOTHING)


def scope_of(principal: Principal) -> Scope:
    """Return what one who has said who they are is let to."""
    match principal:
        case Patient(person=person):
            return Scope(people=(person,))
        case Clinic(clinic=clinic):
            return Scope(clinics=(clinic,))
        case Auditor(clinics=clinics):
            return Scope(clinics=clinics, role=DatabaseRole.AUDITOR)
        case Operator():
            return NOTHING
        case Anyone():
            return IDENTITY


def present() -> Scope:
    """Return the scope that statements are sent with now."""
    return _SCOPE.get()


def enter(scope: Scope) -> None:
    """Let this call to the scope, in place of what it had before."""
    _SCOPE.set(scope)


def leave() -> None:
    """Let whatever this thread does next to nothing."""
    _SCOPE.set(NOTHING)


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Let the statements of the block to the scope, and to it alone."""
    before = _SCOPE.set(scope)
    try:
        yield
    finally:
        _SCOPE.reset(before)


@contextmanager
def through(door: Door) -> Iterator[None]:
    """Open a door for the statements of the block, beside what the call is let to anyway."""
    with within(replace(present(), door=door)):
        yield


@contextmanager
def concerning(*people: UUID) -> Iterator[None]:
    """Let the statements of the block to all that is these people's, at whichever clinic, beside the call's own.

    For what is done to a person as a whole on the word of one clinic or of a link, such as ending every log-in.
    """
    scope = present()
    with within(replace(scope, people=(*scope.people, *people), door=Door.IDENTITY)):
        yield


@contextmanager
def at_clinic(clinic: UUID) -> Iterator[None]:
    """Let the statements of the block to a clinic's rows, beside the call's own: for an operator's act on a request."""
    scope = present()
    with within(replace(scope, clinics=(*scope.clinics, clinic))):
        yield


def concerns(*names: str) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Let a whole function to all that is theirs whom its arguments of these names stand for: see `concerning`."""

    def decorated(function: Callable[Given, Result]) -> Callable[Given, Result]:
        signature = inspect.signature(function)

        @wraps(function)
        def widened(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            given = signature.bind(*args, **kwargs).arguments
            with concerning(*(given[name] for name in names)):
                return function(*args, **kwargs)

        return widened

    return decorated


@contextmanager
def counting() -> Iterator[None]:
    """Let the statements of the block see what belongs to no one: columns without persons, of all rows."""
    with within(COUNTS):
        yield
