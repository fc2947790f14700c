"""The CPR number: a value that never prints itself.

Rules of the number: https://www.cpr.dk/cpr-systemet/opbygning-af-cpr-nummeret/ ; modulus 11 is no ground for refusal
since 2007: https://www.cpr.dk/cpr-systemet/personnumre-uden-kontrolciffer-modulus-11-kontrol/
"""

import re
from datetime import date
from typing import NoReturn

_DIGITS = re.compile(r"\d{6}-?\d{4}", re.ASCII)
_ECPR = re.compile(r"\d{6}-?\d[A-Z]{2}\d", re.ASCII | re.IGNORECASE)
_REPLACEMENT_DAY = 60
_CENTURIES = (
    # the seventh digit, the largest two-digit year, the century
    ("0123", 99, 1900),
    ("49", 36, 2000),
    ("49", 99, 1900),
    ("5678", 57, 2000),
    ("5678", 99, 1800),
)


class CprError(ValueError):
    """The text is no CPR number; `code` says why, the text never holds the number."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Cpr:
    """A CPR number. `digits` gives the ten digits to those who must have them; nothing else shows them."""

    __slots__ = ("digits",)

    def __init__(self, text: str) -> None:
        """Parse ten digits with an optional hyphen.

        Raises:
            CprError: `ecpr` for a replacement number with letters (CPR-6), `form` for anything else that is not ten
                digits, `date` when the first six digits are no date.
        """
        stripped = text.strip()
        if _ECPR.fullmatch(stripped):
            raise CprError("ecpr")
        if not _DIGITS.fullmatch(stripped):
            raise CprError("form")
        self.digits = stripped.replace("-", "")
        self.born()

    def born(self) -> date:
        """Return the date of birth; a day raised by 60 (a replacement number, CPR-4) counts as the day itself.

        Raises:
            CprError: `date` when there is no such day.
        """
        day, month, year = (int(self.digits[at : at + 2]) for at in (0, 2, 4))
        century = next(c for digits, last, c in _CENTURIES if self.digits[6] in digits and year <= last)
        day -= _REPLACEMENT_DAY if day > _REPLACEMENT_DAY else 0
        try:
            return date(century + year, month, day)
        except ValueError:
            raise CprError("date") from None

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
