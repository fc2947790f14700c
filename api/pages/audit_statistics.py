"""A clinic's numbers as charts, each with its table: for an auditor, within the grant and with a purpose."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import falcon
from babel.dates import get_day_names
from pydantic import BaseModel, ConfigDict, Field

from api.auditor.statistics import READ, Asked, AuditedStatistics
from api.call import Call, Language
from api.contract import HTML, Route, contract
from api.given import Services
from api.pages.audit_search import clinics_of, kinds
from api.pages.charts import Chart, chart
from api.pages.forms import Form, refuse, shaped, telling
from api.pages.granted import AUDIT, Frames
from api.pages.rendering import in_words
from api.patient.words import said
from api.statistics import KindOfDemand, Statistics
from identity.outcomes import NotFoundError
from identity.subject import Auditor
from workflows.vocabulary import Layer, Say
from workflows.words import LAYERS
from workflows.working_days import local_day

Typed = Annotated[str, Field(max_length=200)]
_MONTH = timedelta(days=30)
_NOT_FOUND = 404
_WORDS = {
    "number": Say("Henvendelser", "Requests"),
    "month": Say("Pr. måned", "Per month"),
    "weekday": Say("Pr. ugedag", "Per weekday"),
    "hour": Say("Pr. time på døgnet", "Per hour of the day"),
    "promise": Say("Løftet om svar", "The promise of an answer"),
    "kept": Say("Holdt", "Kept"),
    "late": Say("For sent", "Late"),
    "awaited": Say("Venter", "Awaited"),
    "median": Say("Halvdelen var klar inden for", "Half of them were done within"),
    "nine_of_ten": Say("Ni af ti var klar inden for", "Nine of ten were done within"),
    "length": Say("Inden for", "Within"),
    "to_deliver": Say("Levering", "Delivery"),
    "to_answer": Say("Svar", "Answer"),
    "to_notify": Say("Besked", "Notice"),
    "refused": Say("Afvist efter lag", "Refused, by layer"),
    "times_refused": Say("Afvisninger", "Refusals"),
}


class Wanted(BaseModel):
    """What the form sends."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    purpose: Typed | None = None
    clinic: Typed = ""
    first_day: Typed = ""
    last_day: Typed = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The charts of one type of request."""

    title: str
    volume: int
    charts: tuple[Chart, ...]


class AuditStatisticsPages:
    """Shows the numbers through the auditor's own door, which notes every look."""

    def __init__(self, services: Services, frames: Frames) -> None:
        self._services, self._frames, self._statistics = services, frames, AuditedStatistics(services)

    @contract(
        summary="See a clinic's numbers",
        audience="pages",
        produces=HTML,
        query=Wanted,
        also={404: "No clinic of the grant", 422: "No purpose, or days that cannot be"},
    )
    def show(self, call: Call, resp: falcon.Response, *, query: Wanted) -> None:
        """Answer the form; with a purpose, the charts as well."""
        asked = query.model_dump(exclude_none=True)
        form, numbers = Form({name: (value,) for name, value in asked.items()}), None
        if query.purpose is not None:
            numbers = self._numbers(call, resp, form, asked)
        else:
            form.values = self._begin(call.caller(Auditor))
        resp.status = form.status
        names = kinds(self._services.catalogue, call.language)
        clinics = clinics_of(self._services, call.caller(Auditor))
        shown = {"form": form, "numbers": numbers, "clinics": clinics, "kinds": names}
        sections = () if numbers is None else tuple(_sections(numbers, names, call.language))
        refusals = None if numbers is None else _refusals(numbers, call.language)
        self._frames.write(call, resp, AUDIT, "audit_statistics.html", **shown, sections=sections, refusals=refusals)

    def _numbers(self, call: Call, resp: falcon.Response, form: Form, asked: dict[str, str]) -> Statistics | None:
        with telling(form, call.language):
            wanted = shaped(Asked, {**asked, "purpose": form.typed("purpose").strip()})
            try:
                return self._statistics.read(call, resp, query=wanted)
            except NotFoundError as error:
                refuse(form, error, _NOT_FOUND, call.language, "clinic")
        return None

    def _begin(self, auditor: Auditor) -> dict[str, tuple[str]]:
        """Propose the last month of the grant."""
        last = min(local_day(self._services.clock()), auditor.last_day)
        first = max(last - _MONTH, min(auditor.first_day, last))
        return {"first_day": (first.isoformat(),), "last_day": (last.isoformat(),)}

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", f"{AUDIT.home}/statistics", self.show, READ)]


def _sections(numbers: Statistics, names: dict[str, str], language: Language) -> Iterator[Section]:
    for each in numbers.kinds:
        yield Section(names.get(each.kind, each.kind), each.volume, tuple(_charts(each, language)))


def _charts(each: KindOfDemand, language: Language) -> Iterator[Chart]:
    days = get_day_names("abbreviated", "stand-alone", "da_DK" if language == "da" else "en_GB")
    counted = {
        "month": list(each.by_month.items()),
        "weekday": [(days[day], number) for day, number in enumerate(each.by_weekday)],
        "hour": [(f"{hour:02}", number) for hour, number in enumerate(each.by_hour)],
        "promise": [(_word(name, language), getattr(each, name)) for name in ("kept", "late", "awaited")],
    }
    unit = _word("number", language)
    for name, values in counted.items():
        written = ((label, number, str(number)) for label, number in values)
        yield chart(f"{each.kind}-{name}", _word(name, language), unit, written)
    for part in ("median", "nine_of_ten"):
        times = tuple(_times(each, part, language))
        if times:
            yield chart(f"{each.kind}-{part}", _word(part, language), _word("length", language), times)


def _times(each: KindOfDemand, part: str, language: Language) -> Iterator[tuple[str, float, str]]:
    for name in ("to_deliver", "to_answer", "to_notify"):
        span = getattr(each, name)
        if span is not None:
            seconds = getattr(span, part)
            yield _word(name, language), seconds, in_words(timedelta(seconds=seconds), language, "short")


def _refusals(numbers: Statistics, language: Language) -> Chart:
    by_layer: dict[str, int] = {}
    for each in numbers.refused:
        by_layer[each.layer] = by_layer.get(each.layer, 0) + each.count
    values = ((said(LAYERS[Layer(layer)], language), count, str(count)) for layer, count in by_layer.items())
    return chart("refused", _word("refused", language), _word("times_refused", language), values)


def _word(name: str, language: Language) -> str:
    return said(_WORDS[name], language)
