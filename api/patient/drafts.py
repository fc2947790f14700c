"""Drafts: what is typed and not sent yet, kept on the server so that nothing typed is lost (NEW-22)."""

import json
from typing import Any

import falcon
from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator
from pydantic_core import PydanticCustomError

from api.call import Call
from api.contract import IF_MATCH, Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.strict_json import Moment
from identity.outcomes import NotFoundError, VersionMismatchError
from identity.subject import Patient
from storage.database import Connection
from storage.drafts import Place, forget_draft, read_draft, save_draft
from storage.memberships import own_clinic

READ, CHANGE = "patient.draft.read", "patient.draft.change"
LARGEST = 64 * 1024  # bytes of JSON
_PATH = "/v1/clinics/{slug}/drafts/{about}"
_NO_VERSION = -1


class Typed(BaseModel):
    """What was typed, as it was typed: no rule looks at it before it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: dict[str, JsonValue] = Field(examples=[{"text": "Jeg har et spørgsmål om"}])

    @field_validator("content")
    @classmethod
    def _small_enough(cls, content: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if len(json.dumps(content, ensure_ascii=False).encode()) > LARGEST:
            raise PydanticCustomError("draft_too_large", "The draft is too large", {"da": "Kladden er for stor."})
        return content


class Kept(BaseModel):
    """A draft as it is kept: its version is the ETag."""

    content: dict[str, JsonValue]
    version: int
    changed_at: Moment


class Saved(BaseModel):
    """The version that is kept now."""

    version: int


class Drafts:
    """Keeps a patient's drafts."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._kinds = {kind for kind, workflow in services.catalogue.items() if workflow.public_timeline}

    @contract(
        summary="Read a draft", audience="patient", out=Kept, headers={"ETag": "The version"}, errors=(NotFoundError,)
    )
    def read(self, call: Call, resp: falcon.Response, *, slug: str, about: str) -> Kept:
        """Answer the draft, and note the look."""
        services = self._services
        with services.database.writing() as connection:
            place, _ = self._place(connection, call, slug, about)
            draft = read_draft(connection, services.keyring, place)
            self._noting.within(connection, seen(services, call, READ, place.clinic))
        resp.set_header("ETag", f'"{draft.version}"')
        return Kept(content=dict(draft.content), version=draft.version, changed_at=draft.changed_at)

    @contract(
        summary="Save a draft",
        audience="patient",
        body=Typed,
        out=Saved,
        needs=(IF_MATCH,),
        headers={"ETag": "The version"},
        errors=(NotFoundError, VersionMismatchError),
        description='`If-Match` names the version that was read, `"0"` where there was none, so that nothing typed on '
        "another device is overwritten unseen. Kept for 90 days after it was last saved.",
    )
    def save(self, call: Call, resp: falcon.Response, *, slug: str, about: str, body: Typed) -> Saved:
        """Save over the version that was read, and note the act."""
        version = self.keep(call, slug, about, body, _version(call))
        resp.set_header("ETag", f'"{version}"')
        return Saved(version=version)

    def keep(self, call: Call, slug: str, about: str, body: Typed, expected: int) -> int:
        """Save over the version that was read, 0 where there was none; return the version that is kept now.

        Raises:
            NotFoundError: no such clinic or kind, or the caller is no patient there.
            VersionMismatchError: something else was kept meanwhile.
        """
        services = self._services
        with services.database.writing() as connection:
            place, key = self._place(connection, call, slug, about)
            version = save_draft(connection, key, place, body.content, expected, services.clock())
            self._noting.within(connection, seen(services, call, CHANGE, place.clinic))
        return version

    @contract(summary="Throw a draft away", audience="patient", status=204, errors=(NotFoundError,))
    def remove(self, call: Call, _resp: falcon.Response, *, slug: str, about: str) -> None:
        """Remove it, and note the act."""
        services = self._services
        with services.database.writing() as connection:
            place, _ = self._place(connection, call, slug, about)
            if not forget_draft(connection, place):
                raise NotFoundError
            self._noting.within(connection, seen(services, call, CHANGE, place.clinic))

    def _place(self, connection: Connection, call: Call, slug: str, kind: str) -> tuple[Place, Any]:
        """Return the draft's place and the key of what the patient shares with the clinic.

        Raises:
            NotFoundError: no such clinic or kind, or the caller is no patient there.
        """
        person = call.caller(Patient).person
        if kind not in self._kinds:
            raise NotFoundError
        clinic, key = own_clinic(connection, self._services.keyring, person, slug)
        return Place(person, clinic.id, kind), key

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        variables = {"slug": "The clinic's short name", "about": "The request type that it is to become"}
        return [
            Route("GET", _PATH, self.read, READ, variables),
            Route("PUT", _PATH, self.save, CHANGE, variables),
            Route("DELETE", _PATH, self.remove, CHANGE, variables),
        ]


def _version(call: Call) -> int:
    """Return the version that the caller has read; one that nothing has for a tag that is none of ours."""
    tag = call.header("If-Match").strip('"')
    return int(tag) if tag.isascii() and tag.isdecimal() and len(tag) < 10 else _NO_VERSION  # noqa: PLR2004 - digits
