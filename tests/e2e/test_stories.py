"""One story per request type, and the ugly ones, through every room over real sockets."""

import re
from datetime import timedelta

import pytest

from portal.demo_data import PASSWORD
from tests.e2e.whole_house import ALMA, CLARA, DAVID, ELLEN, GRY, HAVNEN, NYGADE, fresh_key, whole_house


@pytest.mark.rule("EKO-4", "EKO-6", "NOT-1")
def test_patient_writes_clinic_answers_patient_is_told(open_house):
    proof = open_house.client.log_in(ALMA)
    request = open_house.submit(proof, NYGADE, "e_kons", text="Jeg har hostet i to uger.")
    open_house.until_state(request, "delivered")
    open_house.act(NYGADE, request, "open")
    open_house.act(NYGADE, request, "answer", text="Kom forbi i morgen.", watch_unread=True)

    walk = open_house.until_state(request, "notified")

    assert walk == ["submit", "delivered", "open", "answer", "notified"]
    letter = open_house.letters(ALMA)[-1]
    assert "Lægerne i Nygade" in letter["text"]
    assert "hostet" not in letter["text"]
    assert "Kom forbi" not in letter["text"]
    seen = open_house.read(proof, request)
    assert [said["text"] for said in map(_words, seen["messages"])] == [
        "Jeg har hostet i to uger.",
        "Kom forbi i morgen.",
    ]
    desk = f"/desk/{NYGADE}/threads/{request}"
    assert "Ikke læst, holdes øje med" in open_house.page(desk)
    shown = {"messages": [each["id"] for each in seen["messages"]]}
    assert open_house.raw("POST", "/v1/messages/read", shown, proof)[0] == 200
    assert open_house.until(lambda: "✓ Læst" in open_house.page(desk), "the receipt on the desk")


def _words(message):
    return message["content"]


@pytest.mark.rule("REN-3", "REN-10")
def test_patient_renews_two_medicines_and_each_is_decided(open_house):
    proof = open_house.client.log_in(ALMA)
    request = open_house.submit(proof, NYGADE, "renewal", medicines=["metformin", "losartan"])
    open_house.until_state(request, "delivered")
    open_house.act(NYGADE, request, "decide", medicine="metformin", decision="approved")
    open_house.act(NYGADE, request, "decide", medicine="losartan", decision="rejected", reason="needs_checkup")
    open_house.act(NYGADE, request, "answer", message_id="M-1")

    walk = open_house.until_state(request, "notified")

    assert walk == ["submit", "delivered", "decide", "decide", "answer", "notified"]
    outcomes = [row["body"]["outcome"] for row in open_house.client.history(request) if row["trigger"] == "decide"]
    assert outcomes == ["approved", "rejected:needs_checkup"]


@pytest.mark.rule("REN-5")
def test_dependency_forming_medicine_is_refused_with_what_to_do_instead(open_house):
    proof = open_house.client.log_in(ALMA)

    status, problem = open_house.raw(
        "POST",
        f"/v1/clinics/{NYGADE}/requests/renewal",
        {"medicines": ["oxazepam"]},
        proof | {"idempotency-key": "k" * 20},
    )

    assert (status, problem["code"], problem["layer"]) == (422, "needs_consultation", "medicine")
    assert problem["next_step"] == "Bestil en tid."


@pytest.mark.rule("BOO-1", "BOO-4")
def test_patient_books_and_staff_confirm(open_house):
    proof = open_house.client.log_in(ALMA)
    slot = _some_slot(open_house, proof, NYGADE)
    request = open_house.submit(proof, NYGADE, "booking", slot=slot, reason="consultation")
    open_house.until_state(request, "delivered")
    open_house.act(NYGADE, request, "confirm", message_id="M-1")

    walk = open_house.until_state(request, "notified")

    assert walk == ["submit", "delivered", "confirm", "notified"]
    assert _some_slot(open_house, proof, NYGADE) != slot


@pytest.mark.rule("BOO-7", "BOO-8")
def test_patient_cancels_a_booking_and_the_clinic_hears_of_it(open_house):
    proof = open_house.client.log_in(ALMA)
    slot = _late_slot(open_house, proof, NYGADE)
    request = open_house.submit(proof, NYGADE, "booking", slot=slot, reason="consultation")
    open_house.until_state(request, "delivered")
    open_house.act(NYGADE, request, "confirm", message_id="M-1")
    open_house.until_state(request, "notified")

    status, seen = open_house.pull(proof, request, "cancel")

    assert (status, seen["state"]) == (200, "cancelled_by_patient")
    books = open_house.until(lambda: _withdrawn(open_house, NYGADE, request), "the cancellation at the clinic")
    assert books


@pytest.mark.rule("BOO-4")
def test_a_clinic_that_books_automatically_confirms_by_itself(busy_house):
    david_proof = busy_house.client.log_in(DAVID)
    slot = _some_slot(busy_house, david_proof, HAVNEN)

    request = busy_house.submit(david_proof, HAVNEN, "booking", slot=slot, reason="consultation")

    assert busy_house.until_state(request, "notified")[:2] == ["submit", "delivered"]


@pytest.mark.rule("ACC-3", "ACC-4", "ACC-9")
def test_a_newcomer_asks_the_desk_says_yes_and_the_mailed_link_makes_a_user(open_house):
    request = _sign_up(open_house, GRY)
    open_house.until_state(request, "delivered")
    assert open_house.control("GET", f"books/{NYGADE}")["counts"]["signups"] == 1
    desk = open_house.page(f"/desk/{NYGADE}/requests/{request}")
    assert GRY.email in desk
    form = {"services": "e_kons", "no_mitid": "yes"}
    open_house.page(f"/desk/{NYGADE}/requests/{request}/approve", form)
    open_house.until_state(request, "notified")

    (letter,) = open_house.letters(GRY)
    assert "Gry" not in letter["text"]
    token = re.search(r"/activation#([\w-]{43})", letter["text"]).group(1)
    chosen = {"clinic": NYGADE, "token": token, "password": PASSWORD}
    assert open_house.raw("POST", "/v1/enrolments/activate", chosen)[0] == 200

    assert open_house.until_state(request, "activated")[-1] == "activate"
    proof = open_house.client.log_in(GRY)
    (clinic,) = open_house.client.call("GET", "/v1/me", headers=proof)[0]["clinics"]
    may = {each["kind"]: each["allowed"] for each in clinic["services"]}
    assert may == {"e_kons": True, "renewal": False, "booking": False, "waiting": False}


@pytest.mark.rule("ACC-4")
def test_a_newcomer_whom_the_desk_turns_down_is_told_and_no_user(open_house):
    request = _sign_up(open_house, GRY)
    open_house.until_state(request, "delivered")
    open_house.page(f"/desk/{NYGADE}/requests/{request}/reject", {"reason": "identity_unclear"})

    assert open_house.until_state(request, "closed")[-2:] == ["notified", "close"]

    (letter,) = open_house.letters(GRY)
    assert "ikke godkendt" in letter["text"]
    assert "activation" not in letter["text"]


@pytest.mark.rule("ACC-1")
def test_a_user_of_one_clinic_is_linked_to_another_by_staff_who_are_there(busy_house):
    busy_house.client.enrol(GRY)
    again = busy_house.client.enrol(GRY)
    assert busy_house.until_state(again, "activated")[-2:] == ["notified", "linked"]
    assert "activation" not in busy_house.letters(GRY)[-1]["text"]


def _sign_up(house, patient):
    """Ask to become a user of the first clinic; return the request as the auditor finds it."""
    body = {"cpr": patient.cpr, "email": patient.email, "name": patient.name}
    assert house.raw("POST", f"/v1/clinics/{NYGADE}/enrolments", body, fresh_key())[0] == 202
    (request,) = house.client._made("enrolment")
    return request


@pytest.mark.rule("REC-1", "REC-4", "REC-7")
def test_forgotten_password_is_recovered_by_a_link_and_ends_the_old_log_in(open_house):
    proof = open_house.client.log_in(CLARA)
    request = open_house.client.recover(CLARA)

    walk = open_house.until_state(request, "completed")

    assert walk[:3] == ["submit", "delivered", "matched"]
    assert open_house.raw("GET", "/v1/requests", headers=proof)[0] == 401
    assert open_house.client.log_in(CLARA) != proof
    assert any("password" in mail["subject"].lower() for mail in open_house.letters(CLARA))


@pytest.mark.rule("REC-3")
def test_recovery_says_the_same_to_a_stranger(open_house):
    def ask(cpr, email):
        body, headers = {"cpr": cpr, "email": email}, {"idempotency-key": f"{cpr}-{email}"}
        return open_house.raw("POST", f"/v1/clinics/{NYGADE}/recoveries", body, headers)

    answers = [ask(CLARA.cpr, CLARA.email), ask(CLARA.cpr, "other@patient.example"), ask("7101850000", CLARA.email)]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 202
    open_house.until(lambda: open_house.letters(CLARA), "the link for the one who is known")
    assert not open_house.letters(ELLEN)


def test_the_story_of_an_e_consultation_on_sqlite(tmp_path, sqlite_url, redis_url):
    with whole_house(tmp_path, sqlite_url, redis_url) as house:
        proof = house.client.log_in(ALMA)
        request = house.submit(proof, NYGADE, "e_kons", text="Virker det også her?")
        walk = house.until_state(request, "notified")
    assert walk[0] == "submit"
    assert walk[-1] == "notified"


def _slots(house, proof, clinic):
    now = house.services.clock()
    months = [now.strftime("%Y-%m"), (now.replace(day=28) + timedelta(days=7)).strftime("%Y-%m")]
    found = []
    for month in months:
        path = f"/v1/clinics/{clinic}/slots?practitioner=hansen&reason=consultation&month={month}"
        days = house.client.call("GET", path, headers=proof)[0]["days"]
        found += [slot["key"] for day in days for slot in day["slots"]]
    return found


def _some_slot(house, proof, clinic):
    return _slots(house, proof, clinic)[0]


def _late_slot(house, proof, clinic):
    return _slots(house, proof, clinic)[-1]


def _withdrawn(house, clinic, request):
    books = house.control("GET", f"books/{clinic}")
    return any(row["request"] == request for row in books["withdrawals"])
