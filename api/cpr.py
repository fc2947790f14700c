"""A CPR number in a body: checked as it is read, and refused in words that help (CPR-1..6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.errors import RefusedError
from api.given import Services
from identity.cpr import Cpr, CprError
from storage.numbers import refusal_of
from workflows.vocabulary import Refusal, Say

_WORDS: Mapping[str, Say] = {
    "form": Say(
        "Et CPR-nummer er ti cifre, evt. med bindestreg efter de første seks.",
        "A CPR number is ten digits, with or without a hyphen after the first six.",
    ),
    "date": Say(
        "De første seks cifre er ikke en dato.",
        "The first six digits are not a date.",
    ),
    "ecpr_local": Say(
        "Erstatningsnummeret gælder kun dér, hvor det er lavet. Brug det nationale, eller ring til klinikken.",
        "This replacement number with letters holds only where it was made. Use the national one, or phone the clinic.",
    ),
}


def _checked(text: str) -> str:
    try:
        return Cpr(text, letters=True).digits
    except CprError as error:
        code = error.code
    said = _WORDS[code]
    raise PydanticCustomError(f"cpr_{code}", "{en}", {"da": said.da, "en": said.en})


CprText = Annotated[str, Field(max_length=20, examples=["1111111118"]), AfterValidator(_checked)]
"""A CPR number or a national replacement number, checked: form and date. `number_at` says if the clinic takes it."""


def number_at(services: Services, slug: str, text: str, within: str = "", field: str = "cpr") -> Cpr:
    """Return the number that came to a door of this clinic as `field`; `within` points to the member around it.

    Raises:
        NotFoundError: there is no such clinic.
        RefusedError: `ecpr`, a number with letters where the clinic takes none (ACC-11).
    """
    cpr = Cpr(text, letters=True)
    if cpr.is_ecpr:
        with services.database.reading() as connection:
            refusal = refusal_of(connection, slug, cpr)
        if refusal is not None:
            raise RefusedError(Refusal(replace(refusal.rule, field=field)), within)
    return cpr
