"""Every way an SMTP conversation can end, against a real server."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from pathlib import Path
from socket import create_server
from typing import get_args

import pytest
from mails import CANARY, CLINIC, EXTRAS, Intent, failure_of, mail

from notifications.envelope import Mail
from notifications.letters import LETTERS, write
from notifications.rendering import Language
from notifications.smtp import Relay, SmtpTransport
from notifications.transport import FolderTransport, MemoryTransport, SendFailed, Sent
from portal.mail_catcher import MailCatcher
from portal.mail_pages.faults import Fault


@pytest.fixture
def catcher(tmp_path: Path):
    with MailCatcher(tmp_path / "mail") as running:
        yield running


@pytest.fixture
def transport(catcher: MailCatcher):
    smtp = SmtpTransport(Relay("127.0.0.1", catcher.smtp_port, starttls="never", timeout=5))
    yield smtp
    smtp.close()


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("name", LETTERS)
def test_every_letter_arrives_whole(catcher, transport, name, language):
    sent = mail(name, language)
    assert transport.send(sent, before_body=Intent()) == Sent("250")
    (arrived,) = catcher.mailbox.since()
    assert (arrived.to, arrived.sender) == ((CANARY,), "bounce+1@portal.example")
    assert catcher.mailbox.source(arrived).endswith(sent.content)
    letter = write(name, CLINIC, language, **EXTRAS.get(name, {}))
    opened = catcher.mailbox.open(arrived)
    assert (opened.header("Subject"), opened.header("Content-Language")) == (letter.subject, language)
    assert opened.text.splitlines() == letter.text.splitlines()
    assert opened.html.splitlines() == letter.html.splitlines()


def test_lines_that_begin_with_a_dot_arrive_as_written(catcher, transport):
    dotted = Mail("<1@portal.example>", "bounce+1@portal.example", CANARY, b"A: b\r\n\r\n.\r\n..\r\n.x\r\n")
    transport.send(dotted, before_body=Intent())
    assert catcher.mailbox.source(*catcher.mailbox.since()).endswith(dotted.content)


@pytest.mark.rule("F23")
@pytest.mark.parametrize(
    ("stage", "reply", "told", "asked"),
    [
        ("rcpt", "421", ("recipient_421", False, False), 0),
        ("rcpt", "451", ("recipient_451", False, False), 0),
        ("rcpt", "550", ("recipient_550", True, False), 0),
        ("data", "421", ("body_421", False, False), 1),
        ("data", "452", ("body_452", False, False), 1),
        ("data", "552", ("body_552", True, False), 1),
    ],
)
def test_a_refusal_is_clean_and_the_next_mail_goes(catcher, transport, stage, reply, told, asked):
    catcher.faults.order(Fault(reply=reply, stage=stage, count=1))
    intent = Intent()
    assert failure_of(transport, intent) == told
    assert intent.asked == asked
    assert catcher.mailbox.since() == []
    assert transport.send(mail(), before_body=Intent()) == Sent("250")


@pytest.mark.rule("F24")
@pytest.mark.parametrize("fault", [Fault(cut=True, count=1), Fault(late=60, count=1)])
def test_silence_after_the_final_dot_is_ambiguous_and_a_second_copy_is_the_same_mail(catcher, fault):
    catcher.faults.order(fault)
    impatient = SmtpTransport(Relay("127.0.0.1", catcher.smtp_port, starttls="never", timeout=0.3))
    assert failure_of(impatient, Intent()) == ("final_reply", False, True)
    assert impatient.send(mail(), before_body=Intent()) == Sent("250")
    impatient.close()
    first, second = (catcher.mailbox.open(one) for one in catcher.mailbox.since())
    assert first.header("Message-ID") == second.header("Message-ID") == "<1@portal.example>"
    assert (first.text, first.html) == (second.text, second.html)


def test_a_mail_held_back_is_not_sent_and_the_connection_lives_on(catcher, transport):
    assert failure_of(transport, Intent(agrees=False)) == ("withheld", False, False)
    assert catcher.mailbox.since() == []
    ((_, waiting),) = transport._idle
    assert transport.send(mail(), before_body=Intent()) == Sent("250")
    assert transport._idle[0][1] is waiting


def test_what_the_caller_raises_comes_through_and_nothing_is_sent(catcher, transport):
    def broken() -> bool:
        raise RuntimeError("no database")

    with pytest.raises(RuntimeError, match="no database"):
        transport.send(mail(), before_body=broken)
    assert catcher.mailbox.since() == []
    assert transport.send(mail(), before_body=Intent()) == Sent("250")


def test_nobody_at_home_is_clean():
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    transport = SmtpTransport(Relay("127.0.0.1", port, starttls="never", timeout=1))
    assert failure_of(transport, Intent()) == ("connect", False, False)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ([b"554 go away\r\n"], "connect_554"),
        ([], "connect"),
        ([b"220 hi\r\n", b"502 what\r\n"], "ehlo_502"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"451 later\r\n"], "sender_451"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"553 no\r\n"], "sender_553"),
        ([b"220 hi\r\n", b"250 hi\r\n"], "sender"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n"], "recipient"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n"], "body"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"251 ok\r\n", b"451 no\r\n"], "body_451"),
    ],
)
def test_a_server_that_fails_before_the_body_fails_cleanly(script, code):
    """A server that speaks these lines in turn, one for each of ours, and hangs up."""
    with create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            client, _ = listener.accept()
            client.settimeout(10)
            with client, client.makefile("rb") as heard:
                for turn, line in enumerate(script):
                    if turn:
                        heard.readline()
                    client.sendall(line)
                if script:
                    heard.readline()

        server = threading.Thread(target=speak)
        server.start()
        transport = SmtpTransport(Relay("127.0.0.1", listener.getsockname()[1], starttls="never", timeout=5))
        told = failure_of(transport, Intent())
        server.join()
    assert told == (code, False, False)


def test_one_connection_carries_many_mails_and_an_old_or_dead_one_is_replaced(tmp_path):
    now = [0.0]
    with MailCatcher(tmp_path) as catcher:
        relay = Relay("127.0.0.1", catcher.smtp_port, starttls="never", timeout=5)
        transport = SmtpTransport(relay, monotonic=lambda: now[0])
        connections = []
        for pause in (0.0, 1.0, 3600.0):
            now[0] += pause
            transport.send(mail(), before_body=Intent())
            connections.append(transport._idle[0][1])
        first, second, third = connections
        assert first is second
        assert second is not third
    with MailCatcher(tmp_path, smtp_port=relay.port) as restarted:
        intent = Intent()
        assert transport.send(mail(), before_body=intent) == Sent("250")
        assert intent.asked == 1
        assert len(restarted.mailbox.since()) == 4
        transport.close()


def test_threads_share_a_transport_and_every_mail_arrives_once(catcher, transport):
    with ThreadPoolExecutor(8) as threads:
        sent = threads.map(lambda number: transport.send(mail(outbox_id=str(number)), before_body=Intent()), range(200))
        assert set(sent) == {Sent("250")}
    arrived = [caught.sender for caught in catcher.mailbox.since(limit=1000)]
    assert sorted(arrived) == sorted(f"bounce+{number}@portal.example" for number in range(200))
    assert len(transport._idle) <= 8


def test_a_mail_takes_few_milliseconds(catcher, transport):
    transport.send(mail(), before_body=Intent())
    durations = []
    for _ in range(50):
        begun = time.perf_counter()
        transport.send(mail(), before_body=Intent())
        durations.append(time.perf_counter() - begun)
    # The best of fifty: what the code costs, not what a busy machine does to it.
    assert min(durations) < 0.005


def test_memory_and_folder_ask_before_they_keep(tmp_path):
    memory, folder = MemoryTransport(), FolderTransport(tmp_path / "out")
    for transport in (memory, folder):
        with pytest.raises(SendFailed, match="withheld"):
            transport.send(mail(), before_body=Intent(agrees=False))
        assert transport.send(mail(), before_body=Intent()) == Sent("250")
    assert memory.mails == [mail()]
    folder.send(mail(), before_body=Intent())
    (kept,) = (tmp_path / "out").iterdir()
    assert kept.name == "1@portal.example.eml"
    read = message_from_bytes(kept.read_bytes(), policy=policy.default)
    assert read["Return-Path"] == "<bounce+1@portal.example>"
    assert kept.read_bytes().endswith(mail().content)


def test_a_folder_that_is_gone_is_a_clean_failure(tmp_path):
    folder = FolderTransport(tmp_path / "out")
    (tmp_path / "out").rmdir()
    with pytest.raises(SendFailed, match="folder"):
        folder.send(mail(), before_body=Intent())
