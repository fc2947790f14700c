"""The settings are documented, the sample is usable, and production refuses what is only good for trying out."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from notifications import letters
from portal.settings import Settings
from storage import log_in_attempts
from workflows import recovery

ROOT = Path(__file__).parents[2]
SAFE = {
    "production": True,
    "database_url": "postgresql+psycopg://portal@/portal",
    "redis_url": "redis://127.0.0.1:6379/0",
    "public_url": "https://portal.clinic.example",
    "smtp_starttls": "required",
    "mail_from": "portal@clinic.dk",
}


def _documented():
    table = (ROOT / "docs" / "settings.md").read_text()
    return {name.lower() for name in re.findall(r"^\| `PORTAL_([A-Z_]+)` \|", table, re.MULTILINE)}


def test_every_setting_is_documented_and_nothing_else():
    assert _documented() == set(Settings.model_fields)


def test_the_documented_defaults_are_the_real_ones():
    table = (ROOT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        shown = re.search(rf"^\| `PORTAL_{name.upper()}` \| `([^`]+)` \|", table, re.MULTILINE)
        if shown and field.default not in ("", None):
            real = field.default
            text = str(real).lower() if isinstance(real, bool) else str(real)
            assert shown.group(1) in {text, "[]" if real == () else text}, name


def test_the_sample_parses_as_production_settings(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PORTAL_{name.upper()}", raising=False)
    sample = ROOT / ".env.sample"
    named = re.findall(r"^PORTAL_([A-Z_]+)=", sample.read_text(), re.MULTILINE)
    assert {name.lower() for name in named} <= set(Settings.model_fields)
    with pytest.raises(ValidationError, match="PORTAL_MAIL_FROM"):
        Settings(_env_file=sample)
    assert Settings(_env_file=sample, mail_from="portal@clinic.dk").production


@pytest.mark.parametrize(
    ("name", "unsafe"),
    [
        ("database_url", "sqlite:///portal.db"),
        ("redis_url", None),
        ("public_url", "http://portal.clinic.example"),
        ("smtp_starttls", "never"),
        ("mail_from", "portal@patientportal.example"),
    ],
)
@pytest.mark.rule("V40")
def test_production_refuses(name, unsafe):
    assert Settings(_env_file=None, **SAFE).production
    with pytest.raises(ValidationError, match=f"PORTAL_{name.upper()}"):
        Settings(_env_file=None, **SAFE | {name: unsafe})


@pytest.mark.parametrize(
    ("name", "unsafe"), [("mitid_issuer", "http://broker.example"), ("mitid_broker", "mock"), ("mitid_client_id", "")]
)
def test_production_refuses_a_broker_of_mitid_that_is_not_safe(name, unsafe):
    named = {"mitid_issuer": "https://broker.example", "mitid_client_id": "portal", "mitid_broker": "criipto"}
    assert Settings(_env_file=None, **SAFE | named).production
    with pytest.raises(ValidationError, match=f"PORTAL_{name.upper()}"):
        Settings(_env_file=None, **SAFE | named | {name: unsafe})


@pytest.mark.rule("LOG-3", "REC-4")
def test_what_the_letters_promise_is_what_the_portal_keeps():
    assert log_in_attempts.CODE_LIVES.total_seconds() == letters.LOGIN_CODE_MINUTES * 60
    assert recovery.LINK_LIVES.total_seconds() == letters.RECOVERY_LINK_MINUTES * 60
