"""Versions over the wire: who decided what and when, the tag of a version, and the moment to read as of."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Generic, TypeVar

import falcon
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.call import Call, Language
from api.inputs import Fault, HeaderFaultError, InvalidBodyError
from api.patient.words import said
from api.strict_json import Moment
from identity.outcomes import NotFoundError, PreconditionRequiredError
from identity.subject import Clinic
from storage.database import Connection
from storage.versions import Versioned, as_of, currents
from workflows.cautions import Caution
from workflows.content import Key

Content = TypeVar("Content", bound=BaseModel)

TAGS = "Send the `ETag` you have read in `If-Match`, or `If-None-Match: *` where there was none yet."
THEIR_KEY = {"key": "The clinic's own key of it"}
_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,64}"')
_KEY: TypeAdapter[str] = TypeAdapter(Key)
_NO_VERSION = -1


class AsOf(BaseModel):
    """The query of a read: now, or any moment that has been."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: Annotated[Moment | None, Field(description="Show what was in force at this moment; left out: now")] = None


class Who(BaseModel):
    """Who decided: a member of staff, or (without name and role) the operator or the portal itself."""

    id: str
    name: str | None
    role: str | None


class Warned(BaseModel):
    """Something to look at again; it is in force all the same."""

    code: str = Field(description="Stable machine word")
    field: str = Field(description="JSON pointer into the content")
    detail: str


class Decided(BaseModel, Generic[Content]):
    """One decided thing as it is or was in force."""

    key: str
    version: int = Field(description="In quotes, the `ETag`")
    at: Moment
    by: Who
    content: Content
    warnings: tuple[Warned, ...] = ()


class InForce(BaseModel):
    """What was put in force: its version, and what the clinic should look at again."""

    model_config = ConfigDict(frozen=True)

    version: int
    warnings: tuple[Warned, ...] = ()


class Ended(BaseModel):
    """The version that says it is in force no longer."""

    version: int


def found_at(
    connection: Connection, clinic: Clinic, topic: str, query: AsOf, key: str | None = None
) -> Sequence[Versioned]:
    """Return what is in force of the clinic's under a topic, or was at the moment that is asked for."""
    if query.as_of is None:
        return currents(connection, clinic.clinic, topic, key)
    return as_of(connection, clinic.clinic, topic, query.as_of, key)


def shown(found: Versioned, content: Content, cautions: Iterable[Caution], language: Language) -> Decided[Content]:
    """Return a version as it is answered."""
    by = Who(id=found.by, name=found.name, role=found.role)
    warnings = warned(cautions, language)
    return Decided(key=found.key, version=found.version, at=found.at, by=by, content=content, warnings=warnings)


def warned(cautions: Iterable[Caution], language: Language) -> tuple[Warned, ...]:
    """Return warnings in the caller's language."""
    return tuple(Warned(code=each.code, field=each.field, detail=said(each.say, language)) for each in cautions)


def tagged(call: Call, resp: falcon.Response, version: int) -> bool:
    """Put the version's tag on the answer; return whether the caller has that version already, which 304 says."""
    tag = f'"{version}"'
    resp.set_header("ETag", tag)
    if call.get_header("If-None-Match") != tag:
        return False
    resp.status = 304
    return True


def expected_version(call: Call) -> int:
    """Return the version that the caller has read: 0 where there was none, one that nothing has for a strange tag.

    Raises:
        PreconditionRequiredError: the caller does not say which version was read.
        HeaderFaultError: `If-Match` is no tag.
    """
    tag = call.get_header("If-Match")
    if tag is None:
        if call.get_header("If-None-Match") != "*":
            raise PreconditionRequiredError
        return 0
    if not _ETAG.fullmatch(tag):
        raise HeaderFaultError("If-Match", "if_match_malformed")
    inside = tag.strip('"')
    return int(inside) if inside.isdecimal() and inside.isascii() else _NO_VERSION


def known_form(key: str) -> str:
    """Return a key of the path.

    Raises:
        NotFoundError: nothing can have such a key.
    """
    try:
        return _KEY.validate_python(key)
    except ValidationError:
        raise NotFoundError from None


def refuse(faults: tuple[Fault, ...]) -> None:
    """Refuse what was sent, if there is anything wrong with it."""
    if faults:
        raise InvalidBodyError(faults)
