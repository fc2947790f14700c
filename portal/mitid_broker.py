"""The mock broker: stands in for MitID in the one-command stack, and misbehaves on demand. Never in production."""

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import click
from pydantic import ValidationError

from api.patient.mitid import CALLBACK
from portal.demo_data import PATIENTS
from portal.mitid_pages.books import CLIENT_ID, Books, Identity
from portal.mitid_pages.tokens import Client, Mint
from portal.mitid_pages.web import web_app
from portal.settings import Settings
from portal.small_server import SmallServer


class MitIdBroker:
    """The broker, running from `start` to `stop`, or for the length of a `with` block.

    Attributes:
        issuer: Its address, by which it is also known.
        people: Those who have MitID here.
    """

    def __init__(
        self,
        people: Sequence[Identity],
        portal: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.people = tuple(people)
        self._server = SmallServer(self._answer, host, port, "mitid-pages")
        self.issuer = f"http://localhost:{self._server.port}"
        mint = Mint(self.issuer, Client(CLIENT_ID, f"{portal}{CALLBACK}"))
        self._app = web_app(Books(self.people, clock), mint, clock)

    def _answer(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def demo_identities() -> tuple[Identity, ...]:
    """Return the demonstration's people as MitID would know them."""
    return tuple(Identity(patient.name, patient.cpr) for patient in PATIENTS)


@click.command()
def main() -> None:
    """Stand in for MitID until told to stop."""
    try:
        settings = Settings()
    except ValidationError:
        raise click.ClickException("the settings are unusable; the portal says why") from None
    if settings.production:
        raise click.ClickException("the mock broker does not run in production")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        broker = MitIdBroker(demo_identities(), settings.public_url, port=settings.mitid_port)
    except OSError as error:
        raise click.ClickException(f"port {settings.mitid_port} (PORTAL_MITID_PORT): {error.strerror}") from None
    with broker:
        click.echo(f"people log in with the mock of MitID at {broker.issuer}")
        ended.wait()


if __name__ == "__main__":
    sys.exit(main())
