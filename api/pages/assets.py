"""The files that pages load: each under the hash of them all, so that a browser keeps them for ever."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import falcon

from api.call import Call
from api.contract import Route, contract
from identity.outcomes import NotFoundError

FOLDER = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".css", ".js", ".svg"})
_VERSION_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is answered: its media type, its bytes, and the same packed where that makes them fewer."""

    media: str
    content: bytes
    packed: bytes | None


class Assets:
    """Knows every file of the folder that a page may load; no other can be named."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files, self.version = _files(folder)

    def address(self, name: str) -> str:
        """Return where a page finds a file.

        Raises:
            LookupError: there is no such file.
        """
        if name not in self._files:
            raise LookupError(name)
        return f"/assets/{self.version}/{name}"

    @contract(
        summary="Read a file of the pages",
        audience="pages",
        produces="text/css",
        errors=(NotFoundError,),
        description="The version is the hash of all files: what is answered under it never changes.",
    )
    def read(self, call: Call, resp: falcon.Response, *, version: str, name: str) -> None:
        """Answer one file, packed for who can unpack it."""
        asset = self._files.get(name)
        if asset is None or version != self.version:
            raise NotFoundError
        resp.content_type = asset.media
        resp.set_header("Cache-Control", _FOR_EVER)
        resp.append_header("Vary", "Accept-Encoding")
        if asset.packed is not None and "gzip" in call.env.get("HTTP_ACCEPT_ENCODING", ""):
            resp.set_header("Content-Encoding", "gzip")
            resp.data = asset.packed
            return
        resp.data = asset.content

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        variables = {"version": "The hash of all files", "name": "The file"}
        return [Route("GET", "/assets/{version}/{name:path}", self.read, "public", variables)]


@cache
def _files(folder: Path) -> tuple[Mapping[str, Asset], str]:
    """Return the files by their names, and the hash of them all."""
    files = {
        path.relative_to(folder).as_posix(): _asset(path) for path in sorted(folder.rglob("*")) if path.suffix in _MEDIA
    }
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(name.encode() + b"\0" + asset.content)
    return files, digest.hexdigest()[:_VERSION_LENGTH]


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0) if path.suffix in _PACKED else None
    return Asset(_MEDIA[path.suffix], content, packed if packed and len(packed) < len(content) else None)
