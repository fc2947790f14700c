"""An authenticator app as a patient or an auditor has one: it knows a secret and the time."""

from datetime import timedelta

import pyotp


class AuthenticatorApp:
    """Shows codes for a secret by the clock it is given."""

    def __init__(self, secret, clock):
        self.secret, self._clock = secret, clock

    def code(self, steps=0):
        """Return the code of now, or of some steps of thirty seconds later."""
        return pyotp.TOTP(self.secret).at(self._clock() + timedelta(seconds=30 * steps))

    def wrong(self):
        """Return six digits that are no code of this app within reach."""
        near = {self.code(steps) for steps in range(-2, 3)}
        return next(code for number in range(10) if (code := f"{number:06d}") not in near)
