"""After a new password by mail the mailbox alone opens nothing: content is held back, and the owner can dispute it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.log_ins import Entry, LogIns
from storage.recovery_registers import CONTENT_HOLD, DISPUTE_LINK
from storage.registers import ACCESS, ACCOUNT, LOG_IN
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from tests.recovery_walk import NEW, RecoveryWalk, token

SECRET_WORDS = "Svarets kendeord er rabarberkage"
STRONG = [("password+totp", None), ("password+passkey", None), ("mitid", "Substantial")]


@pytest.fixture
def walk(house, passwords):
    return RecoveryWalk(PatientDoors(house, passwords))


@pytest.fixture
def sqlite_walk(sqlite_database, keyring, clock, new_id, passwords):
    return RecoveryWalk(PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords))


def answered(walk, clinic="nygade"):
    request = walk.house.delivered(walk.house.e_kons(clinic=clinic))
    walk.house.say(request, "answer", message_id=f"M-{clinic}", text=SECRET_WORDS, clinic=clinic)
    return request


def enter(walk, auth, loa=None, who=ALICE):
    """Log the persona in as somebody who has proven it in this way."""
    house = walk.house
    with house.database.writing() as connection:
        log_ins = LogIns(house.database, house.keyring, None, house.new_id)
        entered = log_ins.enter(connection, Entry(house.people[who], "api", auth, loa))
    walk.doors.doors.tokens[who] = entered.token


def contents(walk, request, slug="nygade"):
    """Return the answers of every door that shows, or would add to, what is at a clinic."""
    doors = walk.doors
    return {
        "read": doors.get(f"/v1/requests/{request}"),
        "timeline": doors.get(f"/v1/requests/{request}/timeline"),
        "looks": doors.get(f"/v1/requests/{request}/access"),
        "medicines": doors.get(f"/v1/clinics/{slug}/medicines"),
        "slots": doors.get(f"/v1/clinics/{slug}/slots?month=2026-11"),
        "submit": doors.submit("e_kons", {"text": "A question."}, clinic=slug),
        "act": doors.post(f"/v1/requests/{request}/withdraw", {}),
        "factors": doors.post("/v1/me/factors/totp", {"label": "Telefon"}),
    }


@pytest.mark.rule("REC-8", "V27")
def test_for_a_day_a_log_in_by_mail_sees_that_there_is_something_but_not_what(walk, clock):
    request = answered(walk)
    walk.house.booking("slot-1", who=ALICE)
    walk.reset()
    walk.log_in()
    shut = contents(walk, request)
    assert {name: (answer.status_code, answer.json["code"]) for name, answer in shut.items()} == dict.fromkeys(
        shut, (403, "content_held")
    )
    assert not any(SECRET_WORDS in answer.text for answer in shut.values())
    rows = walk.doors.get("/v1/requests").json["items"]
    assert {(row["kind"], row["state"]) for row in rows} == {("e_kons", "notified"), ("booking", "delivered")}
    assert {(row["practitioner"], row["appointment"], row["outcome"]) for row in rows} == {(None, None, None)}

    clock.now += timedelta(hours=24)
    walk.log_in()
    opened = contents(walk, request)
    assert "content_held" not in {answer.json.get("code") for answer in opened.values()}
    assert SECRET_WORDS in opened["read"].text
    assert walk.doors.get("/v1/me").json["clinics"][0].get("held") is None


@pytest.mark.rule("REC-8", "NEW-11")
@pytest.mark.parametrize(
    ("language", "until"), [("da", "24.11.2026 kl. 10.00"), ("en", "24 November 2026 at 10:00")], ids=["da", "en"]
)
def test_the_refusal_says_until_when_why_and_what_to_do_instead(sqlite_walk, language, until):
    request = answered(sqlite_walk)
    sqlite_walk.reset()
    sqlite_walk.log_in()
    problem = sqlite_walk.doors.get(f"/v1/requests/{request}", Accept_Language=language).json
    assert until in problem["detail"]
    assert problem["until"] == "2026-11-24T09:00:00Z"
    assert "MitID" in problem["next_step"]
    me = sqlite_walk.doors.get("/v1/me", Accept_Language=language).json
    assert {clinic["slug"]: clinic["held"]["until"] for clinic in me["clinics"]} == dict.fromkeys(
        ("nygade", "havnen"), "2026-11-24T09:00:00Z"
    )
    services = [service for clinic in me["clinics"] for service in clinic["services"]]
    assert {(service["allowed"], service["code"]) for service in services} == {(False, "content_held")}
    seen = sqlite_walk.house.rows(ACCESS, ACCESS.c.outcome == "content_held")
    assert [(row.act, row.request_id) for row in seen] == [("patient.request.read", request)]


@pytest.mark.rule("REC-8")
@pytest.mark.parametrize(("auth", "loa"), STRONG, ids=[auth for auth, _ in STRONG])
def test_who_has_shown_more_than_a_mailbox_is_not_held(walk, auth, loa):
    request = answered(walk)
    walk.reset()
    enter(walk, auth, loa)
    assert SECRET_WORDS in walk.doors.get(f"/v1/requests/{request}").text
    assert all(clinic["held"] is None for clinic in walk.doors.get("/v1/me").json["clinics"])


@pytest.mark.rule("REC-8")
def test_what_is_not_theirs_is_not_there_held_or_not(sqlite_walk):
    bobs = sqlite_walk.house.e_kons(who=BOB)
    sqlite_walk.reset()
    sqlite_walk.log_in()
    assert sqlite_walk.doors.get(f"/v1/requests/{bobs}").status_code == 404
    assert sqlite_walk.doors.get("/v1/clinics/nowhere/medicines").status_code == 404


@pytest.mark.rule("REC-8")
def test_a_clinic_that_wants_to_confirm_holds_until_it_has_and_another_by_its_own_rule(walk, clock):
    walk.house.settings("nygade", after_reset="approval")
    here, there = answered(walk), answered(walk, "havnen")
    walk.reset()
    clock.now += timedelta(days=3)
    walk.log_in()
    assert walk.doors.get(f"/v1/requests/{here}").status_code == 403
    assert "until" not in walk.doors.get(f"/v1/requests/{here}").json
    assert SECRET_WORDS in walk.doors.get(f"/v1/requests/{there}").text

    waiting = walk.doors.doors.signed("GET", "/v1/clinic/accounts/held").json["items"]
    assert [(row["cpr"], row["reason"], row["until"]) for row in waiting] == [(ALICE.digits, "reset", None)]
    confirm = walk.doors.doors.call(cpr=ALICE.digits)
    path = "/v1/clinic/accounts/confirmation"
    assert walk.doors.doors.signed("POST", path, confirm, clinic="havnen").status_code == 204
    assert walk.doors.get(f"/v1/requests/{here}").status_code == 403, "another clinic's word is not this one's"
    assert walk.doors.doors.signed("POST", path, confirm).status_code == 204
    assert SECRET_WORDS in walk.doors.get(f"/v1/requests/{here}").text
    assert walk.doors.doors.signed("GET", "/v1/clinic/accounts/held").json["items"] == []
    seen = walk.house.rows(ACCESS, ACCESS.c.act == "clinic.account.confirm")
    assert {(row.actor_kind, row.actor) for row in seen} == {("clinician", "s1")}


@pytest.mark.rule("REC-8")
def test_a_hold_that_waits_for_the_clinic_is_not_made_shorter_by_another_reset(sqlite_walk, clock):
    sqlite_walk.house.settings("nygade", after_reset="approval")
    sqlite_walk.reset()
    sqlite_walk.house.settings("nygade", after_reset="hold")
    clock.now += timedelta(hours=2)
    sqlite_walk.reset(password="Skov-2027-y")
    clinic = sqlite_walk.house.clinics["nygade"].clinic
    (hold,) = sqlite_walk.house.rows(CONTENT_HOLD, CONTENT_HOLD.c.clinic_id == clinic)
    assert (hold.until, hold.since) == (None, clock())


@pytest.mark.rule("REC-9", "V24")
def test_the_owner_disputes_the_password_and_nobody_gets_in_by_one_until_confirmed(walk, clock):
    link = walk.reset()
    walk.log_in()
    assert walk.dispute(link).status_code == 200
    assert walk.doors.get("/v1/me").status_code == 401
    assert all(row.ended_at is not None for row in walk.house.rows(LOG_IN))
    for password in (NEW, ALICE.password):
        assert walk.log_in(password=password).status_code == 401
    assert walk.dispute(link).json["code"] == "dispute_invalid"

    walk.ask()
    walk.work()
    assert walk.links() == 1, "whoever reads the mailbox gets no further link"
    (waiting,) = walk.doors.doors.signed("GET", "/v1/clinic/accounts/held").json["items"]
    assert (waiting["cpr"], waiting["reason"], waiting["until"]) == (ALICE.digits, "disputed", None)
    completed = next(row for row in walk.recoveries() if row.outcome == "disputed")
    assert (walk.house.walked(completed.id)[-1], completed.state) == ("dispute", "completed")

    confirm = walk.doors.doors.call(cpr=ALICE.digits)
    assert walk.doors.doors.signed("POST", "/v1/clinic/accounts/confirmation", confirm).status_code == 204
    assert walk.log_in(password=NEW).status_code == 401, "the disputed password does not come back"
    clock.tick(3600)
    walk.reset(password="Skov-2027-y")
    assert walk.log_in(password="Skov-2027-y").status_code == 200


@pytest.mark.rule("REC-9")
def test_mitid_confirms_too_and_nothing_less(walk):
    walk.dispute(walk.reset())
    enter(walk, "password+totp")
    refused = walk.doors.post("/v1/me/confirmation", None)
    assert (refused.status_code, refused.json["code"]) == (422, "mitid_needed")
    enter(walk, "mitid", "Substantial")
    assert walk.doors.post("/v1/me/confirmation", None).status_code == 204
    assert walk.house.rows(ACCOUNT, ACCOUNT.c.locked_at.is_not(None)) == []
    assert {row.lifted_by for row in walk.house.rows(CONTENT_HOLD)} == {"mitid"}
    assert walk.doors.doors.signed("GET", "/v1/clinic/accounts/held").json["items"] == []


@pytest.mark.rule("REC-9")
def test_a_dispute_holds_seven_days_at_its_own_clinic_and_falls_with_a_confirmation(sqlite_walk, clock):
    link = sqlite_walk.reset()
    assert sqlite_walk.dispute(link, clinic="havnen").json["code"] == "dispute_invalid"
    assert sqlite_walk.dispute("A" * 43).json["code"] == "dispute_invalid"
    with sqlite_walk.house.database.writing() as connection:
        connection.execute(sa.update(DISPUTE_LINK).values(expires_at=clock()))
    assert sqlite_walk.dispute(link).json["code"] == "dispute_invalid"
    clock.tick(3600)
    again = sqlite_walk.reset(password="Skov-2027-y")
    confirm = sqlite_walk.doors.doors.call(cpr=ALICE.digits)
    assert sqlite_walk.doors.doors.signed("POST", "/v1/clinic/accounts/confirmation", confirm).status_code == 204
    assert sqlite_walk.dispute(again).json["code"] == "dispute_invalid"


@pytest.mark.rule("REC-9")
def test_a_reset_that_is_still_to_be_used_is_void_after_a_dispute(walk, clock):
    dispute = walk.reset()
    clock.tick(3600)
    open_link = walk.link()
    assert walk.dispute(dispute).status_code == 200
    assert walk.complete(open_link).json["code"] == "link_invalid"


@pytest.mark.rule("REC-9")
@pytest.mark.parametrize(("language", "title"), [("da", "Det var ikke mig"), ("en", "It was not me")])
def test_the_page_of_the_dispute_is_a_plain_form(sqlite_walk, language, title):
    link = sqlite_walk.reset()
    page = sqlite_walk.doors.client.simulate_get("/nygade/not-me", headers={"Accept-Language": language})
    assert title in page.text
    assert 'action="/nygade/not-me"' in page.text
    assert 'type="password"' not in page.text
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    done = sqlite_walk.doors.client.simulate_post("/nygade/not-me", body=f"token={link}", headers=form)
    assert (done.status_code, "<form" in done.text, "MitID" in done.text) == (200, False, True)
    again = sqlite_walk.doors.client.simulate_post("/nygade/not-me", body=f"token={link}", headers=form)
    assert (again.status_code, link in again.text) == (422, False)


@pytest.mark.rule("REC-9", "NOT-1")
def test_the_letter_of_the_new_password_carries_the_dispute_and_no_other_link(sqlite_walk):
    sqlite_walk.reset()
    told = sqlite_walk.letters()[-1]
    assert told.count("https://portal.example/") == 1
    assert token(told, "not-me") != token(sqlite_walk.letters()[0])
