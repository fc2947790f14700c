"""SMTP, told step by step, so that the caller can write down its intent between the envelope and the body."""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from notifications.envelope import Mail
from notifications.transport import BeforeBody, SendFailed, Sent, withheld

_LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_READY: Final = frozenset({220})
_DONE: Final = frozenset({250, 251})  # 251: taken, will be forwarded
_GO_AHEAD: Final = frozenset({354})
_REFUSED_NOW: Final = 4
_REFUSED_FOR_GOOD: Final = 5
# Servers hang up on the silent after five minutes; a connection near that age is not worth the surprise.
_IDLE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail server that takes our mail.

    Attributes:
        host: Its name, which its certificate must carry.
        port: 587 as a rule.
        starttls: "required" encrypts and verifies before anything is said; "never" is for this machine only.
        local_hostname: What we call ourselves in EHLO.
        username: Log in as this user, when given.
        password: Never shown by `repr`.
        timeout: Seconds to wait for each reply.

    Raises:
        ValueError: Mail in clear to another machine, or a user without a password.
    """

    host: str
    port: int
    starttls: Literal["required", "never"] = "required"
    local_hostname: str = "localhost"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if self.starttls == "never" and self.host not in _LOCAL_HOSTS:
            raise ValueError("relay: mail leaves this machine encrypted or not at all")
        if (self.username is None) != (self.password is None):
            raise ValueError("relay: a user and a password come together")


class SmtpTransport:
    """Sends through a relay and keeps its connections for the next mail; one for each thread that sends."""

    def __init__(
        self,
        relay: Relay,
        *,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open nothing yet.

        Args:
            relay: Who takes the mail.
            tls: Which certificates to trust, when it is not the machine's own list.
            monotonic: Seconds that only grow; measures how long a connection has been idle.

        Raises:
            ValueError: The TLS context would take any certificate.
        """
        self._tls = tls if tls is not None else ssl.create_default_context()
        if self._tls.verify_mode is not ssl.CERT_REQUIRED or not self._tls.check_hostname:
            raise ValueError("smtp: a certificate that is not verified proves nothing")
        self._relay = relay
        self._monotonic = monotonic
        self._idle: list[tuple[float, smtplib.SMTP]] = []
        self._lock = threading.Lock()

    def send(self, mail: Mail, *, before_body: BeforeBody) -> Sent:
        """Hand one mail to the relay.

        Every failure up to the final dot is clean: the mail was not delivered. A refusal of the recipient or of
        the body with a 5xx is permanent. A missing reply after the final dot is ambiguous.

        Raises:
            SendFailed: As told above. What `before_body` raises passes through, and is clean as well.
        """
        connection = self._introduced(mail)
        reusable = False
        try:
            _require(_DONE, "recipient", lambda: connection.rcpt(mail.recipient), verdict=True)
            if not before_body():
                raise withheld()
            sent = _hand_over(connection, mail.content)
            reusable = True
        except SendFailed as failure:
            reusable = not failure.ambiguous and _forgotten(connection)
            raise
        finally:
            self._put_away(connection, reusable=reusable)
        return sent

    def close(self) -> None:
        """Hang up every idle connection; the next mail opens a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _introduced(self, mail: Mail) -> smtplib.SMTP:
        """Return a connection that has accepted the sender."""
        while (waiting := self._take_idle()) is not None:
            # A relay may hang up on an idle connection at any time, so MAIL is the question whether it is alive.
            if _sender_accepted(waiting, mail.envelope_from):
                return waiting
            waiting.close()
        fresh = self._connected()
        try:
            _require(_DONE, "sender", lambda: fresh.mail(mail.envelope_from))
        except BaseException:
            fresh.close()
            raise
        return fresh

    def _take_idle(self) -> smtplib.SMTP | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                since, connection = self._idle.pop()
            if self._monotonic() - since < _IDLE_SECONDS:
                return connection
            connection.close()

    def _put_away(self, connection: smtplib.SMTP, *, reusable: bool) -> None:
        if not reusable:
            connection.close()
            return
        with self._lock:
            self._idle.append((self._monotonic(), connection))

    def _connected(self) -> smtplib.SMTP:
        connection = self._dialled()
        try:
            if connection.sock is not None:
                # A mail of several packets must not wait for the acknowledgement of its first.
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _require(_DONE, "ehlo", connection.ehlo)
            self._secure(connection)
            self._log_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _dialled(self) -> smtplib.SMTP:
        relay = self._relay
        try:
            return smtplib.SMTP(relay.host, relay.port, local_hostname=relay.local_hostname, timeout=relay.timeout)
        except smtplib.SMTPConnectError as refusal:
            raise SendFailed(f"connect_{refusal.smtp_code}") from None
        except OSError:
            raise SendFailed("connect") from None

    def _secure(self, connection: smtplib.SMTP) -> None:
        if self._relay.starttls == "never":
            return
        if not connection.has_extn("starttls"):
            raise SendFailed("starttls_missing")
        _require(_READY, "starttls", lambda: connection.starttls(context=self._tls))
        _require(_DONE, "ehlo", connection.ehlo)

    def _log_in(self, connection: smtplib.SMTP) -> None:
        if self._relay.username is None or self._relay.password is None:
            return
        try:
            connection.login(self._relay.username, self._relay.password)
        except smtplib.SMTPResponseException as refusal:
            raise SendFailed(f"login_{refusal.smtp_code}") from None
        except OSError:
            raise SendFailed("login") from None


def _require(
    expected: frozenset[int], stage: str, ask: Callable[[], tuple[int, bytes]], *, verdict: bool = False
) -> None:
    """Ask, and fail cleanly on any answer but the expected; only a verdict on the mail itself is permanent."""
    try:
        code, _ = ask()
    except OSError:
        raise SendFailed(stage) from None
    if code not in expected:
        raise SendFailed(f"{stage}_{code}", permanent=verdict and code // 100 == _REFUSED_FOR_GOOD)


def _sender_accepted(connection: smtplib.SMTP, sender: str) -> bool:
    try:
        return connection.mail(sender)[0] in _DONE
    except OSError:
        return False


def _hand_over(connection: smtplib.SMTP, content: bytes) -> Sent:
    _require(_GO_AHEAD, "body", lambda: connection.docmd("DATA"), verdict=True)
    dotted = content.replace(b"\r\n.", b"\r\n..")
    try:
        # The final dot is the last to go: while this fails, the relay has not seen it and must drop the mail.
        connection.send(dotted + b".\r\n")
    except OSError:
        raise SendFailed("body") from None
    return _final_reply(connection)


def _final_reply(connection: smtplib.SMTP) -> Sent:
    try:
        code, _ = connection.getreply()
    except OSError:
        raise SendFailed("final_reply", ambiguous=True) from None
    if code in _DONE:
        return Sent(str(code))
    refused = code // 100 in {_REFUSED_NOW, _REFUSED_FOR_GOOD}
    permanent = code // 100 == _REFUSED_FOR_GOOD
    raise SendFailed(f"body_{code}", permanent=permanent, ambiguous=not refused)


def _forgotten(connection: smtplib.SMTP) -> bool:
    """Return whether the relay has dropped the unfinished mail, so that the connection can be used again."""
    try:
        return connection.rset()[0] in _DONE
    except OSError:
        return False
