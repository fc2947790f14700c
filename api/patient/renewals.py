"""*Dine fornyelser*: earlier and present renewals at a clinic, medicine by medicine (REN-1, REN-2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.onward import Onwards
from api.patient.acting import seen
from api.patient.items import Decided, Item, items
from api.patient.words import in_language, said
from api.strict_json import Moment
from identity.keys import SealingKey
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.database import Connection
from storage.medicines import names_of
from storage.memberships import own_clinic
from storage.messages import spoken_on
from storage.requests import Found, Requests
from storage.requests import Page as Wanted
from storage.service_facts import Caller
from storage.standing import ClinicStanding
from workflows.acts import RENEW, Acts
from workflows.vocabulary import State
from workflows.words import STATES

_ACTION = "patient.renewal.list"


class Renewal(BaseModel):
    """One renewal with its medicines; looking marks nothing as read."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    state: State
    label: str
    submitted_at: Moment
    changed_at: Moment
    practitioner: str | None
    items: tuple[Item, ...] = Field(description="The medicines, in the order they were asked for")


class Renewals:
    """Shows a patient their own renewals at one clinic."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting, self._onwards = services, Noting(services), Onwards(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"renewals"))
        acts = {kind: Acts(workflow) for kind, workflow in services.catalogue.items()}
        self._kind = next(kind for kind, each in acts.items() if each.rules(RENEW) is not None)

    @contract(summary="List my renewals at a clinic", audience="patient", query=Paging, out=Page[Renewal],
              errors=(NotFoundError,))  # fmt: skip
    def find(self, call: Call, resp: falcon.Response, *, slug: str, query: Paging) -> Page[Renewal]:
        """Answer one page, newest first, and note the look."""
        services, patient, language = self._services, call.caller(Patient), in_language(call, resp)
        scope = f"renewals:{patient.person}:{slug}"
        wanted = Wanted(kind=self._kind, clinic=slug, after=self._after(query, scope), limit=query.limit + 1)
        with services.database.writing() as connection:
            clinic, key = own_clinic(connection, services.keyring, patient.person, slug)
            found = Requests(connection, services.keyring, patient).page(wanted)
            page = found[: query.limit]
            shown = self._shown(connection, clinic, key, patient, page, language)
            self._noting.within(connection, seen(services, call, _ACTION, clinic.id))
        more = self._cursors.seal((page[-1].created_at.isoformat(), str(page[-1].id)), scope) if page else None
        return Page(items=shown, next_cursor=more if len(found) > query.limit else None)

    def _shown(
        self,
        connection: Connection,
        clinic: ClinicStanding,
        key: SealingKey,
        patient: Patient,
        page: Sequence[Found],
        language: Language,
    ) -> tuple[Renewal, ...]:
        """Return the page's renewals; words, names and ways on are looked up once for all of them."""
        workflow = self._services.catalogue[self._kind]
        words = spoken_on(connection, {each.id: (workflow, each.key) for each in page if each.key is not None})
        decided = {each.id: Decided.of(words.get(each.id, ())) for each in page}
        wanted = {medicine for each in decided.values() for medicine in each.wanted}
        names = names_of(connection, clinic.id, patient.person, key, wanted)
        caller = Caller(patient.person, patient.channel)
        kinds = {kind for each in decided.values() for kind in each.leads_to()}
        onward = {kind: self._onwards.to(connection, clinic, caller, kind, None) for kind in sorted(kinds)}
        return tuple(
            _renewal(each, items(decided[each.id], each.state, names, onward, language), language) for each in page
        )

    def _after(self, query: Paging, scope: str) -> tuple[datetime, UUID] | None:
        if query.cursor is None:
            return None
        at, identifier = self._cursors.read(query.cursor, scope)
        return datetime.fromisoformat(str(at)), UUID(str(identifier))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [Route("GET", "/v1/clinics/{slug}/renewals", self.find, _ACTION, clinic)]


def _renewal(found: Found, shown: Iterable[Item], language: Language) -> Renewal:
    return Renewal(
        id=found.id,
        state=found.state,
        label=said(STATES[found.state], language),
        submitted_at=found.created_at,
        changed_at=found.changed_at,
        practitioner=found.practitioner,
        items=tuple(shown),
    )
