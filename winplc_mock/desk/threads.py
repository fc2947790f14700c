"""A conversation beside its answer, the phrase library, and the questions about warning signs."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import falcon

from winplc_mock.acts import OWN_MESSAGE
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.phrases import all_phrases, phrase_text, remove_phrase, save_phrase
from winplc_mock.portal_client import Portal, PortalUnreachableError
from winplc_mock.refusals import RefusedError
from winplc_mock.signups import stamkort
from winplc_mock.threads import conversation

SIGNS = "/v1/clinic/warning-signs"
Form = dict[str, list[str]]


def one(form: Form, name: str) -> str:
    """What a form says in one of its fields, with the lines ended as everywhere else."""
    return form.get(name, [""])[0].replace("\r\n", "\n").strip()


class ThreadPage(Page):
    """/desk/{clinic}/threads/{thread}: what was said on one side, the answer on the other (EKO-9)."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, thread: str) -> None:
        """The conversation; a chosen phrase stands in the answer already."""
        self._show_thread(req, resp, clinic, thread)

    def on_post_answer(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, thread: str) -> None:
        """Answer the newest question, or write on where the patient has asked nothing."""
        form = filled(req)
        with self._books.store.read() as db:
            found = conversation(db, clinic, thread)
        content: dict[str, Any] = {"text": one(form, "text"), "watch_unread": "watch_unread" in form}
        if found.newest is None:
            act = (None, OWN_MESSAGE, content | {"cpr": found.cpr, "thread": thread})
        else:
            act = (found.newest["id"], "answer", content)
        self._act(req, resp, clinic, thread, act)

    def on_post_close(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, thread: str) -> None:
        """Close the conversation with a reason that the patient reads (EKO-14)."""
        with self._books.store.read() as db:
            newest = conversation(db, clinic, thread).newest
        if newest is None:
            raise RefusedError(404, "unknown_request")
        self._act(req, resp, clinic, thread, (newest["id"], "close", {"reason": one(filled(req), "reason")}))

    def _act(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        clinic: str,
        thread: str,
        act: tuple[str | None, str, dict[str, Any]],
    ) -> None:
        request, trigger, content = act
        try:
            self._books.act(clinic, request, [(trigger, content)], self._acting(req, clinic))
        except RefusedError as refused:
            resp.status = refused.status
            self._show_thread(req, resp, clinic, thread, refused.code)
        else:
            go(resp, f"/desk/{clinic}/threads/{thread}")

    def _show_thread(
        self, req: falcon.Request, resp: falcon.Response, clinic: str, thread: str, refusal: str | None = None
    ) -> None:
        with self._books.store.read() as db:
            found = conversation(db, clinic, thread)
            shown = {
                "thread": found,
                "patient": stamkort(db, clinic, found.cpr),
                "phrases": all_phrases(db, clinic),
                "text": phrase_text(db, clinic, req.get_param("phrase")),
            }
        self._show_desk(req, resp, clinic, "thread.html", refusal=refusal, **shown)


class PhrasesPage(Page):
    """/desk/{clinic}/phrases."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """All phrases, each in a form."""
        self._show_phrases(req, resp, clinic)

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Save one, or remove it."""
        form, key = filled(req), one(filled(req), "key")
        try:
            with self._books.store.write() as db:
                if "remove" in form:
                    remove_phrase(db, clinic, key)
                else:
                    save_phrase(db, clinic, key, one(form, "title"), one(form, "text"))
        except RefusedError as refused:
            resp.status = refused.status
            self._show_phrases(req, resp, clinic, refused.code)
        else:
            go(resp, f"/desk/{clinic}/phrases")

    def _show_phrases(
        self, req: falcon.Request, resp: falcon.Response, clinic: str, refusal: str | None = None
    ) -> None:
        with self._books.store.read() as db:
            phrases = all_phrases(db, clinic)
        self._show_desk(req, resp, clinic, "phrases.html", phrases=phrases, refusal=refusal)


class SignsPage(Page):
    """/desk/{clinic}/signs: what the portal asks before an e-consultation, and whom a yes has stopped (NEW-12)."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.books, desk.environment)
        self._portal: Portal = desk.portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """The questions in force, and the stopped patients."""
        self._show_signs(req, resp, clinic, req.get_param("told"))

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Put the questions in force; each line is name, Danish, English, with a | between."""
        form = filled(req)
        content = {
            "required": "required" in form,
            "tell_clinic": "tell_clinic" in form,
            **{name: _questions(one(form, name)) for name in ("adult", "child")},
            **{name: one(form, name) for name in ("out_of_hours_da", "out_of_hours_en")},
        }
        call = {"acting_staff": self._acting(req, clinic).model_dump(), "at": self._books.now(), "content": content}
        body = json.dumps(call).encode()
        reply = self._call(clinic, "PUT", SIGNS, body, {"if-match": one(form, "version")})
        outcomes = {200: "saved", 412: "changed_meanwhile", 0: "unreachable"}
        go(resp, f"/desk/{clinic}/signs?told={outcomes.get(reply[0], 'refused')}")

    def _show_signs(self, req: falcon.Request, resp: falcon.Response, clinic: str, told: str | None) -> None:
        status, signs, tag = self._call(clinic, "GET", SIGNS)
        stops = self._call(clinic, "GET", "/v1/clinic/stops")[1].get("items", [])
        with self._books.store.read() as db:
            named = [each | {"patient": stamkort(db, clinic, each["cpr"])} for each in stops]
        shown = {"signs": signs if status == 200 else None, "version": tag, "stops": named, "told": told}  # noqa: PLR2004
        self._show_desk(req, resp, clinic, "signs.html", **shown)

    def _call(
        self, clinic: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], str]:
        """The portal's status, answer and version; status 0 where it does not answer."""
        here = self._books.clinic(clinic)
        try:
            reply = self._portal.call(here, method, path, f"desk_{uuid4().hex}", body, headers=headers)
        except PortalUnreachableError:
            return 0, {}, ""
        return reply.status, reply.json(), reply.headers.get("etag", "")


def _questions(text: str) -> list[dict[str, str]]:
    """The questions of a text; a line that lacks a part is sent as it is, for the portal to refuse."""
    lines = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    return [dict(zip(("name", "da", "en"), parts, strict=False)) for parts in lines]


def _ways(desk: Desk) -> Iterable[Way]:
    threads = ThreadPage(desk.books, desk.environment)
    yield Way("/threads/{thread}", threads)
    yield Way("/threads/{thread}/answer", threads, "answer")
    yield Way("/threads/{thread}/close", threads, "close")
    yield Way("/phrases", PhrasesPage(desk.books, desk.environment))
    yield Way("/signs", SignsPage(desk))


AREA = Area("Indbakke", (Link("Frasebibliotek", "/phrases"), Link("Faresignaler", "/signs")), _ways)
