"""A patient at the doors: asking, following, acting, and seeing nobody else's affairs."""

from uuid import UUID

import pytest

from storage.models import IDEMPOTENCY, MESSAGE, OUTBOX, REQUEST
from storage.registers import ACCESS
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA
from workflows import recovery
from workflows.delivery import Failure

TEXT = "I have had a cough for two weeks."
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _answered(doors, text="Come by tomorrow."):
    request = doors.house.delivered(doors.house.e_kons(TEXT))
    answer = doors.doors.tell(request, "answer", message_id="M-1", text=text, watch_unread=True)
    assert answer.status_code == 200, answer.text
    return request


@pytest.mark.rule("EKO-4", "NEW-1", "NEW-3")
def test_a_patient_asks_and_follows(doors):
    asked = doors.submit("e_kons", {"text": TEXT, "practitioner": "hansen"})
    assert (asked.status_code, asked.json["state"]) == (202, "submitted")
    assert asked.headers["Location"] == f"/v1/requests/{asked.json['id']}"

    seen = doors.get(asked.headers["Location"], **ENGLISH)
    assert seen.headers["Content-Language"] == "en"
    whole = seen.json
    assert (whole["state"], whole["label"], whole["next_actor"]) == ("submitted", "Sent", "portal")
    assert whole["answer_by"] == "2026-11-30"
    assert [(each["author"], each["content"]["text"]) for each in whole["messages"]] == [("patient", TEXT)]
    assert {name for name, may in whole["actions"].items() if may["allowed"]} == {"read", "reply", "withdraw"}

    doors.house.delivered(UUID(whole["id"]))
    steps = doors.get(f"{asked.headers['Location']}/timeline").json["steps"]
    assert [(step["trigger"], step["state"], step["actor"]) for step in steps] == [
        ("submit", "submitted", "patient"),
        ("delivered", "delivered", "system"),
    ]
    assert steps[1]["sentence"] == "Portalen: modtaget i WinPLC."


@pytest.mark.rule("EKO-6")
def test_reading_an_answer_is_noted_once_with_the_look(doors, clock):
    request = _answered(doors)
    assert doors.get("/v1/me").json["clinics"][1]["unread"] == 1
    first = clock()
    whole = doors.get(f"/v1/requests/{request}").json
    assert [each["read_at"] for each in whole["messages"]] == [None, None]
    assert whole["answer_by"] is None

    shown = {"messages": [each["id"] for each in whole["messages"]]}
    read = doors.post("/v1/messages/read", shown).json["messages"]
    assert [each["read_at"] for each in read] == [None, "2026-11-23T09:00:00Z"]
    clock.tick(60)
    assert doors.post("/v1/messages/read", shown).json["messages"] == read
    assert [row.read_at for row in doors.house.rows(MESSAGE, MESSAGE.c.author == "clinician")] == [first]
    assert doors.get("/v1/me").json["clinics"][1]["unread"] == 0
    looks = [(row.act, row.actor) for row in doors.house.rows(ACCESS, ACCESS.c.request_id == request)]
    alice = str(doors.house.people[ALICE])
    assert looks == [("patient.request.read", alice), *[("patient.message.read", alice)] * 2]


@pytest.mark.rule("NEW-6")
def test_a_patient_sees_who_has_looked(doors):
    request = _answered(doors)
    doors.get(f"/v1/requests/{request}")
    items = doors.get(f"/v1/requests/{request}/access", **ENGLISH).json["items"]
    assert [(each["who"], each["act"], each["outcome"]) for each in items] == [
        ("patient", "patient.request.read", "ok")
    ]
    assert doors.get(f"/v1/requests/{request}/access").json["items"][0]["act"] == "patient.access.read"


@pytest.mark.rule("F1")
def test_the_same_key_gives_the_same_answer_also_later(doors):
    key = "the-key-of-this-one-question"
    first = doors.submit("e_kons", {"text": TEXT}, key=key)
    doors.house.delivered(UUID(first.json["id"]))
    again = doors.submit("e_kons", {"text": TEXT}, key=f'"{key}"')
    assert (again.status_code, again.json, again.headers["Idempotent-Replay"]) == (202, first.json, "true")
    assert "Idempotent-Replay" not in first.headers
    other = doors.submit("e_kons", {"text": "Another."}, key=key)
    assert (other.status_code, other.json["code"]) == (422, "key_reused")
    assert len(doors.house.rows(REQUEST)) == 1
    assert doors.house.rows(IDEMPOTENCY)[0].key != key


@pytest.mark.rule("F29")
def test_ten_clients_with_one_key_make_one_request(doors, at_once):
    doors.doors.patient()
    key = "the-key-of-all-ten-of-them"
    answers = at_once([lambda: doors.submit("e_kons", {"text": TEXT}, key=key)] * 10)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in answers) == 1


@pytest.mark.rule("EKO-15")
def test_a_question_is_withdrawn_until_it_is_opened(doors):
    request = doors.house.delivered(doors.house.e_kons(TEXT))
    withdrawn = doors.post(f"/v1/requests/{request}/withdraw", {})
    assert (withdrawn.status_code, withdrawn.json) == (200, {"id": str(request), "state": "withdrawn"})
    again = doors.post(f"/v1/requests/{request}/withdraw", {})
    assert (again.status_code, again.json["code"]) == (409, "not_applicable")

    opened = doors.house.delivered(doors.house.e_kons(TEXT))
    assert doors.doors.tell(opened, "open").status_code == 200
    refused = doors.post(f"/v1/requests/{opened}/withdraw", {}, **ENGLISH)
    assert (refused.status_code, refused.json["code"], refused.json["layer"]) == (409, "already_opened", "request")
    told = doors.get(f"/v1/requests/{opened}", **ENGLISH).json["actions"]["withdraw"]
    assert told == {
        "allowed": False,
        "code": "already_opened",
        "layer": "request",
        "reason": refused.json["detail"],
        "next_step": refused.json["next_step"],
    }


def test_a_new_mail_is_asked_for_when_the_address_has_changed(doors):
    request = _answered(doors)
    doors.house.carry_out(request, "unreachable", Failure(reason="mailbox_unknown"), destination="mail")
    assert doors.get(f"/v1/requests/{request}").json["next_actor"] == "patient"
    assert doors.post(f"/v1/requests/{request}/renotify", {}).json["state"] == "answered"


@pytest.mark.parametrize("rest", ["", "/timeline", "/access"])
def test_another_patients_request_is_not_there(sqlite_doors, rest):
    request = sqlite_doors.house.e_kons(TEXT)
    for who in (BOB, CARLA):
        assert sqlite_doors.get(f"/v1/requests/{request}{rest}", who).status_code == 404
    assert sqlite_doors.post(f"/v1/requests/{request}/withdraw", {}, BOB).status_code == 404
    assert sqlite_doors.house.rows(ACCESS) == []
    assert sqlite_doors.get("/v1/requests", BOB).json["items"] == []
    assert sqlite_doors.house.state(request) == "submitted"


@pytest.mark.rule("REC-3")
def test_a_recovery_is_shown_to_nobody_who_is_not_an_auditor(sqlite_doors):
    house = sqlite_doors.house
    request = house.recovery()
    house.carry_out(request, "delivered", recovery.Finding(finding="match"), person=house.people[ALICE])
    assert sqlite_doors.get("/v1/requests").json["items"] == []
    for rest in ("", "/timeline", "/access"):
        assert sqlite_doors.get(f"/v1/requests/{request}{rest}").status_code == 404
    assert sqlite_doors.get("/v1/requests?kind=recovery").status_code == 400
    assert sqlite_doors.post(f"/v1/requests/{request}/renotify", {}).status_code == 404
    assert sqlite_doors.submit("recovery", {"cpr": ALICE.digits, "email": ALICE.email}).status_code == 404


def test_pages_are_complete_while_new_requests_come(doors, clock):
    house = doors.house
    made = []
    for _ in range(7):
        made.append(str(house.e_kons(TEXT)))
        clock.tick(len(made) % 2)
    seen, path = [], "/v1/requests?limit=2"
    while path:
        page = doors.get(path).json
        seen += [item["id"] for item in page["items"]]
        house.e_kons("Another, meanwhile.")
        path = page["next_cursor"] and f"/v1/requests?limit=2&cursor={page['next_cursor']}"
    assert seen == made[::-1]


def test_a_list_is_narrowed_and_its_cursor_stays_its_own(sqlite_doors):
    house = sqlite_doors.house
    questions = [str(house.e_kons(TEXT)) for _ in range(2)]
    time = str(house.booking("slot-1"))
    there = str(house.e_kons(TEXT, clinic="havnen"))

    def ids(query):
        return [item["id"] for item in sqlite_doors.get(f"/v1/requests?{query}").json["items"]]

    assert ids("kind=booking") == [time]
    assert ids("clinic=havnen&kind=e_kons") == [there]
    assert ids("state=delivered") == []
    cursor = sqlite_doors.get("/v1/requests?kind=e_kons&limit=1").json["next_cursor"]
    assert ids(f"kind=e_kons&cursor={cursor}") == questions[::-1]
    stray = sqlite_doors.get(f"/v1/requests?cursor={cursor}")
    assert (stray.status_code, stray.json["errors"][0]["code"]) == (400, "bad_cursor")


@pytest.mark.rule("EKO-4", "EKO-14")
def test_a_reply_joins_its_thread_until_the_clinic_closes_it(sqlite_doors):
    request = _answered(sqlite_doors)
    reply = sqlite_doors.submit("e_kons", {"text": "Thanks!", "thread": str(request)})
    assert sqlite_doors.get(reply.headers["Location"]).json["thread"] == str(request)
    assert sqlite_doors.doors.tell(request, "close", reason="Done.").status_code == 200
    refused = sqlite_doors.submit("e_kons", {"text": "One more.", "thread": str(request)})
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (409, "thread_closed", "/thread")


def test_the_text_limit_and_the_rights_are_told_by_layer(sqlite_doors):
    long = sqlite_doors.submit("e_kons", {"text": "x" * 401}, **ENGLISH)
    assert (long.status_code, long.json["code"], long.json["field"]) == (422, "text_too_long", "/text")
    assert long.json["next_step"] == "Write less."
    sqlite_doors.house.settings(services={"e_kons": "receive_only"})
    off = sqlite_doors.submit("e_kons", {"text": TEXT})
    assert (off.status_code, off.json["layer"], off.json["next_step"]) == (422, "clinic", "Ring til klinikken.")
    assert sqlite_doors.house.rows(REQUEST) == sqlite_doors.house.rows(OUTBOX) == []
