"""What is refused about a CPR number beyond its form: the clinic does not take it, or it is another person's.

These rules are judged where the number is looked up, not by the engine: no step of a request has them.
"""

from workflows.facts import Facts
from workflows.rights import PHONE
from workflows.vocabulary import Layer, Rule, Say


def _judged_elsewhere(_facts: Facts) -> bool:
    return False


ECPR_TAKEN = Rule(
    "ecpr",
    Layer.CLINIC,
    Say(
        "Klinikken tager ikke imod erstatningsnumre med bogstaver her.",
        "The clinic does not take replacement numbers with letters here.",
    ),
    PHONE,
    _judged_elsewhere,
    field="cpr",
)

RULES = (ECPR_TAKEN,)
