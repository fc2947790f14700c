"""One request as an auditor sees it: its path through the states, its history with its proof, what held then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.auditor.purpose import Purpose
from api.auditor.requests import HISTORY, AuditedRequests, HistoryStep
from api.auditor.settings import READ as SETTINGS
from api.auditor.settings import AuditedSettings, RequestThen
from api.call import Call, Language
from api.clinic.versions import Who
from api.contract import HTML, Route, contract
from api.cursor import Cursors
from api.given import Services
from api.inputs import InvalidQueryError
from api.pages.audit_search import kinds, states
from api.pages.granted import AUDIT, Frames
from api.pages.state_picture import Move, picture
from api.patient.words import ACTORS, said
from identity.outcomes import NotFoundError
from workflows.words import ROLES, trigger_words

_NONE = "-"
_REQUEST = {"request": "The request's id"}


class Why(BaseModel):
    """Why the auditor looks, as the list of the search hands it on."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    purpose: Annotated[str, Field(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One step in words; `after` is how long after the step before it came."""

    n: int
    at: datetime
    after: timedelta | None
    trigger: str
    actor: str
    source: str
    target: str
    hash: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was decided about one thing: by whom and when, and each value under its name in the API."""

    topic: str
    key: str
    version: int
    at: datetime
    by: str
    values: Sequence[tuple[str, str]]


class AuditRequestPages:
    """Shows a request's history and settings through the auditor's own doors, which note every look."""

    def __init__(self, services: Services, frames: Frames, cursors: Cursors) -> None:
        self._catalogue, self._frames = services.catalogue, frames
        self._requests, self._settings = AuditedRequests(services, cursors), AuditedSettings(services, cursors)

    @contract(
        summary="See a request's history",
        audience="pages",
        produces=HTML,
        query=Why,
        errors=(InvalidQueryError, NotFoundError),
    )
    def history(self, call: Call, resp: falcon.Response, *, request: UUID, query: Why) -> None:
        """Answer the picture, the timeline, and whether the chain holds."""
        read = self._requests.history(call, resp, request=request, query=_purpose(query))
        language, names = call.language, states(call.language)
        moves = [Move(row.n, row.from_, row.to) for row in read.rows]
        self._frames.write(
            call,
            resp,
            AUDIT,
            "audit_request.html",
            read=read,
            kind=kinds(self._catalogue, language).get(read.kind, read.kind),
            state=names[read.state.value],
            picture=picture(self._catalogue.get(read.kind), moves, names),
            steps=tuple(_told(read.rows, names, language)),
            lasted=read.rows[-1].at - read.rows[0].at,
            why=urlencode({"purpose": query.purpose}),
        )

    @contract(
        summary="See the settings that held when a request was made",
        audience="pages",
        produces=HTML,
        query=Why,
        errors=(InvalidQueryError, NotFoundError),
    )
    def settings(self, call: Call, resp: falcon.Response, *, request: UUID, query: Why) -> None:
        """Answer what the clinic had decided then."""
        then = self._settings.of_request(call, resp, request=request, query=_purpose(query))
        why = urlencode({"purpose": query.purpose})
        groups = tuple(_groups(then))
        self._frames.write(call, resp, AUDIT, "audit_settings.html", then=then, request=request, groups=groups, why=why)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", f"{AUDIT.home}/requests/{{request:uuid}}", self.history, HISTORY, _REQUEST),
            Route("GET", f"{AUDIT.home}/requests/{{request:uuid}}/settings", self.settings, SETTINGS, _REQUEST),
        ]


def _purpose(query: Why) -> Purpose:
    return Purpose(purpose=query.purpose.strip() or None)


def _told(rows: Sequence[HistoryStep], names: Mapping[str, str], language: Language) -> Iterator[Told]:
    before: datetime | None = None
    for row in rows:
        role = ACTORS.get(row.actor)
        yield Told(
            n=row.n,
            at=row.at,
            after=None if before is None else row.at - before,
            trigger=said(trigger_words(row.trigger), language),
            actor=row.actor if role is None else said(ROLES[role], language),
            source=names.get(row.from_, row.from_),
            target=names.get(row.to, row.to),
            hash=row.hash,
        )
        before = row.at


def _groups(then: RequestThen) -> Iterator[Group]:
    topics = {
        "settings": (then.settings,),
        "practitioners": then.practitioners,
        "closures": then.closures,
        "rights": (then.rights,),
    }
    for topic, decided in topics.items():
        for each in decided:
            if each is not None:
                values = tuple(_values("", each.content.model_dump(mode="json")))
                yield Group(topic, each.key, each.version, each.at, _who(each.by), values)


def _who(by: Who) -> str:
    return by.name or by.id


def _values(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield each value under its path, such as `services.booking`."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _values(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list):
        yield name, ", ".join(str(each) for each in value) or _NONE
    else:
        yield name, _NONE if value in (None, "", {}) else _plain(value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
