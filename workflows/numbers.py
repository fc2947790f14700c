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

NUMBER_FREE = Rule(
    "number_taken",
    Layer.PATIENT,
    Say("Nummeret er allerede en anden brugers.", "The number is another user's already."),
    Say(
        "Er det samme person, så bed driften om at lægge de to brugere sammen.",
        "If it is one person, ask the operator to merge the two users.",
    ),
    _judged_elsewhere,
    field="new_cpr",
    conflict=True,
)
NUMBER_PRESENT = Rule(
    "number_former",
    Layer.PATIENT,
    Say("Personen har fået et andet nummer siden.", "The person has got another number since."),
    Say("Send ændringen med det nuværende nummer.", "Send the change with the present number."),
    _judged_elsewhere,
    field="cpr",
    conflict=True,
)

RULES = (ECPR_TAKEN, NUMBER_FREE, NUMBER_PRESENT)
