"""A CPR number in a body: checked as it is read, and refused in words that help (CPR-1..6)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from identity.cpr import Cpr, CprError
from workflows.vocabulary import Say

_WORDS: Mapping[str, Say] = {
    "form": Say(
        "Et CPR-nummer er ti cifre, evt. med bindestreg efter de første seks.",
        "A CPR number is ten digits, with or without a hyphen after the first six.",
    ),
    "date": Say(
        "De første seks cifre er ikke en dato.",
        "The first six digits are not a date.",
    ),
    "ecpr": Say(
        "Et erstatningsnummer med bogstaver kan ikke bruges her. Ring til klinikken.",
        "A replacement number with letters cannot be used here. Phone the clinic.",
    ),
}


def _checked(text: str) -> str:
    try:
        return Cpr(text).digits
    except CprError as error:
        said = _WORDS[error.code]
        raise PydanticCustomError(f"cpr_{error.code}", "{en}", {"da": said.da, "en": said.en}) from None


CprDigits = Annotated[str, Field(max_length=20, examples=["1111111118"]), AfterValidator(_checked)]
"""The ten digits of a CPR number, checked: form and date."""
