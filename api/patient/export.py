"""Everything that the portal holds about a patient, for them to take along: as JSON, and as a page to read."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import falcon
from pydantic import BaseModel, TypeAdapter

from api.call import Call, Language
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.pages.export import ExportPage
from api.patient import views
from api.patient.acting import seen
from api.patient.export_shapes import (
    Export,
    HeldAccount,
    HeldLogIn,
    HeldMembership,
    account_of,
    memberships_of,
    request_of,
)
from api.patient.words import in_language
from api.strict_json import Moment, write
from identity.outcomes import TooManyRequestsError
from identity.subject import Patient
from storage.portability import Everything, Self
from storage.throttles import count_up

ACTION = "patient.me.export"
AT_ONCE, WINDOW = 10, timedelta(hours=1)
_MADE_AT: TypeAdapter[datetime] = TypeAdapter(Moment)
_ACCOUNT, _MEMBERSHIPS = TypeAdapter(HeldAccount), TypeAdapter(tuple[HeldMembership, ...])


class Exports:
    """Gives exports, a page of rows at a time: how much there is does not matter to anybody else."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._page = ExportPage()

    @contract(
        summary="Export everything about me",
        audience="patient",
        out=Export,
        streamed=True,
        headers={"Content-Disposition": "A name for the file"},
        errors=(TooManyRequestsError,),
        description="Account, clinics, log-ins, requests with their messages and histories, and who has looked. "
        "At most ten an hour. An answer that ends before its last bracket was cut off.",
    )
    def as_json(self, call: Call, resp: falcon.Response) -> Iterator[bytes]:
        """Note the look, and answer piece by piece."""
        everything, own = self._begun(call)
        language = in_language(call, resp)
        resp.set_header("Content-Disposition", 'attachment; filename="patientportal.json"')
        return self._pieces(everything, own, language)

    @contract(
        summary="Read everything about me",
        audience="patient",
        produces="text/html; charset=utf-8",
        streamed=True,
        errors=(TooManyRequestsError,),
        description="The same as a page in the patient's own language, whole in itself: nothing is fetched for it.",
    )
    def as_page(self, call: Call, resp: falcon.Response) -> Iterator[bytes]:
        """Note the look, and answer piece by piece."""
        everything, own = self._begun(call)
        language: Language = "en" if own.language == "en" else "da"
        resp.set_header("Content-Language", language)
        resp.set_header("Content-Security-Policy", self._page.policy)
        parts = self._parts(everything, language)
        return self._page.written(language, account_of(own), memberships_of(own), parts, self._services.clock())

    def _begun(self, call: Call) -> tuple[Everything, Self]:
        """Return the reader and the person's own rows, once the look is noted.

        Raises:
            TooManyRequestsError: it is asked for too often.
        """
        services, patient = self._services, call.caller(Patient)
        everything = Everything(services.database, services.keyring, services.catalogue, patient)
        with services.database.writing() as connection:
            if count_up(connection, f"export:{patient.person}", services.clock(), WINDOW) > AT_ONCE:
                raise TooManyRequestsError(int(WINDOW.total_seconds()))
            own = everything.own(connection)
            self._noting.within(connection, seen(services, call, ACTION))
        return everything, own

    def _parts(self, everything: Everything, language: Language) -> dict[str, Iterable[Any]]:
        catalogue = self._services.catalogue
        return {
            "log_ins": (HeldLogIn.model_validate(each) for each in everything.log_ins()),
            "requests": (request_of(each, catalogue, language) for each in everything.requests()),
            "accesses": (views.look_at_mine(each, language) for each in everything.accesses()),
        }

    def _pieces(self, everything: Everything, own: Self, language: Language) -> Iterator[bytes]:
        """Give the document in the order of its shape."""
        yield b'{"made_at":' + write(self._services.clock(), _MADE_AT)
        yield b',"account":' + write(account_of(own), _ACCOUNT)
        yield b',"memberships":' + write(memberships_of(own), _MEMBERSHIPS)
        for name, items in self._parts(everything, language).items():
            yield f',"{name}":['.encode()
            yield from _listed(items)
            yield b"]"
        yield b"}"

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/me/export", self.as_json, ACTION),
            Route("GET", "/v1/me/export.html", self.as_page, ACTION),
        ]


def _listed(items: Iterable[BaseModel]) -> Iterator[bytes]:
    between = b""
    for each in items:
        yield between + each.model_dump_json(by_alias=True).encode()
        between = b","
