"""Codes of an authenticator app: those of the RFC, half a minute around now, and never an older one again."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from identity.authenticator import app_uri, new_app_secret, step_of

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of RFC 6238, appendix B, in base 32; its codes there have eight digits, ours are the last six."""


@pytest.mark.rule("V28")
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_of_the_standard_are_known(seconds, code):
    now = datetime.fromtimestamp(seconds, UTC)
    assert step_of(RFC_SECRET, code, now, after=0) == seconds // 30


@pytest.mark.rule("V28")
def test_no_code_of_a_step_that_was_used_or_of_an_earlier_one_fits():
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    present = int(now.timestamp()) // 30
    codes = {off: pyotp.TOTP(RFC_SECRET).at(now + timedelta(seconds=30 * off)) for off in (-2, -1, 0, 1, 2)}
    assert [off for off, code in codes.items() if step_of(RFC_SECRET, code, now, after=0)] == [-1, 0, 1]
    assert [off for off, code in codes.items() if step_of(RFC_SECRET, code, now, after=present)] == [1]
    assert step_of(RFC_SECRET, codes[1], now, after=present + 1) is None


def test_secrets_are_long_and_differ():
    first, second = new_app_secret(), new_app_secret()
    assert first != second
    assert len(first) == 32
    assert app_uri(first, "My phone").startswith("otpauth://totp/Patientportal:My%20phone?secret=" + first)
