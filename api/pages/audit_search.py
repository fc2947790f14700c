"""The auditor's search: requests by clinic, kind and state, newest first, page by page, with a purpose."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.auditor.purpose import Search
from api.auditor.requests import READ, AuditedRequest, AuditedRequests
from api.call import Call, Language
from api.contract import HTML, Route, contract
from api.cursor import Cursors, Page
from api.given import Services
from api.pages.forms import Form, shaped, telling
from api.pages.granted import AUDIT, Frames
from api.patient.words import said
from identity.subject import Auditor
from storage.clinics import slugs_of
from workflows.catalogue import Catalogue
from workflows.words import STATES

Typed = Annotated[str, Field(max_length=600)]


class Looked(BaseModel):
    """What the form of the search sends: an empty field asks for everything."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    purpose: Typed | None = None
    clinic: Typed = ""
    kind: Typed = ""
    state: Typed = ""
    cursor: Typed = ""


class AuditSearchPages:
    """Shows the form, and what is found through the same door as everybody else's."""

    def __init__(self, services: Services, frames: Frames, cursors: Cursors) -> None:
        self._services, self._frames = services, frames
        self._requests = AuditedRequests(services, cursors)

    @contract(
        summary="Search for requests",
        audience="pages",
        produces=HTML,
        query=Looked,
        also={422: "No purpose, or a filter that cannot be"},
    )
    def find(self, call: Call, resp: falcon.Response, *, query: Looked) -> None:
        """Answer the form; with a purpose, what is found as well."""
        asked = query.model_dump(exclude_none=True)
        form, found = Form({name: (value,) for name, value in asked.items()}), None
        if query.purpose is not None:
            with telling(form, call.language):
                wanted = shaped(Search, {**asked, "purpose": query.purpose.strip()})
                found = self._requests.find(call, resp, query=wanted)
        resp.status = form.status
        self._frames.write(
            call,
            resp,
            AUDIT,
            "audit_search.html",
            form=form,
            found=found,
            older=_older(asked, found),
            clinics=clinics_of(self._services, call.caller(Auditor)),
            grant=call.caller(Auditor),
            kinds=kinds(self._services.catalogue, call.language),
            states=states(call.language),
        )

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", AUDIT.home, self.find, READ)]


def _older(asked: dict[str, str], found: Page[AuditedRequest] | None) -> str:
    """Return where the next page of the list is, if there is one."""
    if found is None or found.next_cursor is None:
        return ""
    return f"{AUDIT.home}?{urlencode({**asked, 'cursor': found.next_cursor})}"


def clinics_of(services: Services, auditor: Auditor) -> Sequence[tuple[str, str]]:
    """Return the clinics of the grant, each as what is sent and what is shown."""
    with services.database.reading() as connection:
        return [(slug, slug) for slug in slugs_of(connection, auditor.clinics)]


def kinds(catalogue: Catalogue, language: Language) -> dict[str, str]:
    """Return what each type of request is called."""
    return {kind: said(each.title, language) for kind, each in catalogue.items()}


def states(language: Language) -> dict[str, str]:
    """Return what each state is called."""
    return {state.value: said(say, language) for state, say in STATES.items()}
