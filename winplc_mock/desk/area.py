"""The shape of an area of the desk: its heading and links in the menu, and its pages. One file per area."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from jinja2 import Environment

from winplc_mock.books import Books
from winplc_mock.callbacks import Callbacks
from winplc_mock.desk.pages import Page
from winplc_mock.portal_client import Portal


@dataclass(frozen=True)
class Desk:
    """What the pages work with."""

    books: Books
    environment: Environment
    portal: Portal
    callbacks: Callbacks


@dataclass(frozen=True)
class Way:
    """A page's place under ``/desk/{clinic}``; ``suffix`` names its methods, as in ``on_post_retry``."""

    path: str
    page: Page
    suffix: str | None = None


@dataclass(frozen=True)
class Link:
    """A line of the menu: where it leads under ``/desk/{clinic}``, and the folder whose number it shows, if any."""

    label: str
    path: str
    folder: str | None = None


@dataclass(frozen=True)
class Area:
    """Part of the desk; areas that stand beside one another under one heading are shown as one."""

    heading: str
    links: tuple[Link, ...]
    ways: Callable[[Desk], Iterable[Way]]


def menu(areas: Iterable[Area]) -> Iterator[tuple[str, tuple[Link, ...]]]:
    """Give the menu's headings with their links, in order."""
    for heading, grouped in groupby(areas, lambda area: area.heading):
        yield heading, tuple(link for area in grouped for link in area.links)
