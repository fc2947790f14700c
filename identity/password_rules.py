"""What a new password must be (ACC-14): long enough, of three kinds of characters, and not one that is guessed first.

Any character may stand in it, blanks and signs of every script too; nothing makes anybody change one that is in use.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

SHORTEST, LONGEST = 8, 128
_FEWEST_SURPRISES = 4
_SHORTEST_WORD = 4
_HOUSE_WORDS = ("patientportalen", "patientportal")
_FIGURES_FOR_LETTERS = str.maketrans("013457@$!", "oieastasi")


@dataclass(frozen=True, slots=True)
class Standard:
    """What is asked of one password: how many characters (a clinic may ask for more), and words of its context."""

    shortest: int = SHORTEST
    words: tuple[str, ...] = ()


LEAST = Standard()


def normal(password: str) -> str:
    """Return the password as it is judged and hashed: however a keyboard composes its letters, it is the same one."""
    return unicodedata.normalize("NFC", password)


def weakness(password: str, standard: Standard = LEAST) -> str | None:
    """Return the code of the rule that a new password breaks, or None."""
    said = normal(password)
    if len(said) < max(SHORTEST, standard.shortest):
        return "password_too_short"
    if len(said) > LONGEST:
        return "password_too_long"
    mixed = said.lower() != said and said.upper() != said
    if not mixed or not any(c.isdigit() for c in said):
        return "password_too_plain"
    folded = said.casefold()
    if _is_simple(folded) or _is_blocked(folded):
        return "password_common"
    return "password_contextual" if _repeats(folded, (*_HOUSE_WORDS, *standard.words)) else None


def _is_simple(folded: str) -> bool:
    """Return whether it is a few characters over and over, or a walk through the alphabet or the figures."""
    steps = [ord(after) - ord(before) for before, after in pairwise(folded)]
    surprises = 1 + sum(abs(step) > 1 for step in steps)
    period = (folded + folded).find(folded, 1)
    return min(surprises, len(set(folded))) < _FEWEST_SURPRISES or period < min(SHORTEST, len(folded))


def _is_blocked(folded: str) -> bool:
    """Return whether it is a blocked one, or little more than one with figures and signs around it."""
    letters = [place for place, character in enumerate(folded) if character.isalpha()]
    bare = folded[letters[0] : letters[-1] + 1] if letters else folded
    blocked, plain = _blocked(), {folded, folded.translate(_FIGURES_FOR_LETTERS)}
    if len(folded) - len(bare) < SHORTEST:
        plain |= {bare, bare.translate(_FIGURES_FOR_LETTERS)}
    return not plain.isdisjoint(blocked)


def _repeats(folded: str, words: tuple[str, ...]) -> bool:
    """Return whether a word of the context makes up so much of it that too little is left without."""
    known = {normal(word).casefold() for word in words}
    return any(
        word in folded and len(folded.replace(word, "")) < SHORTEST for word in known if len(word) >= _SHORTEST_WORD
    )


@cache
def _blocked() -> frozenset[str]:
    lines = files("identity").joinpath("blocked_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(normal(line).casefold() for line in lines if line and not line.startswith("#"))
