"""Passkeys: made by a fresh log-in, shown at the next one; whatever does not fit exactly opens nothing."""

from datetime import timedelta

import pytest

from storage.factor_registers import SECOND_FACTOR
from storage.models import OUTBOX
from storage.passkeys import CHALLENGE_LIVES
from storage.registers import ACCESS, LOG_IN
from storage.second_factors import FRESH, MOST_FACTORS
from tests.passkey_device import PasskeyDevice
from tests.passkey_doors import MINE, asked_to_make, begun, ids, made, options_of, registered, shown
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


@pytest.mark.rule("LOG-1", "V23", "V24")
def test_a_passkey_is_made_told_listed_and_logs_in(doors):
    device = registered(doors)
    (mine,) = doors.get("/v1/me/factors").json["factors"]
    assert (mine["kind"], mine["label"], mine["used_at"]) == ("passkey", "My key", None)
    assert [row.letter for row in doors.house.rows(OUTBOX)] == ["factor_added"]

    attempt, options = begun(doors)
    assert doors.house.to_be_mailed("login_code") == []
    answer = shown(doors, attempt, device.get(options))
    assert (answer.status_code, answer.json["better_factor_offered"]) == (200, False)
    assert {row.auth for row in doors.house.rows(LOG_IN)} == {"password+code", "password+passkey"}
    assert doors.call("GET", "/v1/me", Authorization=f"Bearer {answer.json['token']}").status_code == 200
    assert shown(doors, attempt, device.get(options)).status_code == 401
    assert len(doors.house.rows(ACCESS, ACCESS.c.act == "patient.factor.change")) == 1


@pytest.mark.rule("V28")
@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "http://localhost.evil.example"},
        {"origin": "https://localhost"},
        {"rp": "evil.example"},
        {"challenge": "AAAA"},
        {"flags": 0},
        {"type": "webauthn.create"},
        {"counter": 0},
        {"user": b"somebody else"},
    ],
    ids=" ".join,
)
def test_an_answer_that_is_not_for_this_site_and_challenge_opens_nothing(sqlite_doors, lies):
    device = registered(sqlite_doors, device=PasskeyDevice(counter=7))
    attempt, options = begun(sqlite_doors)
    refused = shown(sqlite_doors, attempt, device.get(options, **lies))
    assert (refused.status_code, refused.json["code"]) == (401, "code_wrong")
    device.counter = 7
    assert shown(sqlite_doors, attempt, device.get(options)).status_code == 401, "the challenge is used up"
    assert shown(sqlite_doors, attempt, device.get(options_of(sqlite_doors, attempt))).status_code == 200


@pytest.mark.rule("V28")
def test_a_count_that_goes_back_opens_nothing(sqlite_doors):
    device = registered(sqlite_doors)
    for counter, status in ((5, 200), (5, 401), (3, 401), (6, 200)):
        attempt, options = begun(sqlite_doors)
        assert shown(sqlite_doors, attempt, device.get(options, counter=counter)).status_code == status


def test_any_of_ones_passkeys_will_do(sqlite_doors):
    devices = [registered(sqlite_doors) for _ in range(3)]
    for device in (devices[1], devices[2], devices[0]):
        attempt, options = begun(sqlite_doors)
        assert len(ids(options)) == 3
        assert shown(sqlite_doors, attempt, device.get(options)).status_code == 200


def test_a_device_that_never_counts_is_taken_every_time(sqlite_doors):
    device = registered(sqlite_doors)
    for _ in range(2):
        attempt, options = begun(sqlite_doors)
        assert shown(sqlite_doors, attempt, device.get(options, counter=0)).status_code == 200


@pytest.mark.rule("V28", "V29")
def test_a_challenge_is_good_once_for_its_own_attempt_and_five_minutes(doors):
    device = registered(doors)
    first, asked_first = begun(doors)
    second, asked_second = begun(doors)
    assert shown(doors, second, device.get(asked_first)).status_code == 401, "the challenge of another attempt"
    assert shown(doors, first, device.get(asked_first)).status_code == 401, "the newer attempt ended this one"
    again = options_of(doors, second)
    newest = options_of(doors, second)
    assert shown(doors, second, device.get(again)).status_code == 401, "only the newest challenge stands"
    late = options_of(doors, second)
    doors.house.clock.now += CHALLENGE_LIVES
    assert shown(doors, second, device.get(late)).status_code == 401
    assert len({asked_first["challenge"], asked_second["challenge"], newest["challenge"], late["challenge"]}) == 4


@pytest.mark.rule("V28", "V44")
def test_of_those_who_show_one_answer_at_the_same_moment_one_comes_in(doors, at_once):
    device = registered(doors)
    attempt, options = begun(doors)
    answer = device.get(options)
    statuses = at_once([lambda: shown(doors, attempt, answer).status_code] * 4)
    assert sorted(statuses) == [200, 401, 401, 401]


@pytest.mark.rule("V29", "V32")
def test_another_persons_passkey_opens_nothing(doors):
    alices = registered(doors)
    bobs = registered(doors, BOB)
    attempt, options = begun(doors)
    assert shown(doors, attempt, bobs.get(options)).status_code == 401
    bobs.id = alices.id  # what an attacker can know of hers, under his own key
    assert shown(doors, attempt, bobs.get(options_of(doors, attempt), user=alices.user)).status_code == 401
    assert shown(doors, attempt, alices.get(options_of(doors, attempt))).status_code == 200


@pytest.mark.rule("V32")
def test_a_passkey_belongs_to_one_person(doors):
    device = registered(doors)
    for who in (ALICE, BOB):
        refused = made(doors, device.create(asked_to_make(doors, who)), who)
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "passkey_wrong")
    assert len(doors.house.rows(SECOND_FACTOR)) == 1


@pytest.mark.parametrize("lies", [{"origin": "http://evil.example"}, {"rp": "evil.example"}, {"challenge": "AAAA"}])
def test_a_passkey_made_for_something_else_is_not_stored(sqlite_doors, lies):
    refused = made(sqlite_doors, PasskeyDevice().create(asked_to_make(sqlite_doors), **lies))
    assert (refused.status_code, refused.json["field"]) == (422, "/credential")
    assert sqlite_doors.house.rows(SECOND_FACTOR) == []


@pytest.mark.rule("V28")
def test_a_passkey_is_made_for_the_challenge_of_its_own_log_in_once(sqlite_doors):
    device, options = PasskeyDevice(), asked_to_make(sqlite_doors)
    assert made(sqlite_doors, device.create(options), BOB).status_code == 422
    assert made(sqlite_doors, device.create(options)).status_code == 201
    assert made(sqlite_doors, PasskeyDevice().create(options)).status_code == 422
    options = asked_to_make(sqlite_doors)
    assert [each["id"] for each in options["excludeCredentials"]] == [device.create(options)["id"]]
    sqlite_doors.house.clock.tick(CHALLENGE_LIVES.total_seconds())
    assert made(sqlite_doors, PasskeyDevice().create(options)).status_code == 422


@pytest.mark.rule("V31")
def test_making_one_needs_a_fresh_log_in_and_showing_one_again_makes_it_fresh(doors):
    device = registered(doors)
    doors.house.clock.now += FRESH + timedelta(seconds=1)
    assert doors.post(f"{MINE}/options", {"label": "x"}).json["code"] == "log_in_not_fresh"
    options = doors.post(f"{MINE}/proof/options", None).json["publicKey"]
    stranger = PasskeyDevice()
    assert doors.post(f"{MINE}/proof", {"credential": stranger.get(options)}).status_code == 422
    options = doors.post(f"{MINE}/proof/options", None).json["publicKey"]
    assert ids(options) == [device.get(options)["id"]]
    assert doors.post(f"{MINE}/proof", {"credential": device.get(options)}).status_code == 204
    assert doors.post(f"{MINE}/options", {"label": "x"}).status_code == 200


def test_there_is_room_for_a_few_passkeys(sqlite_doors):
    for _ in range(MOST_FACTORS):
        registered(sqlite_doors)
    full = made(sqlite_doors, PasskeyDevice().create(asked_to_make(sqlite_doors)))
    assert (full.status_code, full.json["code"]) == (409, "already_enough")


def test_neither_key_nor_credential_is_stored_in_clear(doors):
    device = registered(doors)
    held = repr(doors.house.rows(SECOND_FACTOR)).encode("unicode_escape")
    assert repr(device.id)[2:-1].encode("unicode_escape") not in held
    assert b"My key" not in held


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "not base64!"}, "/credential/id"),
        ({"type": "password"}, "/credential/type"),
        ({"response": {}}, "/credential/response/clientDataJSON"),
        ({"more": 1}, "/credential/more"),
    ],
)
def test_an_answer_of_another_shape_names_the_field(sqlite_doors, change, field):
    attempt, options = begun(sqlite_doors)
    answer = shown(sqlite_doors, attempt, PasskeyDevice().get(options) | change)
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_bytes_that_are_no_passkey_are_refused_like_any_other(sqlite_doors):
    device = registered(sqlite_doors)
    for member in ("clientDataJSON", "authenticatorData", "signature"):
        attempt, options = begun(sqlite_doors)
        credential = device.get(options)
        credential["response"][member] = "A"
        assert shown(sqlite_doors, attempt, credential).status_code == 401
    options = asked_to_make(sqlite_doors)
    credential = PasskeyDevice().create(options)
    credential["response"]["attestationObject"] = "oWNmbXRkbm9uZQ"
    assert made(sqlite_doors, credential).status_code == 422
