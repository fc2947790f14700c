"""Files at the desk: opening those of a request, attaching some to the answer."""

from collections.abc import Iterable
from urllib.parse import quote

import falcon

from winplc_mock import files
from winplc_mock.desk.area import Area, Desk, Way
from winplc_mock.desk.inbox import RequestPage
from winplc_mock.desk.pages import Page, go
from winplc_mock.refusals import RefusedError

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


class FilePage(Page):
    """/desk/{clinic}/requests/{request}/files/{file}: a file, to be saved."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.books, desk.environment)
        self._portal = desk.portal

    def on_get(self, _req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str, file: str) -> None:
        """The file's content; fetched from the portal the first time."""
        name, content = files.opened(self._books, self._portal, clinic, request, file)
        resp.data, resp.content_type = content, "application/octet-stream"
        resp.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        resp.set_header("Content-Security-Policy", SANDBOX)
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.set_header("Cache-Control", "no-store")


class AttachPage(RequestPage):
    """/desk/{clinic}/requests/{request}/files: one more file for the answer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.books, desk.environment)
        self._portal = desk.portal

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str) -> None:
        """Send it to the portal; what the portal says against it is said on the page."""
        try:
            given, acting = _given(req), self._acting(req, clinic)
            files.attach(self._books, self._portal, clinic, request, given, acting)
        except RefusedError as refused:
            resp.status = refused.status
            self._show_request(req, resp, clinic, request, refused.code)
        else:
            go(resp, f"/desk/{clinic}/requests/{request}")


def _given(req: falcon.Request) -> tuple[str, bytes]:
    """The name and content of the form's one file.

    Raises:
        RefusedError: 400 ``malformed``; 422 ``no_file``.
    """
    try:
        for part in req.get_media():
            if part.name == "file" and part.filename:
                return part.filename, part.stream.read(files.LARGEST + 1)
    except (falcon.HTTPError, ValueError):
        raise RefusedError(400, "malformed") from None
    raise RefusedError(422, "no_file")


def _ways(desk: Desk) -> Iterable[Way]:
    yield Way("/requests/{request}/files", AttachPage(desk))
    yield Way("/requests/{request}/files/{file}", FilePage(desk))


AREA = Area("Indbakke", (), _ways)
