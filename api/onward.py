"""Where a "no" leads: the request of another type that the next step makes, and the door where it begins."""

from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from api.given import Services
from storage.database import Connection
from storage.service_facts import Caller
from storage.service_facts import services as open_now
from storage.standing import ClinicStanding
from workflows.acts import START, Acts
from workflows.vocabulary import Workflow

_SUBMIT, _TIME = "submit", "slot"


class Onward(BaseModel):
    """What to ask for instead: a type of request that is open to the patient, and where to begin."""

    model_config = ConfigDict(frozen=True)

    kind: str
    href: str = Field(description="The free times to choose from, or where the request is submitted")


class Onwards:
    """Finds the way on, where the clinic leaves it open to the patient."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._acts = {kind: Acts(workflow) for kind, workflow in services.catalogue.items()}

    def to(
        self, connection: Connection, clinic: ClinicStanding, caller: Caller, kind: str | None, practitioner: str | None
    ) -> Onward | None:
        """Return where a request of this kind begins, with the same practitioner; None where it is not open."""
        if kind is None:
            return None
        services = self._services
        (facts,) = open_now(connection, services.keyring, clinic, caller, (kind,), services.clock()).values()
        if self._acts[kind].refusal(START, facts) is not None:
            return None
        return Onward(kind=kind, href=_begins(services.catalogue[kind], clinic.slug, practitioner))


def _begins(workflow: Workflow, slug: str, practitioner: str | None) -> str:
    shape = workflow.shape(_SUBMIT)
    if shape is None or _TIME not in shape.model_fields:
        return f"/v1/clinics/{slug}/requests/{workflow.kind}"
    chosen = f"?{urlencode({'practitioner': practitioner})}" if practitioner else ""
    return f"/v1/clinics/{slug}/slots{chosen}"
