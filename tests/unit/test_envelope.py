"""A mail is whole, the same each time, and nothing in it can become a header or an address of its own."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.envelope import Mail, UnusableAddressError, bounce_address, compose, message_id, usable_address
from notifications.letters import ClinicCard, Letter, write

CLINIC = ClinicCard("Lægerne på Østergade, Hansen & Sø", "12 34 56 78", "8-15", "112", "https://portal.example/x")
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ID = message_id("018f-answer", "post@portal.example")
printable = st.text(min_size=1, max_size=90).filter(lambda text: text.isprintable() and text.strip() == text)


def mail_of(letter: Letter, clinic: ClinicCard = CLINIC, recipient: str = "maja@example.dk") -> Mail:
    return compose(
        letter,
        clinic=clinic,
        portal_address="post@portal.example",
        recipient=recipient,
        outbox_id="4711",
        stable_id=ID,
        written_at=AT,
    )


def test_headers_tell_machines_what_this_is():
    mail = mail_of(write("message_waiting", CLINIC, "da"))
    read = message_from_bytes(mail.content, policy=policy.default)
    (sender,) = read["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (CLINIC.name, "post@portal.example")
    assert read["To"] == "maja@example.dk"
    assert read["Subject"] == f"Du har en besked fra {CLINIC.name}"
    assert read["Message-ID"] == "<018f-answer@portal.example>" == mail.message_id
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Content-Language"] == "da"
    assert read["Date"].datetime == AT
    assert mail.envelope_from == "bounce+4711@portal.example"
    assert not read.defects


@pytest.mark.parametrize("language", ["da", "en"])
def test_danish_letters_arrive_whole_in_seven_bits(language):
    letter = write("request_undelivered", CLINIC, language)
    mail = mail_of(letter)
    assert mail.content.isascii()
    assert max(len(line) for line in mail.content.split(b"\r\n")) <= 78
    read = message_from_bytes(mail.content, policy=policy.default)
    plain, page = read.iter_parts()
    for part, words in ((plain, letter.text), (page, letter.html)):
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content().splitlines() == words.splitlines()


def test_the_same_letter_tried_again_is_the_same_mail():
    assert mail_of(write("message_waiting", CLINIC, "da")) == mail_of(write("message_waiting", CLINIC, "da"))


@pytest.mark.rule("V4")
@settings(max_examples=60, deadline=None)
@given(name=printable, subject=printable)
def test_any_printable_name_and_subject_comes_back_as_it_was(name, subject):
    clinic = ClinicCard(name, "12", "8-15", "112", "https://portal.example/x")
    mail = mail_of(Letter(subject, "tekst\n", "<p>tekst</p>", "da"), clinic)
    # The newer reader of the standard library puts spaces between the encoded words of a name; the older is right.
    ((encoded, address),) = getaddresses([message_from_bytes(mail.content)["From"]])
    assert (str(make_header(decode_header(encoded))), address) == (name, "post@portal.example")
    read = message_from_bytes(mail.content, policy=policy.default)
    assert len(read["From"].addresses) == 1
    assert str(read["Subject"]) == subject
    assert len(read.items()) == 10


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=400))
def test_no_text_can_end_the_mail_or_its_part(text):
    mail = mail_of(Letter("Emne", text, "<p></p>", "da"))
    read = message_from_bytes(mail.content, policy=policy.default)
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert next(read.iter_parts()).get_content().splitlines() == [*text.splitlines()] or not text


@pytest.mark.rule("NOT-1")
@pytest.mark.parametrize(
    "address",
    [
        "maja@example.dk\r\nBcc: spy@example.dk",
        "maja@example.dk\n",
        "maja@example.dk> SIZE=1",
        "maja@example.dk, spy@example.dk",
        "<maja@example.dk>",
        '"maja spy"@example.dk',
        "maja@example..dk",
        "maja..s@example.dk",
        "maja@-example.dk",
        "maja@ex ample.dk",
        "mæja@example.dk",
        "maja",
        "@example.dk",
        "maja@",
        "maja@" + "æ" * 80 + ".dk",
        "maja@faß.example",
        "maja@\uff45xample.dk",
        "m" * 65 + "@example.dk",
        "m@" + "a." * 130 + "dk",
        "",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(address):
    with pytest.raises(UnusableAddressError) as refusal:
        mail_of(write("message_waiting", CLINIC, "da"), recipient=address)
    assert not address or address not in str(refusal.value)


def test_a_danish_domain_is_written_as_the_wire_knows_it():
    mail = mail_of(write("message_waiting", CLINIC, "da"), recipient="maja@blåbærgrød.dk")
    assert mail.recipient == "maja@xn--blbrgrd-fxak7p.dk"
    assert usable_address("maja@BLA\u030aBÆRGRØD.dk") == "maja@xn--blbrgrd-fxak7p.dk"
    assert usable_address("O'Neil+x@EXAMPLE.dk") == "O'Neil+x@EXAMPLE.dk"


@pytest.mark.parametrize("key", ["", "a b", "a>", "a\r\n", "a@b", "æ"])
def test_a_key_stays_a_key(key):
    with pytest.raises(ValueError, match="id may hold"):
        message_id(key, "post@portal.example")
    with pytest.raises(ValueError, match="id may hold"):
        bounce_address(key, "post@portal.example")


@pytest.mark.parametrize(
    "content", [b"Subject: x", b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n.\r\n", b"a\n\r\n", b"a\r\nb\r\r\n"]
)
def test_a_mail_of_broken_lines_is_refused(content):
    with pytest.raises(ValueError, match="CRLF"):
        Mail(ID, "bounce+1@portal.example", "maja@example.dk", content)


def test_a_mail_with_a_false_id_or_a_raw_domain_is_refused():
    with pytest.raises(ValueError, match="message id"):
        Mail("<a@b>\r\nBcc: x", "bounce+1@portal.example", "maja@example.dk", b"\r\n")
    with pytest.raises(UnusableAddressError):
        Mail(ID, "bounce+1@portal.example", "maja@blåbærgrød.dk", b"\r\n")


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        compose(
            write("message_waiting", CLINIC, "da"),
            clinic=CLINIC,
            portal_address="post@portal.example",
            recipient="maja@example.dk",
            outbox_id="1",
            stable_id=ID,
            written_at=AT.replace(tzinfo=None),
        )


def test_a_mail_never_shows_its_reader_or_its_words():
    shown = repr(mail_of(write("login_code", CLINIC, "da", code="042917")))
    assert "maja" not in shown
    assert "042917" not in shown
