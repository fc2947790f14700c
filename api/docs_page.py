"""The API's own documentation: a page that works offline and under a strict content security policy."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

import falcon

from api.call import Call
from api.contract import PAGES, Route, contract
from api.openapi import About, document
from api.problem_page import ProblemPage
from identity.outcomes import NotFoundError

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FOLDER = Path(__file__).parent / "static" / "docs"
_MEDIA = {
    "docs.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_KEPT = "public, max-age=3600"


class Documentation:
    """Serves the OpenAPI document of the routes, and the page that shows it."""

    def __init__(self, routes: Sequence[Route], about: About) -> None:
        self._page = (_FOLDER / "docs.html").read_bytes()
        self._files, self._tags = _files()
        self._problems = ProblemPage()
        self._rows, self._about = [*routes, *self._own()], about

    @cached_property
    def _document(self) -> bytes:
        """The document, written when first asked for: that takes a third of a second, and few processes are asked."""
        documented = [row for row in self._rows if row.contract.audience != PAGES]
        return json.dumps(document(documented, self._about), ensure_ascii=False, separators=(",", ":")).encode()

    @contract(summary="Read this document", audience="operator", produces="application/vnd.oai.openapi+json")
    def read(self, _call: Call, resp: falcon.Response) -> None:
        """Answer the OpenAPI document."""
        resp.data = self._document
        resp.content_type = "application/json"

    @contract(summary="See the documentation", audience="operator", produces="text/html")
    def show(self, _call: Call, resp: falcon.Response) -> None:
        """Answer the page."""
        resp.data = self._page
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", DOCS_POLICY)

    @contract(
        summary="Read a file of the documentation page",
        audience="operator",
        produces="text/plain",
        headers={"ETag": "The file's version"},
        errors=(NotFoundError,),
    )
    def file(self, call: Call, resp: falcon.Response, *, name: str) -> None:
        """Answer one of the page's files; no other file can be named."""
        if name not in self._files:
            raise NotFoundError
        resp.set_header("ETag", self._tags[name])
        resp.set_header("Cache-Control", _KEPT)
        if call.get_header("If-None-Match") == self._tags[name]:
            resp.status = 304
            return
        resp.data = self._files[name]
        resp.content_type = f"{_MEDIA[name]}; charset=utf-8"

    @contract(summary="Go to the documentation", audience="operator", status=307, headers={"Location": "/docs"})
    def go(self, _call: Call, resp: falcon.Response) -> None:
        """Send the reader on."""
        resp.set_header("Location", "/docs")

    def _own(self) -> list[Route]:
        return [
            Route("GET", "/", self.go, "public"),
            Route("GET", "/docs", self.show, "public"),
            Route("GET", "/docs/{name}", self.file, "public", {"name": "The file's name"}),
            Route("GET", "/openapi.json", self.read, "public"),
            *self._problems.routes(),
        ]

    def routes(self) -> list[Route]:
        """Return the documented rows and the documentation's own."""
        return self._rows


@cache
def _files() -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the page's files, and the version of each."""
    files = {name: (_FOLDER / name).read_bytes() for name in _MEDIA}
    return files, {name: f'"{hashlib.sha256(content).hexdigest()[:32]}"' for name, content in files.items()}
