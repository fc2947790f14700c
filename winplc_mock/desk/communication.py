"""Patientkommunikation: the tabs Klinik, Behandlere and Ferie, as the portal has them now or had them at any moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import falcon
from jinja2 import Environment

from winplc_mock.books import Books
from winplc_mock.desk import tab_fields
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.labels import COPENHAGEN
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.desk.tab_fields import TabField
from winplc_mock.portal_client import Reply
from winplc_mock.refusals import RefusedError
from winplc_mock.tabs import NOTHING_YET, OK, Shown, Tabs

CONFLICT = 412


@dataclass(frozen=True)
class Tab:
    """One tab: its heading, its place at the desk and at the portal, its fields, and the topic of its history.

    ``ending`` is the door and the button by which one of several is taken out of force.
    """

    heading: str
    place: str
    path: str
    fields: tuple[TabField, ...]
    topic: str
    new: dict[str, Any] | None = None
    ending: tuple[str, str] | None = None


CLINIC = Tab("Klinik", "clinic", "settings", tab_fields.CLINIC, "settings")
PRACTITIONERS = Tab(
    "Behandlere",
    "practitioners",
    "practitioners",
    tab_fields.PRACTITIONER,
    "practitioner",
    tab_fields.NEW_PRACTITIONER,
    ("removal", "Fjern behandleren"),
)
HOLIDAYS = Tab(
    "Ferie",
    "holidays",
    "closures",
    tab_fields.HOLIDAY,
    "closure",
    tab_fields.NEW_HOLIDAY,
    ("cancellation", "Aflys ferien"),
)


class TabPage(Page):
    """/desk/{clinic}/communication/…: one tab, or one line of it."""

    def __init__(self, books: Books, environment: Environment, tabs: Tabs, tab: Tab) -> None:
        super().__init__(books, environment)
        self._tabs = tabs
        self._tab = tab

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, key: str | None = None) -> None:
        """The form with what is in force; ``?as_of=`` shows what was."""
        self._show_tab(req, resp, clinic, key, told=req.get_param("told"))

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, key: str | None = None) -> None:
        """Send the change; what the portal says against it is shown beside what was typed, and nothing is lost."""
        form, tab = filled(req), self._tab
        key = key or form.get("key", [""])[0].strip() or None
        if key is None and tab.new is not None:
            raise RefusedError(422, "key")
        before = self._tabs.read(clinic, self._path(key))
        tag = form.get("tag", [NOTHING_YET])[0]
        content = tab_fields.changed(before.content or tab.new or {}, tab.fields, form)
        reply = self._tabs.send(clinic, "PUT", self._path(key), self._acting(req, clinic), content, tag)
        if reply.status == OK:
            self._tabs.keep(clinic, tab.topic, key, content)
            go(resp, f"{self._address(clinic, key)}?told=sent")
            return
        self._show_tab(req, resp, clinic, key, reply=reply, typed=content)

    def on_post_end(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, key: str) -> None:
        """Take one line out of force."""
        if self._tab.ending is None:
            raise RefusedError(404, "unknown_act")
        path, tag = f"{self._path(key)}/{self._tab.ending[0]}", filled(req).get("tag", [NOTHING_YET])[0]
        reply = self._tabs.send(clinic, "POST", path, self._acting(req, clinic), {}, tag)
        if reply.status == OK:
            self._tabs.keep(clinic, self._tab.topic, key, None)
            go(resp, f"/desk/{clinic}/communication/{self._tab.place}?told=ended")
            return
        self._show_tab(req, resp, clinic, key, reply=reply)

    def on_get_all(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Every line of the tab, and a form for a new one."""
        moment = req.get_param("as_of") or ""
        found = self._tabs.read(clinic, self._tab.path, as_of=in_utc(moment)).found
        shown = {"tab": self._tab, "items": found.get("items", []), "as_of": moment, "told": req.get_param("told")}
        changes = self._changes(clinic, None)
        shown |= {"content": self._tab.new, "titles": found.get("titles", ()), "value_of": tab_fields.value_of}
        self._show_desk(req, resp, clinic, "tab_list.html", changes=changes, **shown)

    def on_post_new(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Put a new line in force."""
        self.on_post(req, resp, clinic=clinic)

    def _show_tab(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        clinic: str,
        key: str | None,
        *,
        reply: Reply | None = None,
        typed: dict[str, Any] | None = None,
        told: str | None = None,
    ) -> None:
        now, moment = self._tabs.read(clinic, self._path(key)), req.get_param("as_of") or ""
        then = self._tabs.read(clinic, self._path(key), as_of=in_utc(moment)) if moment else None
        if reply is not None:
            resp.status = str(reply.status)
        problem = reply.json() if reply else {}
        titles = self._tabs.read(clinic, self._tab.path).found.get("titles", ()) if self._tab is PRACTITIONERS else ()
        self._show_desk(
            req,
            resp,
            clinic,
            "tab.html",
            tab=self._tab,
            key=key,
            now=now,
            then=then,
            as_of=moment,
            content=typed or now.content or self._tab.new or {},
            tag=now.tag,
            conflict=reply is not None and reply.status == CONFLICT,
            problem=problem,
            wrong={each["field"].removeprefix("/content/"): each["detail"] for each in problem.get("errors", ())},
            titles=titles,
            told=told,
            changes=self._changes(clinic, key),
            value_of=tab_fields.value_of,
            address=self._address(clinic, key),
        )

    def _changes(self, clinic: str, key: str | None) -> list[dict[str, Any]]:
        found: Shown = self._tabs.read(clinic, "changes", topic=self._tab.topic, key=key or "")
        items: list[dict[str, Any]] = found.found.get("items", [])
        return items

    def _path(self, key: str | None) -> str:
        return self._tab.path if key is None else f"{self._tab.path}/{key}"

    def _address(self, clinic: str, key: str | None) -> str:
        place = f"/desk/{clinic}/communication/{self._tab.place}"
        return place if key is None else f"{place}/{key}"


def in_utc(local: str) -> str:
    """Return a moment of the clinic's wall clock as the portal takes it; nothing for nothing.

    Raises:
        RefusedError: 400 ``malformed`` where it is no moment.
    """
    if not local:
        return ""
    try:
        moment = datetime.fromisoformat(local).replace(tzinfo=COPENHAGEN)
    except ValueError:
        raise RefusedError(400, "malformed") from None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ways(desk: Desk) -> Iterable[Way]:
    tabs = Tabs(desk.books, desk.portal)
    clinic, *several = (TabPage(desk.books, desk.environment, tabs, tab) for tab in (CLINIC, PRACTITIONERS, HOLIDAYS))
    yield Way("/communication/clinic", clinic)
    for tab, page in zip((PRACTITIONERS, HOLIDAYS), several, strict=True):
        yield Way(f"/communication/{tab.place}", page, "all")
        yield Way(f"/communication/{tab.place}/new", page, "new")
        yield Way(f"/communication/{tab.place}/{{key}}", page)
        yield Way(f"/communication/{tab.place}/{{key}}/end", page, "end")


AREA = Area(
    "Patientkommunikation",
    tuple(Link(tab.heading, f"/communication/{tab.place}") for tab in (CLINIC, PRACTITIONERS, HOLIDAYS)),
    _ways,
)
