"""The mail catcher as its users meet it: over SMTP, on its pages, through its JSON, as a process."""

import json
import signal
import smtplib
import subprocess
import sys
import threading
from http.client import HTTPConnection
from random import Random

import pytest

from portal.mail_catcher import MailCatcher
from portal.mail_pages.faults import Fault, FaultPlan

MAIL = (
    "Subject: =?utf-8?q?S=C3=B8ren?= <script>\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n<script>alert(1)</script> http://localhost/x\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hej</p><script>alert(2)</script>\r\n--b--\r\n"
)


@pytest.fixture
def catcher(tmp_path):
    with MailCatcher(tmp_path / "mail") as running:
        yield running


def call(catcher, method, path, body=None):
    connection = HTTPConnection("127.0.0.1", catcher.page_port, timeout=5)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=headers)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text, {name.lower(): value for name, value in reply.getheaders()}


def post(catcher, *to, content=MAIL):
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=5) as client:
        client.sendmail("bounce+1@x.dk", to, content)


def listed(catcher, query=""):
    return json.loads(call(catcher, "GET", f"/api/mails{query}")[1])


def test_a_reader_asks_for_one_recipient_and_then_only_for_what_is_new(catcher):
    post(catcher, "a@x.dk")
    post(catcher, "b@x.dk", "a@x.dk")
    both = listed(catcher, "?to=a@x.dk")
    assert [mail["to"] for mail in both["mails"]] == [["a@x.dk"], ["b@x.dk", "a@x.dk"]]
    assert both["mails"][0]["subject"] == "Søren <script>"
    assert both["mails"][0]["message_id"] == "<1@x>"
    assert both["mails"][0]["envelope_from"] == "bounce+1@x.dk"
    assert "http://localhost/x" in both["mails"][0]["text"]
    assert len(listed(catcher, "?to=b@x.dk")["mails"]) == 1
    nothing = listed(catcher, f"?to=a@x.dk&after={both['cursor']}")
    assert nothing == {"mails": [], "cursor": both["cursor"]}
    post(catcher, "a@x.dk")
    assert len(listed(catcher, f"?after={both['cursor']}")["mails"]) == 1
    assert len(listed(catcher, "?limit=2")["mails"]) == 2
    assert call(catcher, "GET", "/api/mails?limit=0")[0] == 400


def test_after_clearing_a_reader_keeps_its_place(catcher):
    post(catcher, "a@x.dk")
    place = listed(catcher)["cursor"]
    assert call(catcher, "DELETE", "/api/mails")[0] == 204
    assert listed(catcher)["mails"] == []
    post(catcher, "a@x.dk")
    assert len(listed(catcher, f"?after={place}")["mails"]) == 1


def test_mails_outlive_a_restart(tmp_path):
    for number in (1, 2):
        with MailCatcher(tmp_path) as catcher:
            post(catcher, "a@x.dk", "b@x.dk")
            assert [mail["to"] for mail in listed(catcher)["mails"]] == [["a@x.dk", "b@x.dk"]] * number
            assert len({mail["key"] for mail in listed(catcher)["mails"]}) == number


def test_pages_show_a_mail_without_believing_it(catcher):
    assert "No mail yet" in call(catcher, "GET", "/")[1]
    post(catcher, "a@x.dk")
    (key,) = (mail["key"] for mail in listed(catcher)["mails"])
    for path in ("/", "/?to=a@x.dk", f"/mails/{key}"):
        status, page, headers = call(catcher, "GET", path)
        assert status == 200
        assert "Søren &lt;script&gt;" in page
        assert "<script" not in page
        assert headers["content-security-policy"].startswith("default-src 'none'")
    assert '<a href="http://localhost/x"' in page
    status, html, headers = call(catcher, "GET", f"/mails/{key}/html")
    assert "<p>hej</p>" in html
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    _, source, headers = call(catcher, "GET", f"/mails/{key}/source")
    assert source.startswith("Return-Path: <bounce+1@x.dk>")
    assert headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("key", ["00000009", "..%2f..%2fetc%2fpasswd", "x"])
@pytest.mark.parametrize("form", ["", "/html", "/source"])
def test_a_key_that_is_not_there_is_not_found(catcher, key, form):
    assert call(catcher, "GET", f"/mails/{key}{form}")[0] == 404


def test_faults_are_ordered_shown_used_up_and_cleared(catcher):
    assert call(catcher, "POST", "/control", {"reply": "451", "count": 2})[0] == 200
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        post(catcher, "a@x.dk")
    in_force = json.loads(call(catcher, "GET", "/control")[1])["faults"]
    assert in_force == [{"reply": "451", "stage": "rcpt", "rate": 1.0, "count": 1}]
    call(catcher, "POST", "/control", {"reply": "552", "stage": "data"})
    assert call(catcher, "DELETE", "/control")[0] == 204
    post(catcher, "a@x.dk")
    assert len(listed(catcher)["mails"]) == 1


def test_a_late_reply_comes_and_a_cut_one_does_not_but_both_mails_are_kept(catcher):
    call(catcher, "POST", "/control", {"late": 0.05, "count": 1})
    post(catcher, "a@x.dk")
    call(catcher, "POST", "/control", {"cut": True, "count": 1})
    with pytest.raises(smtplib.SMTPServerDisconnected):
        post(catcher, "a@x.dk")
    assert len(listed(catcher)["mails"]) == 2


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({}, "choose one"),
        ({"reply": "451", "cut": True}, "choose one"),
        ({"reply": "250"}, "reply"),
        ({"reply": "451", "stage": "helo"}, "stage"),
        ({"reply": "451", "rate": 0}, "rate"),
        ({"reply": "451", "count": 0}, "count"),
        ({"late": -1}, "late"),
        ({"cut": False}, "cut"),
        ({"cut": True, "slow": 1}, "slow"),
        ([], "Fault"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(catcher, fault, field):
    status, text, _ = call(catcher, "POST", "/control", fault)
    assert status == 422
    assert field in text
    assert catcher.faults.in_force() == []


def test_chance_is_repeatable_and_near_its_rate():
    def strikes() -> list[bool]:
        plan = FaultPlan(Random(7))
        plan.order(Fault(reply="451", stage="data", rate=0.1))
        return [plan.strike("data") is not None for _ in range(1000)]

    assert strikes() == strikes()
    assert 60 < sum(strikes()) < 140


def test_stopping_hangs_up_on_those_who_wait(tmp_path):
    with MailCatcher(tmp_path) as catcher:
        catcher.faults.order(Fault(late=600))
        seen = threading.Event()

        def wait_for_a_reply() -> None:
            with pytest.raises(smtplib.SMTPServerDisconnected):
                post(catcher, "a@x.dk")
            seen.set()

        waiting = threading.Thread(target=wait_for_a_reply)
        waiting.start()
        while not catcher.mailbox.since():
            assert waiting.is_alive()
    waiting.join(5)
    assert seen.is_set()


def test_a_taken_port_is_an_error_that_leaves_nothing_open(tmp_path, catcher):
    for taken in ({"smtp_port": catcher.smtp_port}, {"page_port": catcher.page_port}):
        with pytest.raises(OSError, match="in use"):
            MailCatcher(tmp_path / "other", **taken).start()


def test_the_process_says_where_it_is_and_ends_when_told(tmp_path):
    command = [sys.executable, "-m", "portal.mail_catcher", "--smtp-port=0", "--page-port=0"]
    process = subprocess.Popen(
        [*command, f"--data-dir={tmp_path}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert "mails are taken on port" in said
    assert (process.returncode, errors) == (0, "")


def test_the_process_names_the_setting_of_a_taken_port(tmp_path, catcher):
    ended = subprocess.run(
        [sys.executable, "-m", "portal.mail_catcher", "--smtp-port", str(catcher.smtp_port), "--page-port=0"],
        env={"PORTAL_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 1
    assert "PORTAL_SMTP_PORT" in ended.stderr
