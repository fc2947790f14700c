"""CPR numbers against what a clinic takes."""

from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from storage.clinics import find_clinic
from workflows.numbers import ECPR_TAKEN
from workflows.vocabulary import Refusal


def refusal_of(connection: Connection, slug: str, cpr: Cpr) -> Refusal | None:
    """Return the rule that refuses a number with letters at a clinic that takes none (ACC-11); digits cost no look-up.

    Raises:
        NotFoundError: there is no such clinic.
    """
    if not cpr.is_ecpr or find_clinic(connection, slug).settings.allow_ecpr:
        return None
    return Refusal(ECPR_TAKEN)
