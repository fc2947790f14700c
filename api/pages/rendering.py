"""Writes pages: one environment of templates for each language, strict about names and with every value escaped."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import Any, Literal

import falcon
from babel.dates import format_date, format_datetime, format_time
from babel.units import format_unit
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.call import Call, Language
from api.pages.assets import Assets
from api.pages.texts import PAGES, catalogues
from workflows.working_days import COPENHAGEN

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LANGUAGES: tuple[Language, ...] = ("da", "en")
_GROUP = 4
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_LOCALES: Mapping[Language, str] = {"da": "da_DK", "en": "en_GB"}


class Rendering:
    """Knows the templates and the files that they load."""

    def __init__(self) -> None:
        self._environments = {language: _environment(language) for language in LANGUAGES}

    def write(self, call: Call, resp: falcon.Response, template: str, **shown: Any) -> None:
        """Answer a page in the caller's language; a template asks for what it shows, and for nothing else."""
        language = call.language
        page = self._environments[language].get_template(template)
        resp.text = page.render(language=language, path=call.path, **shown)
        resp.content_type = HTML
        resp.set_header("Content-Security-Policy", POLICY)
        resp.set_header("Content-Language", language)
        resp.append_header("Vary", "Accept-Language, Cookie")


@cache
def _environment(language: Language) -> Environment:
    """Return the templates of a language; each is compiled once in a process."""
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogues()[language], newstyle=True)  # type: ignore[attr-defined]
    environment.globals["asset"] = Assets().address
    environment.filters |= _filters(_LOCALES[language])
    environment.filters["lasting"] = lambda value: in_words(value, language)
    return environment


def _filters(locale: str) -> dict[str, Any]:
    """Return how days and times are written, in Danish local time."""

    def day(value: date | datetime) -> str:
        return format_date(_local(value), "EEEE d. MMMM y" if locale == "da_DK" else "EEEE d MMMM y", locale=locale)

    def short_day(value: date | datetime) -> str:
        return format_date(_local(value), "d. MMM y" if locale == "da_DK" else "d MMM y", locale=locale)

    def clock(value: datetime | time) -> str:
        return format_time(_local(value), "HH:mm", locale=locale)

    def moment(value: datetime) -> str:
        form = "d. MMMM y 'kl.' HH:mm" if locale == "da_DK" else "d MMMM y, HH:mm"
        return format_datetime(_local(value), form, locale=locale)

    return {
        "day": day,
        "short_day": short_day,
        "clock": clock,
        "moment": moment,
        "groups": _groups,
        **_parts_of_day(locale),
        **_written(day, moment),
    }


def _parts_of_day(locale: str) -> dict[str, Any]:
    """Return how a calendar names its columns and itself."""
    patterns = {"weekday": "EEEE", "short_weekday": "EEE", "month": "MMMM y"}
    return {name: partial(format_date, format=pattern, locale=locale) for name, pattern in patterns.items()}


def _written(day: Callable[[date], str], moment: Callable[[datetime], str]) -> dict[str, Any]:
    """Return how days and times are shown that stand as text in what was said."""
    return {
        "iso_day": lambda text: day(date.fromisoformat(text)),
        "iso_moment": lambda text: moment(datetime.fromisoformat(text)),
    }


def _groups(secret: str) -> str:
    """Return a long key as groups of four, as it is typed more easily."""
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def in_words(length: timedelta, language: Language, width: Literal["long", "short"] = "long") -> str:
    """Return how long something took, by its two largest units."""
    left = int(length.total_seconds())
    parts: list[str] = []
    for unit, seconds in _UNITS:
        number, left = divmod(left, seconds)
        if number or (unit == "second" and not parts):
            parts.append(format_unit(number, f"duration-{unit}", width, locale=_LOCALES[language]))
        elif parts:
            break
    return " ".join(parts[:2])


def _local(value: Any) -> Any:
    return value.astimezone(COPENHAGEN) if isinstance(value, datetime) else value
