"""*Dine fornyelser* on pages: where each medicine stands, and the list to pick new ones from (REN-1 to REN-5)."""

from typing import Any, Literal

import falcon
from pydantic import Field

from api.call import Call
from api.contract import HTML, Route, contract
from api.cursor import Paging
from api.given import Services
from api.inputs import IdempotencyKeyMissingError, WrongMediaTypeError
from api.pages.forms import Form, Wrong, form_of, refuse, shaped, telling
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.medicines import Medicines, OwnMedicine
from api.patient.renewals import Renewals
from api.patient.submissions import Accepted, Submitting
from api.patient.words import said
from identity.outcomes import KeyReusedError, NotFoundError
from storage.database import Connection
from storage.standing import ClinicStanding
from storage.versions import currents
from workflows.channels import PORTAL
from workflows.clinic_settings import PractitionerSettings
from workflows.renewal import RENEWAL, Wish
from workflows.vocabulary import Layer, Say

LARGEST_FORM = 64 * 1024
_AGAIN = 409
_WRONG = 422
_PICK_ONE = Say("Vælg mindst ét lægemiddel.", "Choose at least one medicine.")


class Shelf(Paging):
    """Which part of the list, and what has just come of a form."""

    told: Literal["sent", "same"] | None = Field(None, description="What to say at the top")


class RenewalPages:
    """Shows a patient's renewals and takes new ones."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._renewals, self._medicines = Renewals(services), Medicines(services)
        self._submitting = Submitting(services)

    @contract(summary="See my renewals", audience="pages", produces=HTML, query=Shelf, errors=(NotFoundError,))
    def find(self, call: Call, resp: falcon.Response, *, slug: str, query: Shelf) -> None:
        """Answer one page of renewals, newest first, each medicine with where it stands."""
        page = self._renewals.find(call, resp, slug=slug, query=query)
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
        self._rendering.write(call, resp, "renewals.html", **visit.shown, page=page, told=query.told)

    @contract(summary="See the renewal form", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the list to pick from."""
        self._show(call, resp, slug, Form(), str(self._services.new_id()))

    @contract(
        summary="Send the renewal form",
        audience="pages",
        produces=HTML,
        status=303,
        also={403: "Not open to you", 409: "Not now, or sent already", 422: "Something is missing or cannot be"},
        headers={"Location": "The list of renewals"},
        errors=(NotFoundError, WrongMediaTypeError, IdempotencyKeyMissingError),
        largest_body=LARGEST_FORM,
    )
    def take(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Send the wish, once however often the form comes; a form that is refused keeps what was typed."""
        form, accepted = form_of(call), None
        key = form.typed("key")
        try:
            accepted = self._taken(call, resp, slug, form)
        except KeyReusedError as error:
            refuse(form, error, _AGAIN, call.language)
            key = str(self._services.new_id())
        if accepted is None:
            self._show(call, resp, slug, form, key)
        else:
            go(resp, f"/{slug}/renewal?told={'same' if accepted.hint else 'sent'}")

    def _taken(self, call: Call, resp: falcon.Response, slug: str, form: Form) -> Accepted | None:
        """Return the request that is made; None where the form says what is wrong with it."""
        chosen = form.chosen("medicines")
        if not chosen:
            form.status = _WRONG
            form.wrong.append(Wrong("medicines", said(_PICK_ONE, call.language)))
            return None
        others = {name: form.typed(name).strip() for name in ("practitioner", "comment")}
        with telling(form, call.language):
            wish = shaped(Wish, {"medicines": chosen, **others})
            return self._submitting.take(call, resp, slug, RENEWAL.kind, wish)
        return None

    def _show(self, call: Call, resp: falcon.Response, slug: str, form: Form, key: str) -> None:
        medicines = self._medicines.read(call, resp, slug=slug).items
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
            practitioners = _practitioners(connection, visit.clinic)
        shown = {
            "form": form,
            "key": key,
            "open": [each for each in medicines if each.renewal.allowed],
            "blocked": [each for each in medicines if not each.renewal.allowed],
            "shut": _shut(medicines),
            "practitioners": practitioners,
            "longest": visit.clinic.settings.longest_text,
        }
        resp.status = form.status
        self._rendering.write(call, resp, "renewal_new.html", **visit.shown, **shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}/renewal", self.find, "patient.renewal.list", CLINIC),
            Route("GET", "/{slug}/renewal/new", self.ask, "patient.medicine.read", CLINIC),
            Route("POST", "/{slug}/renewal/new", self.take, "patient.request.submit", CLINIC),
        ]


def _shut(medicines: tuple[OwnMedicine, ...]) -> Any:
    """Return what shuts the service as a whole, so that it is said once; None where medicines are told apart."""
    layers = {each.renewal.layer for each in medicines}
    whole = bool(medicines) and layers.isdisjoint({None, Layer.MEDICINE})
    return medicines[0].renewal if whole else None


def _practitioners(connection: Connection, clinic: ClinicStanding) -> list[tuple[str, str]]:
    """Return the key and name of each practitioner who takes renewals."""
    lines = [
        (row.key, PractitionerSettings.model_validate(row.body))
        for row in currents(connection, clinic.id, "practitioner")
    ]
    return [(key, line.display_name()) for key, line in lines if line.takes(RENEWAL.kind, PORTAL)]
