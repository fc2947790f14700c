"""A small threaded HTTP/1.1 server for WSGI which, on demand, breaks connections the way networks do."""

import io
import socket
import struct
import sys
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.types import WSGIApplication

LARGEST_BODY = 1_048_576
LONGEST_NUMBER = 12
IDLE_SECONDS = 120
ENDING = "winplc_mock.ending"
# A fatal handshake_failure alert: what a TLS port says to somebody who speaks plainly.
TLS_ALERT = bytes.fromhex("15030300020228")


class Exchange(BaseHTTPRequestHandler):
    """One connection; each request on it is put to the WSGI application."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Write nothing: an address may hold what no log should."""

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        environ = self._environ(body)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started.append((status, headers))

        chunks: Iterable[bytes] = self.server.application(environ, start_response)
        payload = b"".join(chunks)
        status, headers = started[-1]
        self._end(environ[ENDING]["kind"], status, headers, payload)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class's names

    def _read_body(self) -> bytes | None:
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdecimal()):
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif len(length) > LONGEST_NUMBER or int(length) > LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def _environ(self, body: bytes) -> dict[str, Any]:
        split = urlsplit(self.path)
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(split.path, "latin-1"),
            "QUERY_STRING": split.query,
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            ENDING: {"kind": None},
        }
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        return named | environ

    def _end(self, kind: str | None, status: str, headers: list[tuple[str, str]], payload: bytes) -> None:
        if kind == "reset":
            self._reset()
        elif kind == "tls_alert":
            self.wfile.write(TLS_ALERT)
            self.close_connection = True
        else:
            self._answer(status, headers, payload, half=kind == "half")

    def _answer(self, status: str, headers: list[tuple[str, str]], payload: bytes, *, half: bool) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if int(code) >= HTTPStatus.OK and int(code) not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload[: len(payload) // 2] if half else payload)
        if half:
            self.close_connection = True

    def _reset(self) -> None:
        # Lingering for zero seconds makes close() send RST instead of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """The server of one WSGI application; a port of 0 takes a free one, seen in ``server_address``."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host: str, port: int, application: WSGIApplication) -> None:
        self.application = application
        super().__init__((host, port), Exchange)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Stay silent when a client leaves or we cut it off; report anything else without its text."""
        kind = sys.exc_info()[0]
        if kind is not None and not issubclass(kind, (ConnectionError, TimeoutError)):
            sys.stderr.write(f"exchange failed: {kind.__name__}\n")
