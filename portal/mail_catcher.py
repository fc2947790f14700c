"""The mail catcher: takes every mail by real SMTP, keeps it in a folder and shows it on a small web page."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

import click
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.mail_pages.faults import FaultPlan
from portal.mail_pages.mailbox import Mailbox
from portal.mail_pages.web import web_app
from portal.small_server import SmallServer


class _Reception:
    """Takes mails from SMTP clients into the mailbox, unless a fault strikes."""

    def __init__(self, mailbox: Mailbox, faults: FaultPlan) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        fault = self._faults.strike("rcpt")
        if fault is not None:
            return f"{fault.reply} refused as ordered"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        fault = self._faults.strike("data")
        if fault is not None and fault.reply is not None:
            return f"{fault.reply} refused as ordered"
        key = self._mailbox.keep(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
        if fault is not None and fault.cut:
            await _hang_up(server)
        if fault is not None and fault.late is not None:
            await asyncio.sleep(fault.late)
        return f"250 OK, kept as {key}"


async def _hang_up(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()
    # The lost connection cancels whoever waits here, so that no reply is attempted.
    await asyncio.get_running_loop().create_future()


class _SmtpSide:
    """The SMTP server on an event loop of its own, in a thread."""

    def __init__(self, host: str, port: int, reception: _Reception) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)

        def conversation() -> SMTP:
            return SMTP(reception, hostname="localhost", ident="mail catcher", loop=self._loop)

        try:
            self._server = self._loop.run_until_complete(self._loop.create_server(conversation, host, port))
        except OSError:
            self._loop.close()
            raise
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._end_conversations())
        self._loop.close()

    async def _end_conversations(self) -> None:
        self._server.close()
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


class MailCatcher:
    """Both sides of the catcher, running from `start` to `stop`, or for the length of a `with` block.

    Attributes:
        smtp_port: Where mails are taken; the port that was found, when 0 was asked for.
        page_port: Where they are shown; likewise.
        mailbox: The mails.
        faults: How it misbehaves.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        smtp_port: int = 0,
        page_port: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        randomness: Random | None = None,
    ) -> None:
        self._host = host
        self.smtp_port = smtp_port
        self.page_port = page_port
        self.mailbox = Mailbox(folder, clock)
        self.faults = FaultPlan(randomness if randomness is not None else SystemRandom())

    def start(self) -> None:
        """Open both ports.

        Raises:
            OSError: A port is taken.
        """
        app = web_app(self.mailbox, self.faults)
        self._web = SmallServer(app, self._host, self.page_port, "mail-pages")
        try:
            self._smtp = _SmtpSide(self._host, self.smtp_port, _Reception(self.mailbox, self.faults))
        except OSError:
            self._web.stop()
            raise
        self.smtp_port, self.page_port = self._smtp.port, self._web.port
        self._web.start()

    def stop(self) -> None:
        """Close both ports and hang up on everybody."""
        self._smtp.stop()
        self._web.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@click.command()
@click.option("--data-dir", envvar="PORTAL_DATA_DIR", type=click.Path(path_type=Path), default=Path("var"))
@click.option("--host", envvar="PORTAL_MAIL_HOST", default="127.0.0.1", show_default=True)
@click.option("--smtp-port", envvar="PORTAL_SMTP_PORT", type=int, default=8025, show_default=True)
@click.option("--page-port", envvar="PORTAL_MAIL_PAGE_PORT", type=int, default=8200, show_default=True)
@click.option("--seed", type=int, help="Makes faults that strike by chance repeatable.")
def main(data_dir: Path, host: str, smtp_port: int, page_port: int, seed: int | None) -> None:
    """Catch mails until told to stop."""
    # At its usual level aiosmtpd writes addresses to the log.
    logging.getLogger("mail").setLevel(logging.ERROR)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    chance = None if seed is None else Random(seed)  # noqa: S311 - chance for faults, not for secrets
    catcher = MailCatcher(data_dir / "mail", host=host, smtp_port=smtp_port, page_port=page_port, randomness=chance)
    try:
        catcher.start()
    except OSError as error:
        raise click.ClickException(
            f"port {smtp_port} (PORTAL_SMTP_PORT) or {page_port} (PORTAL_MAIL_PAGE_PORT): {error.strerror}"
        ) from None
    click.echo(f"mails are taken on port {catcher.smtp_port} and shown at http://localhost:{catcher.page_port}")
    ended.wait()
    catcher.stop()


if __name__ == "__main__":
    main()
