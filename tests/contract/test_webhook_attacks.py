"""Forged, changed, moved and repeated calls of a clinic's system, through the whole application: none has an effect."""

import base64
import json
from dataclasses import dataclass, field

import pytest

from identity.webhooks import TOLERANCE_SECONDS, sign
from storage import operations
from storage.registers import ACCESS
from storage.webhook_secrets import add_secret, retire_secrets
from tests.furnishing import SECRET
from tests.knocking import Doors

HAVNENS = "whsec_" + base64.b64encode(b"the secret of Havnen, 32 bytes..").decode()
STRANGERS = "whsec_" + base64.b64encode(b"a secret that nobody was given..").decode()
LONG_AGO = 8 * 24 * 3600
MISSING, WRONG, STALE = (401, "signature_missing"), (401, "signature_wrong"), (400, "timestamp_stale")


@dataclass
class Caller:
    """Somebody with a clinic's system in hand, or with what they have caught of it."""

    doors: Doors
    request: object
    secret: str = SECRET
    noted: list = field(default_factory=list)

    @property
    def now(self):
        return int(self.doors.house.clock().timestamp())

    def body(self, text="Yes."):
        return json.dumps(self.doors.call(message_id="M-1", text=text)).encode()

    def headers(self, body, *, message="evt-1", moved=0, secret=None, timestamp=None):
        at = self.now + moved if timestamp is None else timestamp
        signed = sign([secret or self.secret], message, at, body).headers()
        return {"webhook-clinic": "nygade", "content-type": "application/json"} | signed

    def send(self, headers, body, path=None, **more):
        path = path or f"/v1/clinic/requests/{self.request}/answer"
        return self.doors.client.simulate_request("POST", path, headers=headers, body=body, **more)


@pytest.fixture
def caller(house, passwords):
    doors = Doors.of(house, passwords)
    request = house.delivered(house.e_kons())
    with house.database.writing() as connection:
        havnen = house.clinics["havnen"].clinic
        retire_secrets(connection, havnen, house.clock(), operations.OVERLAP - operations.OVERLAP)
        add_secret(connection, house.keyring, house.new_id(), havnen, HAVNENS, house.clock())
    return Caller(doors, request)


def refused(caller, answer, expected):
    """Return whether the call was refused as expected and left nothing, then or later."""
    assert (answer.status_code, answer.json["code"]) == expected
    assert caller.doors.house.walked(caller.request) == ["submit", "delivered"]
    assert caller.doors.kept()["inbox"] == 0
    return True


def changed(name, change):
    """Return an attack that changes one header of a call that is right otherwise."""
    return lambda headers: headers | {name: change(headers[name])}


def _flipped(signature):
    mac = bytearray(base64.b64decode(signature.removeprefix("v1,")))
    mac[-1] ^= 1
    return "v1," + base64.b64encode(bytes(mac)).decode()


FALSE = "v1," + base64.b64encode(bytes(32)).decode()
LISTS = {
    "empty": (lambda _: "", MISSING),
    "a space": (lambda _: " ", MISSING),
    "no version": (lambda right: right.removeprefix("v1,"), WRONG),
    "only a version": (lambda _: "v1,", WRONG),
    "the public-key version": (lambda right: right.replace("v1,", "v1a,"), WRONG),
    "a version to come": (lambda right: right.replace("v1,", "v2,"), WRONG),
    "upper-case version": (lambda right: right.replace("v1,", "V1,"), WRONG),
    "one bit changed": (_flipped, WRONG),
    "cut short": (lambda right: right[:-8], WRONG),
    "another padding": (lambda right: right.rstrip("="), WRONG),
    "letter case": (str.swapcase, WRONG),
    "url-safe letters": (lambda right: right.replace("+", "-").replace("/", "_") + "-", WRONG),
    "hexadecimal": (lambda right: "v1," + base64.b64decode(right.removeprefix("v1,")).hex(), WRONG),
    "commas between": (lambda right: f"{FALSE},{right}", WRONG),
    "semicolons between": (lambda right: f"{FALSE};{right}", WRONG),
    "a tab between": (lambda right: f"{FALSE}\t{right}", MISSING),
    "a line break between": (lambda right: f"{FALSE}\n{right}", MISSING),
    "a null byte": (lambda right: f"{right}\x00", MISSING),
    "other letters": (lambda _: "v1,æøå", MISSING),
    "the right one too far back": (lambda right: " ".join([*[FALSE] * 8, right]), WRONG),
    "a thousand false ones": (lambda right: " ".join([*[FALSE] * 1000, right]), MISSING),
    "very long": (lambda _: "v1," + "A" * 100_000, MISSING),
}


@pytest.mark.rule("F22", "V17")
@pytest.mark.parametrize("trick", LISTS)
def test_no_trick_with_the_list_of_signatures_passes(caller, trick):
    change, expected = LISTS[trick]
    body = caller.body()
    assert refused(caller, caller.send(changed("webhook-signature", change)(caller.headers(body)), body), expected)


@pytest.mark.parametrize("place", range(8))
def test_the_right_signature_is_found_among_false_ones(caller, place):
    """As in a rotation: the receiver may know any of the secrets that signed."""
    body = caller.body()
    headers = caller.headers(body)
    offered = [FALSE] * 7
    offered.insert(place, headers["webhook-signature"])
    assert caller.send(headers | {"webhook-signature": " ".join(offered)}, body).status_code == 200


@pytest.mark.rule("F22", "V17")
@pytest.mark.parametrize("name", ["webhook-clinic", "webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed_once(caller, name):
    body = caller.body()
    headers = caller.headers(body)
    assert refused(caller, caller.send({key: headers[key] for key in headers if key != name}, body), MISSING)
    twice = [*headers.items(), (name, headers[name])]  # a server joins the two with a comma
    answer = caller.send(twice, body)
    assert refused(caller, answer, WRONG if name in {"webhook-id", "webhook-signature"} else MISSING)


FORGERIES = {
    "a stranger's secret": {"secret": STRANGERS},
    "the other clinic's secret": {"secret": HAVNENS},
    "an empty secret": {"secret": "whsec_"},
}


@pytest.mark.rule("F22", "V17", "I6")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_only_the_clinics_own_secret_signs_for_it(caller, forgery):
    body = caller.body()
    before = len(caller.doors.house.rows(ACCESS, ACCESS.c.outcome == "signature_wrong"))
    assert refused(caller, caller.send(caller.headers(body, **FORGERIES[forgery]), body), WRONG)
    noted = caller.doors.house.rows(ACCESS, ACCESS.c.outcome == "signature_wrong")
    assert len(noted) == before + 1
    assert noted[-1].clinic_id is None  # nobody has shown to be a clinic


@pytest.mark.rule("F22", "I6")
@pytest.mark.parametrize(
    ("clinic", "expected"),
    [("havnen", WRONG), ("nowhere", WRONG), ("Nygade", MISSING), ("nygade,havnen", MISSING), ("../nygade", MISSING)],
)
def test_a_call_is_no_other_clinics(caller, clinic, expected):
    body = caller.body()
    assert refused(caller, caller.send(caller.headers(body) | {"webhook-clinic": clinic}, body), expected)


@pytest.mark.rule("F22", "V17")
@pytest.mark.parametrize(
    "change",
    [
        lambda headers, body: (headers | {"webhook-id": "evt-2"}, body),
        lambda headers, body: (headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, body),
        lambda headers, body: (headers | {"webhook-timestamp": "0" + headers["webhook-timestamp"]}, body),
        lambda headers, body: (headers, body.replace(b"Yes.", b"No!!")),
        lambda headers, body: (headers, body + b" "),
        lambda headers, body: (headers, b"\xef\xbb\xbf" + body),
        lambda headers, body: (headers, body[:-1]),
        lambda headers, body: (headers, b""),
        # The dots between id, timestamp and body cannot be moved from one into the other.
        lambda headers, body: (
            headers | {"webhook-id": f"evt-1.{headers['webhook-timestamp']}", "webhook-timestamp": "1"}, body,
        ),
    ],
    ids=["id", "time", "a zero before the time", "words", "a space", "byte order mark", "cut", "none", "moved dots"],
)  # fmt: skip
def test_whatever_is_changed_on_the_way_is_noticed(caller, change):
    body = caller.body()
    assert refused(caller, caller.send(*change(caller.headers(body), body)), WRONG)


@pytest.mark.rule("F21")
@pytest.mark.parametrize("moved", [-LONG_AGO, -TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1, LONG_AGO])
def test_a_new_call_of_another_time_is_refused(caller, moved):
    body = caller.body()
    assert refused(caller, caller.send(caller.headers(body, moved=moved), body), STALE)


@pytest.mark.rule("F21")
@pytest.mark.parametrize("timestamp", ["-1", "1e9", "1790000000.0", " 1790000000", "١٧٩", "", "9" * 13])
def test_a_time_that_is_none_is_refused_even_when_it_is_signed(caller, timestamp):
    body = caller.body()
    headers = caller.headers(body, timestamp=timestamp) | {"webhook-timestamp": timestamp}
    answer = caller.send(headers, body)
    assert answer.status_code in {400, 401}
    assert refused(caller, answer, (answer.status_code, answer.json["code"]))
