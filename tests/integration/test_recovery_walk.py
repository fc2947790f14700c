"""A recovery from the door to the mail: the same for everyone who asks, and a link for nobody but the known address."""

import json
import logging
from datetime import timedelta

import pytest

from identity.tokens import token_hash
from portal.logging import set_up_logging
from storage.columns import METADATA
from storage.models import OUTBOX, REQUEST
from storage.registers import LOG_IN_ATTEMPT, RECOVERY_LINK
from tests.app_codes import AuthenticatorApp
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID
from tests.recovery_walk import NEW, RecoveryWalk, token


@pytest.fixture
def walk(house, passwords):
    return RecoveryWalk(PatientDoors(house, passwords))


@pytest.fixture
def sqlite_walk(sqlite_database, keyring, clock, new_id, passwords):
    return RecoveryWalk(PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords))


def _shown(answer):
    """Return all that a caller can see of an answer but the id of the call."""
    told = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.content, told


@pytest.mark.rule("REC-2", "REC-3", "V26")
@pytest.mark.parametrize("language", ["da", "en"])
def test_every_class_of_caller_gets_the_same_bytes_and_mitid_is_offered_first(walk, language):
    wanted = {"Accept_Language": language}
    for number in range(3):  # from here on Bob's number is over its limit
        walk.ask(BOB, key=f"a-key-of-a-recovery-{number}")
    walk.work()
    answers = {
        "hit": walk.ask(ALICE, **wanted),
        "wrong mail": walk.ask(ALICE, email="other@patients.test", **wanted),
        "unknown number": walk.ask(DAVID, **wanted),
        "has MitID": walk.ask(CARLA, clinic="havnen", **wanted),
        "too often": walk.ask(BOB, **wanted),
    }
    first = _shown(answers["hit"])
    assert {name: _shown(answer) for name, answer in answers.items()} == dict.fromkeys(answers, first)
    assert first[0] == 202
    sentence = answers["hit"].json["message"]
    assert sentence.index("MitID") < sentence.index("mail")
    walk.work()
    assert [len(walk.letters(who.email)) for who in (ALICE, BOB, CARLA, DAVID)] == [1, 3, 0, 0]


@pytest.mark.rule("LOG-4", "V26")
def test_a_log_in_owes_the_same_whoever_begins_it_and_only_who_may_enter_gets_a_mail(walk):
    walk.doors.begin(ALICE)
    walk.doors.begin(ALICE, password="Wrong-2026")
    walk.doors.begin(DAVID)
    walk.work()
    assert [mail.recipient for mail in walk.mail.mails] == [ALICE.email]
    rows = walk.house.rows(OUTBOX)
    assert sorted((row.state, row.outcome) for row in rows) == [("done", "nobody")] * 2 + [("done", "sent")]


@pytest.mark.rule("REC-10", "REC-3", "REC-5")
@pytest.mark.parametrize("who", [ALICE, DAVID], ids=str)
def test_a_number_is_looked_at_three_times_an_hour_whoever_has_it(walk, who, clock):
    for _ in range(5):
        assert walk.ask(who).status_code == 202
    walk.work()
    assert len(walk.card.asked) == 3
    walked = {row.id: walk.house.walked(row.id)[1] for row in walk.recoveries()}
    assert sorted(walked.values()) == ["delivered"] * 3 + ["turned_away"] * 2
    last = next(row for row in walk.recoveries() if walked[row.id] == "turned_away")
    assert (last.state, last.outcome, last.person_id) == ("closed", "no_match", None)
    clock.tick(3600)
    walk.ask(who)
    walk.work()
    assert len(walk.card.asked) == 4


@pytest.mark.rule("REC-10", "REC-3")
def test_a_try_at_the_clinic_that_fails_is_not_counted_again(walk, clock):
    walk.ask(ALICE)
    row = walk.house.owed(walk.recoveries()[0].id)
    parcels = walk._acts["winplc"]._crew.parcels
    for _ in range(5):
        work, claim = walk.house.worker.claim(row.id, parcels.claim)
        assert claim.too_often is False
        with walk.house.database.writing() as connection:
            walk.house.worker.postpone(connection, work, "busy", clock(), unsent=True)
    assert walk.house.rows(METADATA.tables["throttle"], METADATA.tables["throttle"].c.count > 1) == []


@pytest.mark.rule("REC-10", "REC-3", "V10")
def test_an_address_is_heard_ten_times_an_hour_and_answered_the_same_ever_after(sqlite_walk):
    answers = [sqlite_walk.ask(DAVID) for _ in range(12)]
    assert len({str(_shown(answer)) for answer in answers}) == 1
    assert len(sqlite_walk.recoveries()) == 10


@pytest.mark.rule("REC-10", "REC-3", "V10")
def test_a_clinic_is_asked_three_hundred_times_an_hour_and_no_more(sqlite_walk, monkeypatch):
    monkeypatch.setattr("api.patient.recoveries.PER_CLINIC", 4)
    answers = [sqlite_walk.ask(DAVID) for _ in range(6)]
    assert len({str(_shown(answer)) for answer in answers}) == 1
    assert len(sqlite_walk.recoveries()) == 4
    sqlite_walk.ask(CARLA, clinic="havnen")
    assert len(sqlite_walk.recoveries()) == 5, "another clinic has its own count"


@pytest.mark.rule("REC-1", "REC-4")
def test_the_link_goes_to_the_stored_address_once_and_its_base_is_the_configured_one(walk):
    forged = {"Host": "evil.example", "X_Forwarded_Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = walk.ask(ALICE, email=ALICE.email.upper(), **forged)
    walk.work()
    assert "evil" not in answer.text
    (letter,) = walk.letters()
    assert "evil" not in letter
    assert token(letter)
    (mail,) = walk.mail.mails
    assert b"evil" not in mail.content
    walk.work()
    assert len(walk.mail.mails) == 1


@pytest.mark.rule("REC-1", "REC-5")
@pytest.mark.parametrize(
    ("card", "outcome"),
    [({"patient": False}, "no_match"), ({"no_mitid": False}, "no_match"), ({"email_matches": False}, None)],
    ids=["no patient", "has MitID", "another address on the card"],
)
def test_winplc_must_agree_and_staff_decide_where_only_the_address_differs(walk, card, outcome):
    for name, value in card.items():
        setattr(walk.card, name, value)
    walk.ask(ALICE)
    walk.work()
    (row,) = walk.recoveries()
    assert row.outcome == outcome
    assert walk.letters() == []
    if outcome is None:
        assert walk.doors.doors.tell(row.id, "approve").status_code == 200
        walk.work()
        assert len(walk.letters()) == 1


@pytest.mark.rule("REC-4", "V27")
def test_only_the_newest_link_works_in_whatever_order_the_letters_are_written(walk, clock):
    older = walk.link()
    clock.tick(60)
    newer = walk.link()
    assert walk.complete(older).json["code"] == "link_invalid"
    assert walk.complete(newer).status_code == 200
    clock.tick(3600)
    first, second = (walk.ask() and walk.recoveries()[-1].id for _ in range(2))
    for request in (first, second):
        walk._acts["winplc"](walk.house.owed(request).id)
    for request in (second, first):
        walk._acts["mail"](walk.house.owed(request, "mail").id)
    second_link, first_link = (token(letter) for letter in walk.letters()[-2:])
    assert walk.complete(first_link).json["code"] == "link_invalid"
    assert walk.complete(second_link).status_code == 200


@pytest.mark.rule("REC-4", "V27")
def test_a_used_link_leaves_no_other_link_and_no_code_and_is_kept_as_a_hash(walk):
    link = walk.link()
    assert [row.token_hash for row in walk.house.rows(RECOVERY_LINK)] == [token_hash(link)]
    assert walk.doors.begin().status_code == 202
    assert walk.complete(link).status_code == 200
    assert all(row.used_at is not None for row in walk.house.rows(RECOVERY_LINK))
    assert all(row.ended_at is not None for row in walk.house.rows(LOG_IN_ATTEMPT))


@pytest.mark.rule("REC-7", "V24", "V27")
def test_a_reset_tells_the_address_and_logs_nobody_in(walk):
    answer = walk.complete(walk.link())
    assert set(answer.json) == {"message"}
    assert "set-cookie" not in answer.headers
    walk.work()
    told = walk.letters()[-1]
    assert told.startswith("Din adgangskode hos Lægerne Nygade er ændret")
    assert walk.log_in(password=ALICE.password).status_code == 401
    assert walk.log_in(password=NEW).status_code == 200


@pytest.mark.rule("REC-7", "V27")
def test_a_reset_never_removes_a_second_factor(walk, clock):
    started = walk.doors.post("/v1/me/factors/totp", {"label": "Telefon"}).json
    app = AuthenticatorApp(started["secret"], clock)
    confirmed = walk.doors.post(f"/v1/me/factors/totp/{started['id']}/confirm", {"code": app.code()})
    assert confirmed.status_code == 204
    clock.tick(30)
    walk.reset()
    attempt = walk.doors.begin(password=NEW).json["attempt"]
    assert walk.doors.complete(attempt).status_code == 401, "no code is mailed beside an app"
    assert walk.doors.complete(attempt, app.code()).status_code == 200


@pytest.mark.rule("REC-4", "I7")
def test_the_token_reaches_no_log_no_column_no_address_and_no_referer(sqlite_walk, capsys):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logging(logging.DEBUG)
    try:
        link = sqlite_walk.link()
        page = sqlite_walk.doors.client.simulate_get("/nygade/recovery")
        wrong = sqlite_walk.complete(link, "short")
        done = sqlite_walk.complete(link)
        sqlite_walk.work()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    logs = "".join(capsys.readouterr())
    assert "/v1/recoveries/complete" in logs
    for seen in (logs, wrong.text, done.text, page.text, json.dumps(dict(page.headers) | dict(done.headers))):
        assert link not in seen
    assert page.headers["referrer-policy"] == "no-referrer"
    for table in METADATA.sorted_tables:
        assert link not in repr(sqlite_walk.house.rows(table)), table.name


@pytest.mark.rule("REC-4")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("page", ["recovery", "not-me"])
def test_looking_at_a_page_uses_nothing_up(sqlite_walk, method, page, clock):
    link = sqlite_walk.link()
    before = sqlite_walk.doors.rows()
    for _ in range(3):
        sqlite_walk.doors.client.simulate_request(method, f"/nygade/{page}")
    assert sqlite_walk.doors.rows() == before
    clock.now += timedelta(minutes=29)
    assert sqlite_walk.complete(link).status_code == 200
    assert sqlite_walk.house.rows(REQUEST)[0].state == "completed"
