"""A clinic's services as they are open to somebody now."""

from collections.abc import Iterator
from uuid import UUID

from api.call import Language
from api.patient.words import Possibility, possibility, said
from api.shapes import SUBMIT
from storage.clinics import currents
from storage.database import Connection
from storage.ledger import Ledger
from storage.service_facts import Caller, services
from storage.standing import ClinicStanding
from workflows.catalogue import Catalogue
from workflows.clinic_settings import Closure
from workflows.rights import ABOUT_THE_SERVICE
from workflows.vocabulary import Role, Rule, State


class Service(Possibility):
    """One service: the request type, what it is called, and whether one can ask now."""

    kind: str
    title: str


def offered(
    connection: Connection,
    ledger: Ledger,
    clinic: ClinicStanding,
    caller: Caller,
    role: Role,
    language: Language,
) -> tuple[Service, ...]:
    """Return what this role can ask of the clinic, each open or shut with the layer that shuts it (NEW-11)."""
    catalogue = ledger.catalogue
    rules = dict(_of_role(catalogue, role))
    facts = services(connection, ledger.keyring, clinic, caller, rules, ledger.clock())
    return tuple(
        Service(
            kind=kind,
            title=said(catalogue[kind].title, language),
            **possibility(layers, facts[kind], language).model_dump(),
        )
        for kind, layers in rules.items()
    )


def closures_of(connection: Connection, clinic: UUID) -> tuple[Closure, ...]:
    """Return the clinic's holidays, past and to come."""
    return tuple(Closure.model_validate(row.body) for row in currents(connection, clinic, "closure"))


def _of_role(catalogue: Catalogue, role: Role) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Give each kind that the role may start, with the rules of its page that are about the service as a whole."""
    for kind, workflow in catalogue.items():
        step = workflow.step(SUBMIT, State.DRAFT)
        if step is not None and step.by & role:
            yield kind, tuple(rule for rule in step.only_if if rule in ABOUT_THE_SERVICE)
