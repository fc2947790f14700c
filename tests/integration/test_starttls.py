"""Mail leaves this machine encrypted to the server it was meant for, or not at all."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mails import Intent, failure_of, mail

from notifications.smtp import Relay, SmtpTransport
from notifications.transport import Sent
from portal.mail_catcher import MailCatcher


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the server's side and a client that trusts this one certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{name}.crt", folder / f"{name}.key"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, secret)
    return server, ssl.create_default_context(cafile=str(chain))


class Kept:
    """A handler that keeps what it takes, and whether it came encrypted."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, bool]] = []

    async def handle_DATA(self, _server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append((envelope.content, session.ssl is not None))
        return "250 OK"


@pytest.fixture
def encrypted(tmp_path):
    """Starts servers that demand STARTTLS, each with a certificate for one name."""
    running = []

    def start(name: str, *, log_in: bool = False):
        ours, theirs = certificate(tmp_path, name)
        kept = Kept()
        with create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = Controller(
            kept,
            hostname="127.0.0.1",
            port=port,
            server_hostname="mail.example",
            tls_context=ours,
            require_starttls=True,
            auth_required=log_in,
            authenticator=lambda _server, _session, _envelope, _how, said: AuthResult(
                success=(said.login, said.password) == (b"portal", b"hemmelig"), handled=False
            ),
        )
        server.start()
        running.append(server)
        return port, theirs, kept

    yield start
    for server in running:
        server.stop()


@pytest.mark.rule("V39")
def test_starttls_is_verified_and_the_mail_goes_encrypted(encrypted):
    port, trusting, kept = encrypted("localhost")
    transport = SmtpTransport(Relay("localhost", port, timeout=5), tls=trusting)
    for _ in range(2):
        assert transport.send(mail(), before_body=Intent()) == Sent("250")
    transport.close()
    assert kept.mails == [(mail().content, True)] * 2


@pytest.mark.rule("V39")
@pytest.mark.parametrize("reason", ["unknown issuer", "other name"])
def test_a_wrong_certificate_is_refused_before_anything_is_said(encrypted, tmp_path, reason):
    port, trusting, kept = encrypted("localhost" if reason == "unknown issuer" else "mail.example")
    context = trusting if reason == "other name" else None
    transport = SmtpTransport(Relay("localhost", port, timeout=5), tls=context)
    intent = Intent()
    assert failure_of(transport, intent) == ("starttls", False, False)
    assert (intent.asked, kept.mails) == (0, [])


@pytest.fixture
def catcher(tmp_path: Path):
    with MailCatcher(tmp_path / "mail") as running:
        yield running


def test_a_relay_that_knows_us_takes_the_mail_and_another_password_is_told_by_its_code(encrypted):
    port, trusting, kept = encrypted("localhost", log_in=True)
    for password, told in (("hemmelig", None), ("forkert", ("login_535", False, False))):
        relay = Relay("localhost", port, username="portal", password=password, timeout=5)
        transport = SmtpTransport(relay, tls=trusting)
        if told is None:
            assert transport.send(mail(), before_body=Intent()) == Sent("250")
        else:
            assert failure_of(transport, Intent()) == told
        transport.close()
    assert kept.mails == [(mail().content, True)]


@pytest.mark.rule("V39")
def test_a_server_without_starttls_gets_no_mail(catcher):
    transport = SmtpTransport(Relay("127.0.0.1", catcher.smtp_port, timeout=5))
    assert failure_of(transport, Intent()) == ("starttls_missing", False, False)
    assert catcher.mailbox.since() == []


def test_a_log_in_that_cannot_be_is_told_by_its_code(catcher):
    relay = Relay("127.0.0.1", catcher.smtp_port, "never", username="portal", password="hemmelig", timeout=5)
    assert "hemmelig" not in repr(relay)
    assert failure_of(SmtpTransport(relay), Intent()) == ("login", False, False)


def test_careless_settings_are_refused():
    with pytest.raises(ValueError, match="encrypted"):
        Relay("mail.example", 25, starttls="never")
    with pytest.raises(ValueError, match="together"):
        Relay("mail.example", 587, username="portal")
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="verified"):
        SmtpTransport(Relay("mail.example", 587), tls=blind)
