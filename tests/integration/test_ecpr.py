"""National replacement numbers with letters: a clinic's own decision, at each of its doors (ACC-11, CPR-6)."""

from dataclasses import replace

import pytest

from identity.cpr import Cpr
from identity.tokens import log_in_code
from storage.accounts import cpr_index as index_of
from storage.accounts import cpr_of, person_by_cpr, set_account
from storage.first_words import FirstWords
from storage.numbers import refusal_of
from storage.registers import LOG_IN, LOG_IN_ATTEMPT, PERSON
from tests.builders import ANNE
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.vocabulary import Refusal

XENIA = replace(ALICE, name="Xenia", digits="0203291WQ3", email="xenia@patients.test")
NUMBER = Cpr(XENIA.digits, letters=True)


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def card(doors, number, message=None):
    content = {"cpr": number, "email": None, "no_mitid": True, "services": {}}
    return doors.doors.decide("rights", evt=message, **content)


def medicines(doors):
    content = {"cpr": XENIA.digits, "medicines": [{"key": "panodil", "name": "Panodil"}]}
    return doors.doors.signed("PUT", "/v1/clinic/medicines", doors.doors.call(**content))


def message(doors):
    content = {"cpr": XENIA.digits, "message_id": "M-1", "text": "Call us."}
    return doors.doors.signed("POST", "/v1/clinic/messages", doors.doors.call(**content))


def recovery(doors, number=XENIA.digits):
    body = {"cpr": number, "email": XENIA.email}
    return doors.call("POST", "/v1/clinics/nygade/recoveries", body, Idempotency_Key="a-key-of-the-tests-0")


def enrolment(doors):
    body = {"cpr": XENIA.digits, "email": XENIA.email, "name": "Xenia Prøve"}
    return doors.call("POST", "/v1/clinics/nygade/enrolments", body, Idempotency_Key="a-key-of-the-tests-1")


def every_door(doors):
    return {
        "enrolment": lambda: enrolment(doors),
        "log-in": lambda: doors.begin(XENIA),
        "recovery": lambda: recovery(doors),
        "card": lambda: card(doors, XENIA.digits),
        "medicines": lambda: medicines(doors),
        "message": lambda: message(doors),
    }


@pytest.mark.rule("ACC-11", "CPR-6")
@pytest.mark.parametrize(("language", "words"), [("da", "Ring til klinikken."), ("en", "Phone the clinic.")])
def test_without_the_clinics_word_every_door_refuses_letters_for_what_they_are(doors, language, words):
    before = doors.rows()
    for name, knock in every_door(doors).items():
        doors.client._default_headers = {"Accept-Language": language}
        answer = knock()
        assert (answer.status_code, answer.json["code"], answer.json["layer"]) == (422, "ecpr", "clinic"), name
        assert answer.json["field"] == ("/cpr" if name in {"enrolment", "log-in", "recovery"} else "/content/cpr")
        assert answer.json["next_step"] == words
        assert XENIA.digits not in answer.text
    assert doors.rows() == before
    assert doors.get("/problems/ecpr", who=None).status_code == 200


@pytest.mark.rule("ACC-11", "CPR-6", "CPR-4", "NEW-20")
def test_with_the_clinics_word_the_number_opens_every_door(doors, passwords):
    doors.house.settings(allow_ecpr=True, sign_up="with_approval")
    assert enrolment(doors).status_code == 202
    assert card(doors, "020329-1wq3").status_code == 200
    assert medicines(doors).status_code == 200
    assert message(doors).status_code == 200
    assert recovery(doors).status_code == 202

    house, keyring = doors.house, doors.house.keyring
    with house.database.writing() as connection:
        person = person_by_cpr(connection, index_of(keyring, NUMBER))
        assert cpr_of(connection, keyring, person) == NUMBER
        account = {"email": XENIA.email, "password_hash": passwords.hash(XENIA.password), "language": "da"}
        set_account(connection, keyring, person, now=house.clock(), **account)
    attempt = doors.begin(XENIA).json["attempt"]
    [row] = house.rows(LOG_IN_ATTEMPT)
    assert doors.complete(attempt, log_in_code(keyring, row.id)).status_code == 200
    assert [row.person_id for row in house.rows(LOG_IN)] == [person]


@pytest.mark.rule("ACC-11")
def test_one_clinics_word_opens_no_other_clinics_doors(doors):
    doors.house.settings(allow_ecpr=True)
    assert doors.begin(XENIA).status_code == 202
    assert doors.begin(XENIA, clinic="havnen").json["code"] == "ecpr"


@pytest.mark.rule("ACC-11")
def test_what_comes_in_the_feed_is_refused_like_the_call(house):
    first_words = FirstWords(house.database, house.words, house.ledger)
    content = {"cpr": XENIA.digits, "message_id": "M-1", "text": "Call us."}
    refused = first_words.take(house.clinics["nygade"], "evt-1", ANNE, content)
    assert isinstance(refused, Refusal)
    assert refused.rule.code == "ecpr"
    house.settings(allow_ecpr=True)
    with house.database.reading() as connection:
        assert refusal_of(connection, "nygade", NUMBER) is None


@pytest.mark.rule("CPR-6")
def test_a_local_number_is_taken_nowhere_since_two_people_could_have_it(doors):
    doors.house.settings(allow_ecpr=True)
    people = len(doors.house.rows(PERSON))
    for answer in (card(doors, "0203290WQ3"), recovery(doors, "0203290WQ3")):
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "cpr_ecpr_local")
    assert len(doors.house.rows(PERSON)) == people
