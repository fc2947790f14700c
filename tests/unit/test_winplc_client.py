"""What each answer of WinPLC means to us: taken, try again, or refused for good; and every call is signed."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from identity.cpr import Cpr
from identity.webhooks import Signed, is_authentic, new_secret
from storage.parcels import Address, Parcel
from workers.winplc import HttpWinPlc, WinPlcFailedError
from workflows.e_kons import Message

SECRET = new_secret()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROW, REQUEST = UUID(int=1), UUID(int=2)


@contextmanager
def answering(status, body=b"{}", headers=()):
    """A WinPLC that gives one answer to everything; gives its address and the calls that came."""
    calls = []

    class Desk(BaseHTTPRequestHandler):
        def do_PUT(self):
            said = self.rfile.read(int(self.headers["content-length"]))
            calls.append((self.path, dict(self.headers), said))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words):
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def parcel(url):
    return Parcel(
        to=Address("nygade", url, [SECRET]),
        request=REQUEST,
        kind="e_kons",
        channel="portal",
        thread=REQUEST,
        practitioner="hansen",
        created_at=NOW,
        trigger="submit",
        at=NOW,
        words=Message(text="Hej", practitioner="hansen"),
        cpr=Cpr("6101851234"),
        answer_by=date(2026, 11, 30),
    )


def file(url):
    winplc = HttpWinPlc(lambda: NOW, connect=1, timeout=2)
    try:
        return winplc.file(ROW, parcel(url))
    finally:
        winplc.close()


def failure(url):
    with pytest.raises(WinPlcFailedError) as failed:
        file(url)
    return failed.value.code, failed.value.permanent, failed.value.retry_after


@pytest.mark.parametrize("status", [200, 201])
def test_a_filing_is_signed_and_its_reference_read(status):
    reply = json.dumps({"reference": "W-1", "journal_copy": "J-1", "more": 1}).encode()
    with answering(status, reply) as (url, calls):
        filed = file(url)
    assert (filed.reference, filed.journal_copy) == ("W-1", "J-1")
    (path, headers, said) = calls[0]
    signed = Signed(headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"])
    assert is_authentic([SECRET], signed, said)
    assert (path, signed.id) == (f"/winplc/v1/clinics/nygade/requests/{REQUEST}", str(ROW))
    assert json.loads(said)["content"] == {"text": "Hej", "files": []}


@pytest.mark.rule("F14")
@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again_when_they_say(status):
    with answering(status, headers=[("Retry-After", "7")]) as (url, _):
        assert failure(url) == (f"status_{status}", False, 7.0)


@pytest.mark.rule("F14")
def test_nobody_may_make_us_wait_for_ever():
    with answering(503, headers=[("Retry-After", "9" * 40)]) as (url, _):
        assert failure(url) == ("status_503", False, 24 * 3600.0)


@pytest.mark.rule("F14")
@pytest.mark.parametrize("wish", ["soon", "-1", "1e9", "7, 7", ""])
def test_a_wish_that_is_no_number_of_seconds_is_passed_over(wish):
    with answering(503, headers=[("Retry-After", wish)]) as (url, _):
        assert failure(url) == ("status_503", False, None)


@pytest.mark.rule("F18")
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (422, b'{"code": "unknown_patient"}', "unknown_patient"),
        (422, b'{"code": "Ukendt patient 6101851234"}', "refused"),
        (400, b"<html>", "refused"),
        (404, b"", "refused"),
        (409, b'{"code": "slot_taken"}', "slot_taken"),
    ],
)
def test_a_refusal_is_final_and_only_a_machine_word_of_it_is_kept(status, body, code):
    with answering(status, body) as (url, _):
        assert failure(url) == (code, True, None)


@pytest.mark.rule("F15")
@pytest.mark.parametrize("body", [b'{"reference": "W-', b"", b"[]", b'{"reference": 7}'])
def test_an_answer_that_cannot_be_read_is_tried_again(body):
    with answering(200, body) as (url, _):
        code, permanent, _ = failure(url)
    assert (code, permanent) == ("reply_unreadable", False)


def test_a_redirect_is_not_followed():
    with answering(307, headers=[("Location", "http://127.0.0.1:9/")]) as (url, calls):
        assert failure(url) == ("status_307", False, None)
    assert len(calls) == 1


@pytest.mark.rule("F14")
def test_nobody_there_and_a_broken_handshake_are_tried_again():
    with answering(200) as (url, _):
        code, permanent, _ = failure(url.replace("http://", "https://"))
    assert (code.startswith("unreachable_"), permanent) == (True, False)
    code, permanent, _ = failure(url)
    assert (code.startswith("unreachable_"), permanent) == (True, False)
