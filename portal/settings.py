"""The process settings: one frozen object, read once from the environment. Clinics' settings are rows, not these."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Every setting is `PORTAL_` and the name in capitals; each is described in docs/settings.md.

    Raises:
        pydantic.ValidationError: a value is unusable, or production is asked for with a setting that is not safe there.
    """

    model_config = SettingsConfigDict(env_prefix="PORTAL_", env_file=".env", extra="ignore", frozen=True)

    production: bool = False
    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str | None = None
    key_file: Path | None = None
    files_dir: Path | None = None
    clamd: str | None = None
    public_url: str = ""
    history_name: str = ""

    api_port: Port = 8000
    api_threads: Annotated[int, Field(ge=1, le=64)] = 8
    trusted_proxies: tuple[str, ...] = ()
    metrics_token: SecretStr | None = None

    worker_processes: Annotated[int, Field(ge=1, le=64)] = 1
    worker_threads: Annotated[int, Field(ge=1, le=64)] = 8
    lease_seconds: Annotated[float, Field(ge=1, le=300)] = 6
    feed_seconds: Annotated[float, Field(ge=1, le=3600)] = 30
    retry_scale: Annotated[float, Field(gt=0, le=10)] = 1
    winplc_seconds: Annotated[float, Field(ge=0.1, le=20)] = 15

    mail_from: str = "portal@patientportal.example"
    smtp_host: str = "localhost"
    smtp_port: Port = 8025
    smtp_starttls: Literal["required", "never"] = "never"
    smtp_user: str | None = None
    smtp_password_file: Path | None = None

    sms_url: str = ""
    sms_key_file: Path | None = None
    sms_sender: str = "Klinikken"
    sms_body: str = '{"to": "{to}", "from": "{from}", "text": "{text}"}'

    password_memory_kib: Annotated[int, Field(ge=8, le=1024 * 1024)] = 19 * 1024
    password_passes: Annotated[int, Field(ge=1, le=20)] = 2

    mitid_issuer: str = ""
    mitid_client_id: str = ""
    mitid_client_secret_file: Path | None = None
    mitid_broker: Literal["signaturgruppen", "e_ident", "criipto", "mock"] = "mock"

    winplc_port: Port = 8100
    mail_page_port: Port = 8200
    mitid_port: Port = 8300
    redis_port: Port = 8379

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        """Derive what follows from other settings."""
        derived: dict[str, object] = {
            "database_url": f"sqlite:///{self.data_dir.resolve() / 'portal.db'}",
            "key_file": self.data_dir / "keys" / "master.key",
            "public_url": f"http://localhost:{self.api_port}",
        }
        for name, value in derived.items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)
        if not self.history_name:
            object.__setattr__(self, "history_name", f"{urlsplit(self.public_url).hostname}/audit/1")
        return self

    @model_validator(mode="after")
    def _known_to_the_broker(self) -> Self:
        """Refuse a broker to whom the portal has no name."""
        if self.mitid_issuer and not self.mitid_client_id:
            raise ValueError("PORTAL_MITID_CLIENT_ID must be set with PORTAL_MITID_ISSUER")
        return self

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        """Refuse settings that are only good for trying the portal out."""
        if not self.production:
            return self
        unsafe = {
            "PORTAL_DATABASE_URL must name a PostgreSQL database": not self.database_url.startswith("postgresql"),
            "PORTAL_REDIS_URL must be set": self.redis_url is None,
            "PORTAL_PUBLIC_URL must begin with https://": not self.public_url.startswith("https://"),
            "PORTAL_SMTP_STARTTLS must be required": self.smtp_starttls != "required",
            "PORTAL_MAIL_FROM must be an address of your own": self.mail_from.endswith(".example"),
            "PORTAL_SMS_URL must begin with https://": bool(self.sms_url) and not self.sms_url.startswith("https://"),
            **self._unsafe_broker(),
        }
        if any(unsafe.values()):
            raise ValueError("; ".join(message for message, is_unsafe in unsafe.items() if is_unsafe))
        return self

    def _unsafe_broker(self) -> dict[str, bool]:
        """Return what is wrong with the broker of MitID, if one is connected."""
        connected = bool(self.mitid_issuer)
        return {
            "PORTAL_MITID_ISSUER must begin with https://": connected and not self.mitid_issuer.startswith("https://"),
            "PORTAL_MITID_BROKER must be a real broker": connected and self.mitid_broker == "mock",
        }

    @property
    def files_folder(self) -> Path:
        """The folder that holds the bytes of files."""
        return self.files_dir or self.data_dir / "files"

    @property
    def master_key_file(self) -> Path:
        """The file that holds the master key."""
        return self.key_file or self.data_dir / "keys" / "master.key"
