"""A call to a broker is bounded in time and size, goes by TLS, and is never led elsewhere."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.identity_wire import LARGEST_REPLY, Reply, Wire
from identity.outcomes import BrokerUnavailableError


class Odd(BaseHTTPRequestHandler):
    """Answers in ways that a careful caller survives."""

    def log_message(self, *_rest):
        """Say nothing."""

    def do_GET(self):
        word = self.path[1:]
        self.send_response(302 if word == "elsewhere" else 200)
        if word == "elsewhere":
            self.send_header("Location", "/fine")
        self.end_headers()
        if word == "drip":
            self._drip()
            return
        bodies = {"fine": b'{"a":1}', "large": b" " * (LARGEST_REPLY + 1), "list": b"[]", "deep": b"[" * 200_000}
        self.wfile.write(bodies.get(word, b"<html>"))

    def _drip(self):
        while not self.server.ended.wait(0.02):
            try:
                self.wfile.write(b" ")
            except OSError:
                return


@pytest.fixture
def odd():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.ended = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("large", "reply_too_large"),
        ("drip", "reply_too_slow"),
        ("list", "reply_unreadable"),
        ("deep", "reply_unreadable"),
        ("page", "reply_unreadable"),
        ("elsewhere", "reply_unreadable"),
    ],
)
def test_a_reply_is_bounded_and_never_followed_elsewhere(odd, path, reason):
    wire = Wire(only_tls=False, seconds=0.3)
    assert wire.get(f"{odd}/fine") == Reply(200, {"a": 1})
    with pytest.raises(BrokerUnavailableError) as refusal:
        wire.get(f"{odd}/{path}")
    assert refusal.value.reason == reason
    wire.close()


@pytest.mark.parametrize(
    ("only_tls", "url"),
    [
        (True, "http://127.0.0.1/"),
        (False, "http://broker.test/"),
        (False, "ftp://localhost/"),
        (False, "file:///etc/passwd"),
    ],
)
def test_without_tls_only_this_machine_is_called_and_in_production_nobody(only_tls, url):
    with pytest.raises(BrokerUnavailableError) as refusal:
        Wire(only_tls=only_tls).get(url)
    assert refusal.value.reason == "address_without_tls"
