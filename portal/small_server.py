"""A small web server in a thread, for the stand-ins of the one-command stack. Not for patients."""

import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

_SECONDS_TO_NOTICE_THE_END = 0.05


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SilentRequests(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: a request's address may hold a patient's."""


class SmallServer:
    """A WSGI application on a port, from `start` to `stop`.

    Attributes:
        port: Where it listens; the port that was found, when 0 was asked for.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, app: Any, host: str, port: int, name: str) -> None:
        self._server = make_server(host, port, app, _ThreadingServer, _SilentRequests)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_SECONDS_TO_NOTICE_THE_END,), name=name, daemon=True
        )
        self.port: int = self._server.server_port

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and close the port."""
        if self._thread.ident is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
