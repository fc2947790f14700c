"""A new password by a mailed link: judged by what its clinic asks and its owner is known by; hashes grow dearer."""

import pytest

from identity.passwords import Cost, Passwords
from identity.tokens import log_in_code
from storage.links import put_link
from storage.log_ins import LogIns
from storage.registers import ACCOUNT
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.delivery import Handover, Receipt
from workflows.recovery import Finding


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def linked(doors, who=ALICE):
    """Take a recovery of the persona's to its mail and return the link's token."""
    house = doors.house
    request = house.recovery(who)
    house.carry_out(request, "delivered", Receipt(reference="W-000001"))
    house.advance(request, "matched", Finding(finding="match"), person=house.people[who])
    with house.database.writing() as connection:
        token = put_link(connection, house.keyring, request, house.clock())
    house.carry_out(request, "notified", Handover(), destination="mail")
    return token


def completed(doors, token, password):
    body = {"clinic": "nygade", "token": token, "password": password}
    return doors.call("POST", "/v1/recoveries/complete", body, Accept_Language="en")


@pytest.mark.rule("ACC-14", "V21")
@pytest.mark.parametrize(
    ("password", "code", "words"),
    [
        ("Nygade-2026", "password_contextual", "clinic's name"),
        ("Xy-610290-0001", "password_contextual", "CPR number"),
        ("Alice-2026", "password_contextual", "mail address"),
        ("Adgangskode1", "password_common", "guessed too easily"),
        ("fjord-2026", "password_too_plain", "upper-case"),
        ("Fjord-2", "password_too_short", "At least 8 characters"),
        ("Fjord-2" * 19, "password_too_long", "At most 128"),
    ],
)
def test_a_weak_password_is_refused_in_words_and_the_link_stays(sqlite_doors, password, code, words):
    token = linked(sqlite_doors)
    refused = completed(sqlite_doors, token, password)
    assert (refused.status_code, refused.json["field"]) == (422, "/password")
    (fault,) = refused.json["errors"]
    assert fault["code"] == code
    assert words in fault["detail"]
    assert password not in refused.text
    assert completed(sqlite_doors, token, "Birk og 9 ravne").status_code == 200


@pytest.mark.rule("V21", "V26")
def test_a_link_of_nobodys_tells_nothing_of_anybody(sqlite_doors):
    assert completed(sqlite_doors, "A" * 43, "Alice-2026").json["code"] == "link_invalid"


@pytest.mark.rule("ACC-14")
def test_a_clinic_that_asks_for_more_gets_it(doors):
    doors.house.settings(shortest_password=12)
    token = linked(doors)
    refused = completed(doors, token, "Fjord-2026")
    assert refused.json["errors"][0]["detail"] == "At least 12 characters."
    assert completed(doors, token, "Fjord-2026-klint").status_code == 200


@pytest.mark.rule("V38")
def test_a_log_in_renews_a_hash_that_has_become_too_cheap(house):
    def hashes():
        return {row.person_id: row.password_hash for row in house.rows(ACCOUNT)}

    dearer = Passwords(Cost(time=2, memory_kib=16))
    log_ins = LogIns(house.database, house.keyring, dearer, house.new_id)
    before = hashes()
    log_ins.begin("nygade", ALICE.cpr, "Wrong-2026", "pages")
    assert hashes() == before
    attempt = log_ins.begin("nygade", ALICE.cpr, ALICE.password, "pages")
    assert log_ins.complete(attempt, log_in_code(house.keyring, attempt))
    renewed = hashes()
    assert "m=16,t=2" in renewed[house.people[ALICE]]
    assert renewed[house.people[BOB]] == before[house.people[BOB]]
    log_ins.begin("nygade", ALICE.cpr, ALICE.password, "pages")
    assert hashes() == renewed
