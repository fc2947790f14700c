"""A clinic's services as they are open to somebody now."""

from collections.abc import Iterator
from uuid import UUID

from pydantic import Field

from api.call import Language
from api.patient.words import Possibility, possible, said
from storage.database import Connection
from storage.ledger import Ledger
from storage.service_facts import Caller, services
from storage.standing import ClinicStanding
from storage.versions import currents
from workflows.acts import START, Acts
from workflows.clinic_settings import Closure
from workflows.vocabulary import Role


class Service(Possibility):
    """One service: the request type, what it is called, and whether one can ask now."""

    kind: str
    title: str
    acts: dict[str, Possibility] = Field(
        description="Each thing that can be done with such requests: whether clinic, practitioner, right, holiday and"
        " age leave it open; if not, which of them says no, and what to do instead"
    )


class Offers:
    """Says what a clinic offers to whom; built once, from the pages."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._acts = {kind: Acts(workflow) for kind, workflow in ledger.catalogue.items()}

    def to(
        self, connection: Connection, clinic: ClinicStanding, caller: Caller, role: Role, language: Language
    ) -> tuple[Service, ...]:
        """Return what this role can ask of the clinic, each open or shut with the layer that shuts it (NEW-11)."""
        ledger, kinds = self._ledger, tuple(self._of_role(role))
        facts = services(connection, ledger.keyring, clinic, caller, kinds, ledger.clock())
        shown = []
        for kind in kinds:
            acts = self._acts[kind]
            may = {name: possible(acts.refusal(name, facts[kind]), language) for name in acts.names()}
            title = said(ledger.catalogue[kind].title, language)
            shown.append(Service(kind=kind, title=title, acts=may, **may[START].model_dump()))
        return tuple(shown)

    def _of_role(self, role: Role) -> Iterator[str]:
        """Give each kind that the role may start."""
        for kind, acts in self._acts.items():
            if acts.starts_by & role:
                yield kind


def closures_of(connection: Connection, clinic: UUID) -> tuple[Closure, ...]:
    """Return the clinic's holidays, past and to come."""
    return tuple(Closure.model_validate(row.body) for row in currents(connection, clinic, "closure"))
