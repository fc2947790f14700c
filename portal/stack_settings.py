"""What the one-command stack asks of the settings, and what it tells its children."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from portal.mitid_pages.books import CLIENT_ID
from portal.redis_server import RedisChoice


class StackSettings(Protocol):
    """What the stack asks of the settings."""

    @property
    def data_dir(self) -> Path:
        """The folder of everything the stack writes."""

    @property
    def database_url(self) -> str:
        """Where the database is."""

    @property
    def redis_url(self) -> str | None:
        """A Redis run by somebody else."""

    @property
    def api_port(self) -> int:
        """Port of the portal."""

    @property
    def winplc_port(self) -> int:
        """Port of the WinPLC mock."""

    @property
    def mail_page_port(self) -> int:
        """Port of the mail catcher's page."""

    @property
    def smtp_port(self) -> int:
        """Port where the mail catcher takes mail."""

    @property
    def sms_url(self) -> str:
        """A gateway for text messages run by somebody else; without one the mail catcher takes them."""

    @property
    def redis_port(self) -> int:
        """Port of a Redis of our own."""

    @property
    def mitid_issuer(self) -> str:
        """A broker of MitID run by somebody else."""

    @property
    def mitid_port(self) -> int:
        """Port of the mock broker."""


def own_mitid(settings: StackSettings) -> bool:
    """Whether the stack starts the mock broker: no other is named."""
    return not settings.mitid_issuer


def ports_of(settings: StackSettings, redis: RedisChoice) -> dict[str, int]:
    """Return the ports that the stack itself needs, by the variable that changes each."""
    ports = {
        "PORTAL_API_PORT": settings.api_port,
        "PORTAL_WINPLC_PORT": settings.winplc_port,
        "PORTAL_MAIL_PAGE_PORT": settings.mail_page_port,
        "PORTAL_SMTP_PORT": settings.smtp_port,
    }
    ports |= {"PORTAL_MITID_PORT": settings.mitid_port} if own_mitid(settings) else {}
    return ports | ({"PORTAL_REDIS_PORT": settings.redis_port} if redis.command else {})


def environment(settings: StackSettings, redis: RedisChoice) -> Mapping[str, str]:
    """Return what every process of ours is told: the same settings; and lines arrive as they are written."""
    return {
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "PORTAL_DATA_DIR": str(settings.data_dir.resolve()),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_REDIS_URL": redis.url,
        "PORTAL_SMS_URL": settings.sms_url or f"http://127.0.0.1:{settings.mail_page_port}/sms",
        **{variable: str(port) for variable, port in ports_of(settings, redis).items()},
        **(_mock_broker(settings) if own_mitid(settings) else {}),
    }


def _mock_broker(settings: StackSettings) -> Mapping[str, str]:
    return {
        "PORTAL_MITID_ISSUER": f"http://localhost:{settings.mitid_port}",
        "PORTAL_MITID_CLIENT_ID": CLIENT_ID,
        "PORTAL_MITID_BROKER": "mock",
    }


def mock_environment(settings: StackSettings, winplc_seed: Path) -> Mapping[str, str]:
    """Return what the WinPLC mock is told."""
    return {
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "WINPLC_MOCK_PORT": str(settings.winplc_port),
        "WINPLC_MOCK_DATABASE": str(settings.data_dir.resolve() / "winplc-mock.db"),
        "WINPLC_MOCK_PORTAL_URL": f"http://127.0.0.1:{settings.api_port}",
        "WINPLC_MOCK_ROBOT": os.environ.get("WINPLC_MOCK_ROBOT", "1"),
        "WINPLC_MOCK_SEED": str(winplc_seed.resolve()),
    }
