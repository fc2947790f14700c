"""The doors of passkeys as a patient's browser knocks at them."""

from tests.passkey_device import PasskeyDevice
from tests.people import ALICE

OPTIONS, SHOW = "/v1/session/passkey/options", "/v1/session/passkey"
MINE = "/v1/me/factors/passkey"


def asked_to_make(doors, who=ALICE):
    answer = doors.post(f"{MINE}/options", {"label": "My key"}, who)
    assert answer.status_code == 200, answer.json
    return answer.json["publicKey"]


def made(doors, credential, who=ALICE):
    return doors.post(MINE, {"label": "My key", "credential": credential}, who)


def registered(doors, who=ALICE, device=None):
    device = device or PasskeyDevice()
    answer = made(doors, device.create(asked_to_make(doors, who)), who)
    assert answer.status_code == 201, answer.json
    return device


def options_of(doors, attempt):
    answer = doors.call("POST", OPTIONS, {"attempt": attempt})
    assert answer.status_code == 200, answer.json
    return answer.json["publicKey"]


def begun(doors, who=ALICE, **changes):
    """Return a new attempt with what its browser is asked."""
    attempt = doors.begin(who, **changes).json["attempt"]
    return attempt, options_of(doors, attempt)


def shown(doors, attempt, credential):
    return doors.call("POST", SHOW, {"attempt": attempt, "credential": credential})


def ids(options):
    return [each["id"] for each in options["allowCredentials"]]
