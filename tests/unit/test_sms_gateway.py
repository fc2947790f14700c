"""A gateway for text messages is given its own JSON, once for each key, and what it answers is understood."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from notifications.sms import Gateway, HttpSmsGateway, Text
from notifications.transport import SendFailed, Sent

PHONE = "+4520123456"


@contextmanager
def gateway(status):
    """Run a gateway for text messages that answers with this status; give its address and what it was sent."""
    calls = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            calls.append((dict(self.headers), json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sms", calls
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.rule("NEW-21")
def test_the_gateway_is_given_its_own_json_with_key_and_idempotence():
    body = '{"messages": [{"msisdn": "{to}", "body": "{text}"}], "ref": "{key}", "sender": "{from}"}'
    with gateway(202) as (url, calls):
        sender = HttpSmsGateway(Gateway(url, "Klinikken", body, "secret"))
        assert sender.send(Text("row-1", PHONE, 'Say "{to}" \u00e6')) == Sent("202")
        sender.close()
    headers, said = calls[0]
    assert said == {
        "messages": [{"msisdn": PHONE, "body": 'Say "{to}" \u00e6'}],
        "ref": "row-1",
        "sender": "Klinikken",
    }
    assert (headers["authorization"], headers["idempotency-key"]) == ("Bearer secret", "row-1")


@pytest.mark.rule("NEW-21")
@pytest.mark.parametrize(
    ("status", "permanent", "ambiguous"),
    [(400, True, False), (401, False, False), (429, False, False), (503, False, True)],
)
def test_what_the_gateway_refuses_is_final_or_tried_again(status, permanent, ambiguous):
    with gateway(status) as (url, _):
        sender = HttpSmsGateway(Gateway(url, "K", '{"to": "{to}", "text": "{text}"}'))
        with pytest.raises(SendFailed) as failed:
            sender.send(Text("row-1", PHONE, "Hej"))
        sender.close()
    told = failed.value
    assert (told.code, told.permanent, told.ambiguous) == (f"sms_{status}", permanent, ambiguous)


@pytest.mark.parametrize("body", ['{"to": "{to}"}', "{to} {text}", "[]"])
def test_a_gateway_without_a_place_for_number_and_words_is_refused_at_the_start(body):
    with pytest.raises(ValueError, match=r".+"):
        Gateway("http://localhost", "K", body)
