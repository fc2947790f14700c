"""A patient leaves: what opened the account is gone, what waited is taken back, what was said stays (ACC-13)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from identity.outcomes import NotFoundError
from storage.accounts import cpr_index, person_by_cpr
from storage.addresses import forget_told, noticed_address
from storage.columns import METADATA
from storage.holds import hold_content
from storage.housekeeping import sweep
from storage.links import put_link
from storage.mailings import Mailings
from storage.models import MESSAGE, OUTBOX
from storage.recovery_registers import ADDRESS_NOTICE
from storage.registers import ACCOUNT, LOG_IN, LOG_IN_ATTEMPT, MEMBERSHIP, PERSON, RECOVERY_LINK
from storage.visit_registers import CALENDAR_FEED, VISIT_PREFERENCE
from storage.writing_registers import DRAFT
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from workflows.recovery import Finding

YES = {"confirm": True}
AFTER_LEAVING = {
    "account": "stays empty",
    "activation_link": "voided",
    "address_notice": "until its letter is sent",
    "calendar_feed": "removed",
    "content_hold": "stays",
    "draft": "removed",
    "federated_identity": "removed",
    "log_in": "removed",
    "log_in_attempt": "ends, and is swept",
    "medicine_list": "stays with the clinic",
    "membership": "stays as a mark that they left",
    "notice_wish": "removed",
    "person_cpr": "stays, so that the mark is found",
    "request": "stays with the clinic",
    "sealing_key": "stays until it is destroyed",
    "second_factor": "removed",
    "stopped": "stays with the clinic, and is swept",
    "stored_file": "what was not sent goes, and the rest stays with its message",
    "visit_preference": "removed",
    "waiting_entry": "removed, with the request that waits",
}
"""What happens to each table about people when a person leaves; a new one is a decision, in storage/credentials.py."""


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def leave(doors, who=ALICE, clinic=None, body=YES):
    path = "/v1/me" if clinic is None else f"/v1/me/clinics/{clinic}"
    return doors.call("DELETE", path, body, who=who)


def rows_of(house, table, who=ALICE):
    return house.rows(table, table.c.person_id == house.people[who])


def letters_to(house):
    """Return the address that each due letter without a request would go to now."""
    mailings = Mailings(house.keyring, house.ledger.catalogue, house.clock)
    rows = house.rows(OUTBOX, OUTBOX.c.request_id.is_(None), OUTBOX.c.state == "due")
    return [house.worker.claim(row.id, mailings.letter)[1] for row in rows]


@pytest.mark.rule("ACC-13")
def test_what_opened_the_account_is_gone(doors):
    house = doors.house
    doors.begin()
    proof = doors.doors.patient()
    assert leave(doors).status_code == 200
    [account] = rows_of(house, ACCOUNT)
    assert (account.password_hash, account.email_index, account.email_sealed) == (None, None, None)
    assert rows_of(house, LOG_IN) == []
    assert all(row.ended_at for row in rows_of(house, LOG_IN_ATTEMPT))
    assert doors.doors.get("/v1/me", proof).json["code"] == "log_in_ended"
    assert leave(doors).json["code"] == "log_in_ended"
    attempt = doors.begin().json["attempt"]
    assert doors.complete(attempt).json["code"] == "code_wrong"


@pytest.mark.rule("ACC-13", "ACC-5")
def test_every_membership_ends_and_stays_as_a_mark(doors):
    leave(doors)
    spans = rows_of(doors.house, MEMBERSHIP)
    assert [row.until for row in spans] == [doors.house.clock()] * 2
    with doors.house.database.reading() as connection:
        index = cpr_index(doors.house.keyring, ALICE.cpr)
        assert person_by_cpr(connection, index) == doors.house.people[ALICE]


@pytest.mark.rule("ACC-13")
def test_what_was_chosen_about_appointments_and_what_was_not_sent_is_gone(doors):
    house = doors.house
    address = doors.call("PUT", "/v1/me/calendar", who=ALICE).json["url"]
    doors.call("PUT", "/v1/me/reminders", {"minutes_before": 2880}, ALICE)
    for clinic in ("nygade", "havnen"):
        path = f"/v1/clinics/{clinic}/drafts/e_kons"
        doors.call("PUT", path, {"content": {"text": "Not sent."}}, ALICE, If_Match='"0"')
    leave(doors, clinic="havnen")
    assert [row.clinic_id for row in rows_of(house, DRAFT)] == [house.clinics["nygade"].clinic]
    assert len(rows_of(house, VISIT_PREFERENCE)) == 1
    assert leave(doors).status_code == 200
    for table in (CALENDAR_FEED, VISIT_PREFERENCE, DRAFT):
        assert rows_of(house, table) == [], table.name
    assert doors.call("GET", address.removeprefix("http://localhost")).status_code in {404, 401}


@pytest.mark.rule("ACC-13")
def test_what_waits_is_taken_back_and_what_cannot_be_stays_and_is_named(doors):
    house = doors.house
    sent, arrived, opened, answered = (house.e_kons(text) for text in ("One.", "Two.", "Three.", "Four."))
    for request in (arrived, opened, answered):
        house.delivered(request)
    house.say(opened, "open")
    house.answer(answered)
    renewed, booked = house.delivered(house.renewal()), house.booking("slot-1")
    stands = house.delivered(house.booking("slot-2"))
    house.say(stands, "confirm", message_id="M-9")
    answer = leave(doors)
    states = {name: house.state(each) for name, each in locals().items() if name in STATES}
    assert states == STATES
    assert set(answer.json["staying"]) == {str(opened), str(stands)}
    for request in (sent, arrived, opened, answered, renewed, booked, stands):
        assert house.history(request)  # whole, with the withdrawal as the patient's own step
    assert house.history(sent)[-1].actor == "patient"
    assert ("tell_winplc_it_ended", None) in house.outbox(arrived)


STATES = {
    "sent": "withdrawn",
    "arrived": "withdrawn",
    "opened": "delivered",
    "answered": "answered",
    "renewed": "withdrawn",
    "booked": "cancelled_by_patient",
    "stands": "answered",
}


@pytest.mark.rule("ACC-13")
def test_what_was_said_stays_sealed_and_the_clinic_goes_on_with_it(doors):
    house = doors.house
    opened = house.delivered(house.e_kons("Still here."))
    house.say(opened, "open")
    before = house.rows(MESSAGE)
    leave(doors)
    assert house.rows(MESSAGE) == before
    assert house.answer(opened).status == 200
    assert house.state(opened) == "answered"


@pytest.mark.rule("ACC-13", "NOT-1")
def test_a_last_letter_goes_to_the_address_that_is_no_longer_there(doors):
    house = doors.house
    leave(doors)
    assert house.outbox(None) == [("mail", "farewell")] * 2
    assert {(each.address, each.language, each.slug) for each in letters_to(house)} == {
        (ALICE.email, "da", "nygade"),
        (ALICE.email, "da", "havnen"),
    }
    assert all(row.email_sealed is not None for row in house.rows(ADDRESS_NOTICE))
    with house.database.writing() as connection:
        connection.execute(sa.update(OUTBOX).values(state="done", outcome="sent"))
    sweep(house.database)
    assert all(row.email_sealed is None for row in house.rows(ADDRESS_NOTICE))


@pytest.mark.rule("ACC-13")
def test_an_address_is_not_kept_for_a_letter_that_never_goes(doors):
    house = doors.house
    leave(doors)
    house.clock.now += timedelta(days=31)
    with house.database.writing() as connection:
        connection.execute(forget_told(house.clock()))
    assert all(row.email_sealed is None for row in house.rows(ADDRESS_NOTICE))
    notice = house.rows(ADDRESS_NOTICE)[0].id
    with house.database.reading() as connection, pytest.raises(NotFoundError):
        noticed_address(connection, house.keyring, notice)


@pytest.mark.rule("ACC-13", "REC-4")
def test_no_link_on_its_way_opens_the_account_again(doors):
    house = doors.house
    recovery = house.delivered(house.recovery(ALICE))
    house.advance(recovery, "matched", Finding(finding="match"), person=house.people[ALICE])
    with house.database.writing() as connection:
        token = put_link(connection, house.keyring, recovery, house.clock())
    leave(doors)
    assert house.rows(RECOVERY_LINK)[0].used_at == house.clock()
    body = {"clinic": "nygade", "token": token, "password": "Ny-Fjord-2027"}
    refused = doors.call("POST", "/v1/recoveries/complete", body)
    assert refused.json["code"] == "link_invalid"
    assert rows_of(house, ACCOUNT)[0].password_hash is None


@pytest.mark.rule("ACC-13")
@pytest.mark.parametrize("body", [{}, {"confirm": False}, {"confirm": "true"}, {"confirm": 1}, YES | {"x": 1}, None])
@pytest.mark.parametrize("clinic", [None, "nygade"])
def test_without_a_plain_yes_nobody_leaves(doors, body, clinic):
    doors.doors.patient()
    before = doors.rows()
    refused = leave(doors, clinic=clinic, body=body)
    assert refused.status_code in {400, 415, 422}
    assert doors.rows() == before
    assert doors.get("/v1/me").status_code == 200


@pytest.mark.rule("ACC-13", "REC-7")
def test_who_holds_the_mailbox_alone_cannot_delete_the_user_while_content_is_held(doors):
    with doors.house.database.writing() as connection:
        hold_content(connection, doors.house.people[ALICE], "reset", doors.house.clock())
    for clinic in (None, "nygade"):
        assert leave(doors, clinic=clinic).json["code"] == "content_held"
    assert rows_of(doors.house, ACCOUNT)[0].password_hash is not None


@pytest.mark.rule("ACC-13")
def test_two_calls_at_once_are_one_farewell(doors, at_once):
    doors.house.e_kons()
    doors.doors.patient()
    answers = at_once([lambda: leave(doors), lambda: leave(doors)])
    assert {answer.status_code for answer in answers} <= {200, 401}
    assert doors.house.outbox(None) == [("mail", "farewell")] * 2


@pytest.mark.rule("ACC-13")
def test_every_table_about_a_person_is_decided_on():
    of_people = {
        table.name
        for table in METADATA.tables.values()
        for key in table.foreign_keys
        if key.column.table is PERSON or table.name.endswith("_link")
    } - {"recovery_link", "dispute_link"}
    assert of_people == set(AFTER_LEAVING)
