"""A report is read for two things: that a letter came back for good, and which. All else is told by a word."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.bounces import LARGEST_REPORT, NoReportError, Report, read_report

KEY = "0195f2a0-7c1e-7d3a-8000-0242ac120002-0123456789abcdef"
TO = f"bounce+{KEY}@portal.example"


def report(action="failed", status="5.1.1", to=TO, kind="multipart/report; report-type=delivery-status", more=""):
    """Return a report as a mail server writes it."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: {kind}; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.'
        "\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; alma@patient.example\r\nAction: {action}\r\nStatus: {status}\r\n{more}"
        "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Nyt\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.rule("NOT-3", "NEW-5")
@pytest.mark.parametrize("recipient", [None, TO, TO.upper(), f"bounce+{KEY}"], ids=["header", "told", "upper", "local"])
def test_a_letter_that_came_back_is_known_by_the_address_it_came_to(recipient):
    assert read_report(report(), recipient) == Report(KEY, "5.1.1")


@pytest.mark.rule("NEW-5")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (report(action="delayed", status="4.4.1"), "delayed"),
        (report(action="delivered", status="2.0.0"), "delivered"),
        (report(action="relayed", status="2.0.0"), "delivered"),
        (report(to="bounce@portal.example"), "no_address"),
        (report(to="bounce+4711@portal.example"), "no_address"),
        (report(kind="multipart/mixed"), "no_report"),
        (b"From: alma@patient.example\r\nSubject: Jeg er paa ferie\r\n\r\nTilbage mandag.\r\n", "no_report"),
        (b"", "no_report"),
        (b"\xff\xfe\x00garbage", "no_report"),
        (b'Content-Type: multipart/report; boundary="b"\r\n\r\nno part at all', "no_report"),
        (b"x" * (LARGEST_REPORT + 1), "too_large"),
    ],
    ids=["delayed", "delivered", "relayed", "no key", "no id", "no report", "a holiday reply", "nothing", "garbage",
         "torn", "too large"],
)  # fmt: skip
def test_what_is_no_bounce_is_told_by_a_word(words, code):
    with pytest.raises(NoReportError) as told:
        read_report(words)
    assert told.value.code == code


def test_a_letter_given_up_after_delays_came_back_too():
    assert read_report(report(status="4.4.7 (expired)")) == Report(KEY, "4.4.7")
    assert read_report(report(status="none")).status == "unknown"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 900))
def test_nothing_that_comes_in_breaks_the_reading(noise, place):
    words = report()
    torn = words[:place] + noise + words[place:]
    with suppress(NoReportError):
        assert read_report(torn, TO).key == KEY
