"""Authenticator apps: codes of six digits for every thirty seconds (RFC 6238), each of them good once."""

import base64
import secrets
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

ISSUER = "Patientportal"
STEP_SECONDS = 30
STEPS_OFF = 1
_SECRET_BYTES = 20


def new_app_secret() -> str:
    """Return a new shared secret of 160 bits, in base 32 as apps read it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def app_uri(secret: str, account: str) -> str:
    """Return the `otpauth:` address that an app takes up, as a picture or a link; it holds the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    """Return the step that the code belongs to: at most one off from now, and later than the last one used.

    Every step in reach is compared, so the time says nothing of which one fits.
    """
    app, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    reach = range(present - STEPS_OFF, present + STEPS_OFF + 1)
    fitting = [step for step in reach if strings_equal(app.generate_otp(step), code) and step > after]
    return fitting[0] if fitting else None
