"""Limits at the doors: who is held back, what they are told, and that nobody chooses their own address."""

import re

import pytest

from storage.guesses import FREE_TRIES, FROM_STRANGE
from storage.registers import LOG_IN_ATTEMPT
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID

PROXY = "127.0.0.1"
POLICY, STATE = r'"address-minute";q=30;w=60', r'"address-minute";r=(\d+);t=(\d+)'
UUIDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords)


@pytest.fixture
def behind_proxy(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords, trusted_proxies=(PROXY,))


def look(answer):
    """Return everything that the caller sees, but for ids, and for what is about their address alone."""
    own = ("x-request-id", "ratelimit")
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, UUIDS.sub("id", answer.text), headers


@pytest.mark.rule("LOG-3")
def test_a_try_too_many_is_told_how_long_to_wait_in_both_languages(doors):
    for _ in range(FREE_TRIES):
        assert doors.begin(password="Guess-2026").status_code == 202
    danish, english = doors.begin(), doors.begin(Accept_Language="en")
    assert [(each.status_code, each.json["code"]) for each in (danish, english)] == [(429, "too_many_requests")] * 2
    assert danish.json["detail"] == "Vent lidt, og prøv igen."
    assert english.json["detail"] == "Wait a little, and try again."
    assert danish.headers["Retry-After"] == "1"
    doors.house.clock.tick(1)
    assert doors.begin().status_code == 202


@pytest.mark.rule("LOG-4", "V26")
def test_the_answer_is_one_for_all_byte_for_byte(behind_proxy):
    """ASVS 6.3.8: the right password, a wrong one, nobody's number, one who must use MitID, a number past its bound."""
    answers = [
        behind_proxy.begin(who, clinic, password, X_Forwarded_For=f"192.0.2.{number}")
        for number, (who, clinic, password) in enumerate(
            [
                (ALICE, "nygade", None),
                (ALICE, "nygade", "Wrong-2026"),
                (DAVID, "nygade", None),
                (CARLA, "havnen", None),
                (BOB, "havnen", None),
            ]
        )
    ]
    for number in range(FROM_STRANGE):
        past = behind_proxy.begin(X_Forwarded_For=f"198.51.100.{number}")
    assert len({repr(look(answer)) for answer in [*answers, past]}) == 1
    assert len(behind_proxy.house.rows(LOG_IN_ATTEMPT)) == len(answers) + FROM_STRANGE
    refused = [behind_proxy.complete(answer.json["attempt"]) for answer in [*answers[1:], past]]
    assert {(each.status_code, each.json["code"]) for each in refused} == {(401, "code_wrong")}


@pytest.mark.rule("V10")
def test_every_answer_of_a_door_with_a_limit_says_what_is_left(doors):
    """ASVS 2.4.1, and the headers of draft-ietf-httpapi-ratelimit-headers."""
    answers = [doors.begin(DAVID) for _ in range(FREE_TRIES)] + [doors.begin(BOB)]
    left = []
    for answer in answers:
        assert answer.headers["RateLimit-Policy"] == POLICY
        state = re.fullmatch(STATE, answer.headers["RateLimit"])
        left.append(int(state[1]))
        assert 1 <= int(state[2]) <= 60
    assert left == list(range(29, 29 - len(answers), -1))
    assert "RateLimit" not in doors.call("GET", "/v1/clinics/nygade").headers


@pytest.mark.rule("V10")
def test_an_address_past_its_limit_is_told_when_to_come_again(behind_proxy):
    """ASVS 2.4.1: a burst of guesses at many numbers from one address."""
    answers = [behind_proxy.complete(str(behind_proxy.house.new_id()), "000000") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [401] * 60 + [429]
    assert answers[-1].headers["RateLimit"].startswith('"address-minute";r=0;t=')
    assert answers[-1].headers["Retry-After"] == answers[-1].headers["RateLimit"].rpartition("t=")[2]


@pytest.mark.rule("V15")
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "203.0.113.{}"},
        {"Forwarded": "for=203.0.113.{}"},
        {"X_Real_IP": "203.0.113.{}"},
        {"True_Client_IP": "203.0.113.{}"},
        {"X_Client_IP": "203.0.113.{}", "X_Forwarded_For": "203.0.113.{}, 203.0.113.7"},
    ],
    ids=str,
)
def test_nobody_chooses_their_own_address_where_no_proxy_is_trusted(doors, headers):
    """ASVS 4.1.3: the wait after five tries holds, whatever the caller says of where it comes from."""
    for number in range(FREE_TRIES):
        sent = {name: value.format(number) for name, value in headers.items()}
        assert doors.begin(password="Guess-2026", **sent).status_code == 202
    assert doors.begin(**{name: value.format(99) for name, value in headers.items()}).status_code == 429


@pytest.mark.rule("V15")
@pytest.mark.parametrize("spoofed", ["203.0.113.{}, 192.0.2.7", "{}, 192.0.2.7", "203.0.113.{}, evil, 192.0.2.7"])
def test_behind_our_proxy_only_what_the_proxy_saw_is_believed(behind_proxy, spoofed):
    """ASVS 4.1.3: a caller may write any list; the proxy adds the address it saw at the end, and that one counts."""
    for number in range(FREE_TRIES):
        sent = spoofed.format(number)
        assert behind_proxy.begin(password="Guess-2026", X_Forwarded_For=sent).status_code == 202
    assert behind_proxy.begin(X_Forwarded_For=spoofed.format(99)).status_code == 429
    assert behind_proxy.begin(X_Forwarded_For="198.51.100.9").status_code == 202


def test_neighbours_in_a_network_of_64_bits_are_one_caller(behind_proxy):
    for number in range(FREE_TRIES):
        sent = {"X_Forwarded_For": f"2001:db8:1:2::{number}"}
        assert behind_proxy.begin(password="Guess-2026", **sent).status_code == 202
    assert behind_proxy.begin(X_Forwarded_For="2001:db8:1:2:ffff::1").status_code == 429
    assert behind_proxy.begin(X_Forwarded_For="2001:db8:1:3::1").status_code == 202
