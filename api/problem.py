"""What a problem is called and what is said about it."""

from dataclasses import dataclass

from workflows.vocabulary import Say


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its code (also its address under `/problems/`), its title, what it means, what to do then."""

    code: str
    title: Say
    detail: Say | None = None
    next_step: Say | None = None
