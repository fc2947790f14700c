"""The CPR number: a value that never prints itself.

Rules of the number: https://www.cpr.dk/cpr-systemet/opbygning-af-cpr-nummeret/ ; modulus 11 is no ground for refusal
since 2007: https://www.cpr.dk/cpr-systemet/personnumre-uden-kontrolciffer-modulus-11-kontrol/
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import NoReturn

from stdnum.dk.cpr import get_birth_date
from stdnum.exceptions import InvalidComponent

from workflows.working_days import local_day

_DIGITS = re.compile(r"\d{6}-?\d{4}", re.ASCII)
_ECPR = re.compile(r"\d{6}-?\d[A-Z]{2}\d", re.ASCII | re.IGNORECASE)
_CENTURY_OF_ECPR: Mapping[str, int] = {"1": 1900, "7": 2000}
_RAISED_BY = 6


class CprError(ValueError):
    """The text is no CPR number; `code` says why, the text never holds the number."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Cpr:
    """A CPR number. `digits` gives its ten characters to those who must have them; nothing else shows them."""

    __slots__ = ("digits",)

    def __init__(self, text: str, *, letters: bool = False) -> None:
        """Parse ten digits with an optional hyphen; with `letters` a national replacement number (X-eCPR) as well.

        Raises:
            CprError: `ecpr` for a national replacement number where none is asked for, `ecpr_local` for one that is
                unique only where it was made (CPR-6), `form` for anything else that is not ten digits, `date` when
                the first six digits are no date.
        """
        stripped = text.strip()
        if _ECPR.fullmatch(stripped):
            _refuse_ecpr(stripped.replace("-", "")[6], letters=letters)
        elif not _DIGITS.fullmatch(stripped):
            raise CprError("form")
        self.digits = stripped.replace("-", "").upper()
        self.born()

    @property
    def is_ecpr(self) -> bool:
        """Whether it is a national replacement number, with two letters (CPR-6)."""
        return self.digits[7:9].isalpha()

    @property
    def is_female(self) -> bool:
        """Whether the number is a woman's: its last digit is even (CPR-2)."""
        return int(self.digits[9]) % 2 == 0

    def born(self) -> date:
        """Return the date of birth; a day raised by 60 (a replacement number, CPR-4) counts as the day itself.

        Raises:
            CprError: `date` when there is no such day.
        """
        found = _day_of_ecpr(self.digits) if self.is_ecpr else _day_of_number(self.digits)
        if found is None:
            raise CprError("date")
        return found

    def age(self, at: datetime) -> int:
        """Return the age at a moment in whole years, by the Danish date.

        Who was born on 29 February is a year older on 1 March where there is no such day; a birth to come counts as 0.
        """
        born, today = self.born(), local_day(at)
        before_birthday = (today.month, today.day) < (born.month, born.day)
        return max(0, today.year - born.year - before_birthday)

    def __reduce__(self) -> NoReturn:
        # A pickle is a print: it would carry the number into a queue or a cache.
        raise TypeError("a CPR number is not pickled")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cpr) and other.digits == self.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __repr__(self) -> str:
        return "Cpr(**********)"

    __str__ = __repr__


def _refuse_ecpr(century: str, *, letters: bool) -> None:
    if century not in _CENTURY_OF_ECPR:
        raise CprError("ecpr_local")
    if not letters:
        raise CprError("ecpr")


# Neither lets an exception out: one that came from inside would carry the number in its frames.
def _day_of_number(digits: str) -> date | None:
    try:
        return get_birth_date(f"{int(digits[0]) % _RAISED_BY}{digits[1:]}")
    except InvalidComponent:
        return None


def _day_of_ecpr(digits: str) -> date | None:
    day, month, year = (int(digits[at : at + 2]) for at in (0, 2, 4))
    try:
        return date(_CENTURY_OF_ECPR[digits[6]] + year, month, day)
    except ValueError:
        return None
