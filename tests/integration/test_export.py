"""A patient takes along everything that the portal holds about them, as a document and as a page (GDPR 15 and 20)."""

import hashlib
import re
from base64 import b64encode
from datetime import datetime

import pytest
from pydantic import TypeAdapter
from sqlalchemy import event

from api.patient.export_shapes import Export
from identity.subject import Patient
from storage import portability
from storage.accounts import membership_key
from storage.holds import hold_content
from storage.merging import merge
from storage.models import MESSAGE
from storage.sealing import destroy_key
from storage.stops import note_stop
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.recovery import Finding

PAGE = "/v1/me/export.html"
VISITS = ("remind_minutes", "times_agreed_at", "times_ended_at", "calendar_made_at")


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def exported(doors, who=ALICE, **headers):
    answer = doors.get("/v1/me/export", who, **headers)
    assert answer.status_code == 200
    TypeAdapter(Export).validate_json(answer.content)
    return answer.json


def lived(house):
    """Return requests of Alice's: answered at one clinic, waiting at the other."""
    here, there = house.delivered(house.e_kons("sentinel-question")), house.e_kons("There.", clinic="havnen")
    house.answer(here)
    return here, there


@pytest.mark.rule("LAW-6", "NEW-6")
def test_everything_is_in_it(doors):
    here, there = lived(doors.house)
    doors.complete(doors.begin().json["attempt"])
    doors.get(f"/v1/requests/{there}")
    held = exported(doors, Accept_Language="en")
    account = held["account"]
    assert account["id"] == str(doors.house.people[ALICE])
    assert (account["email"], account["language"]) == (ALICE.email, "da")
    assert [(each["number"], each["until"]) for each in account["numbers"]] == [(ALICE.digits, None)]
    assert [each["clinic"] for each in held["memberships"]] == ["havnen", "nygade"]
    assert [one["name"] for one in held["memberships"][1]["medicines"]] == ["Panodil", "Metformin", "Stesolid"]
    by_id = {each["id"]: each for each in held["requests"]}
    assert set(by_id) == {str(here), str(there)}
    assert [each["content"]["text"] for each in by_id[str(here)]["messages"]] == ["sentinel-question", "Answer 1."]
    assert [step["trigger"] for step in by_id[str(here)]["steps"]] == ["submit", "delivered", "answer"]
    assert by_id[str(here)]["steps"][0]["sentence"] == "Patient: sends."
    assert {each["auth"] for each in held["log_ins"]} == {"password+code"}
    assert {"patient.me.export", "patient.request.read"} <= {each["act"] for each in held["accesses"]}


@pytest.mark.rule("LAW-6", "BOO-15", "NEW-12")
def test_what_was_chosen_about_appointments_and_what_stopped_a_message_is_in_it(doors):
    house = doors.house
    made = house.clock()
    assert exported(doors)["account"]["visits"] == dict.fromkeys(VISITS) | {"remind_minutes": 1440}
    doors.call("PUT", "/v1/me/reminders", {"minutes_before": None, "times_in_mail": True}, ALICE)
    address = doors.call("PUT", "/v1/me/calendar", who=ALICE).json["url"]
    person, nygade = house.people[ALICE], house.clinics["nygade"].clinic
    with house.database.writing() as connection:
        key, signs = membership_key(connection, house.keyring, person, nygade), ["chest_pain"]
        stop = {"person": person, "clinic": nygade, "version": 1, "signs": signs, "now": made}
        note_stop(connection, key, house.new_id, **stop)
    account = exported(doors)["account"]
    assert account["visits"]["remind_minutes"] is None
    for name in ("calendar_made_at", "times_agreed_at"):
        assert datetime.fromisoformat(account["visits"][name]) == made
    assert [(each["clinic"], each["signs"]) for each in account["stops"]] == [("nygade", ["chest_pain"])]
    page = doors.get(PAGE).text
    for words in ("Aldrig", ": chest_pain", "Hemmelig kalenderadresse lavet", "Ja til tidspunkter i mails"):
        assert words in page, words
    assert address.rpartition("/")[2] not in page


@pytest.mark.rule("LAW-6")
def test_nothing_of_anybody_elses_is_in_it(doors):
    lived(doors.house)
    doors.house.e_kons("sentinel-of-bob", who=BOB)
    text = doors.get("/v1/me/export").text + doors.get(PAGE).text
    for mark in ("sentinel-of-bob", BOB.digits, BOB.email, str(doors.house.people[BOB]), "s1", "Hansen"):
        assert mark not in text, mark


@pytest.mark.rule("EKO-6")
def test_taking_it_along_is_not_reading(doors):
    lived(doors.house)
    exported(doors)
    assert doors.get(PAGE).status_code == 200
    assert {row.read_at for row in doors.house.rows(MESSAGE)} == {None}


@pytest.mark.rule("REC-3")
def test_a_recovery_is_named_and_its_steps_are_not_shown(doors):
    recovery = doors.house.delivered(doors.house.recovery(ALICE))
    doors.house.advance(recovery, "matched", Finding(finding="match"), person=doors.house.people[ALICE])
    [held] = exported(doors)["requests"]
    assert (held["kind"], held["messages"], held["steps"]) == ("recovery", [], [])


@pytest.mark.rule("CPR-5")
def test_what_a_merge_brought_along_is_in_it(doors):
    his = doors.house.e_kons("His.", who=BOB)
    with doors.house.database.writing() as connection:
        ids = {"survivor": doors.house.people[ALICE], "other": doors.house.people[BOB]}
        merge(connection, doors.house.keyring, now=doors.house.clock(), **ids)
    held = exported(doors)
    assert str(his) in {each["id"] for each in held["requests"]}
    assert {each["number"] for each in held["account"]["numbers"]} == {ALICE.digits, BOB.digits}
    assert [each["clinic"] for each in held["memberships"]] == ["havnen", "nygade", "nygade"]


@pytest.mark.rule("V12")
@pytest.mark.parametrize(("who", "title"), [(ALICE, "Alt om dig i Patientportalen"), (BOB, "Everything about you")])
def test_the_page_is_in_the_patients_language_and_nothing_in_it_runs_or_is_fetched(doors, who, title):
    doors.house.e_kons('<script>alert(1)</script> & "quotes" <img src=x onerror=y>', who=who)
    page = doors.get(PAGE, who)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Language"] == who.language
    assert f'<html lang="{who.language}">' in page.text
    assert title in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert not re.search(r"<script|<img|<iframe|<link|<form|<[^>]*\s(on\w+|href|src|style)=|https?://", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)[1]
    assert f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_the_page_says_what_the_document_says(doors):
    lived(doors.house)
    page = doors.get(PAGE).text
    for mark in (ALICE.email, ALICE.digits, "sentinel-question", "Answer 1.", "Panodil", "Lægerne Nygade"):
        assert mark in page, mark


def test_it_costs_so_many_statements_for_each_page_of_rows_and_reads_on_as_it_goes(doors, monkeypatch):
    """One request or many of a page: the same statements; and none of a page that is not asked for."""
    monkeypatch.setattr(portability, "REQUESTS_AT_ONCE", 4)
    counts, database = [], doors.doors.services.database
    doors.doors.patient()
    for more in (1, 2, 4):  # 1, 3 and 7 requests: one page, one page, two pages
        for _ in range(more):
            doors.house.e_kons()
        counts.append(statements(database, lambda: exported(doors)))
    assert counts[0] == counts[1]
    assert counts[2] - counts[1] == 3  # the requests, what was said, what was done
    patient = Patient(doors.house.people[ALICE], doors.house.new_id(), "api")
    everything = portability.Everything(
        doors.house.database, doors.house.keyring, doors.house.ledger.catalogue, patient
    )
    reading = everything.requests()
    assert statements(doors.house.database, lambda: next(reading)) == 3


def statements(database, act):
    seen = []

    def count(_connection, _cursor, words, *_rest):
        if not words.startswith(("BEGIN", "PRAGMA")):
            seen.append(words)

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
    return len(seen)


@pytest.mark.rule("REC-7")
def test_while_content_is_held_back_nothing_is_taken_along(doors):
    with doors.house.database.writing() as connection:
        hold_content(connection, doors.house.people[ALICE], "reset", doors.house.clock())
    for path in ("/v1/me/export", PAGE):
        assert doors.get(path).json["code"] == "content_held"


def test_it_is_not_asked_for_without_end(doors):
    answers = [doors.get("/v1/me/export").status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    assert doors.get("/v1/me/export", BOB).status_code == 200


def test_an_erased_request_is_named_without_its_words(doors):
    here, _ = lived(doors.house)
    with doors.house.database.writing() as connection:
        destroy_key(connection, doors.house.request(here).key_id, doors.house.clock())
    held = {each["id"]: each for each in exported(doors)["requests"]}[str(here)]
    assert held["messages"] == []
    assert len(held["steps"]) == 3
    assert doors.get(PAGE).status_code == 200
