"""Asking to become a user: the clinic's mode decides, the answer tells nobody anything, the link works once."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from storage.models import REQUEST
from tests.enrolling import NEW
from tests.people import ALICE, BOB, CARLA, DAVID

CHILD = replace(DAVID, name="Emil", digits="6411155006", email="emil@patients.test")


@pytest.fixture
def doors(enrolling):
    return enrolling.doors


@pytest.fixture
def sqlite_doors(sqlite_enrolling):
    return sqlite_enrolling.doors


@pytest.mark.rule("ACC-3", "ACC-15")
def test_the_answer_is_the_same_for_everyone_and_names_the_clinic(doors, enrolling):
    answers = [enrolling.ask(who) for who in (ALICE, BOB, CARLA, DAVID)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert answers[0].json["clinic"] == "Lægerne Nygade"
    assert not {"location", "idempotent-replay"} & set(answers[0].headers)
    rows = doors.house.rows(REQUEST)
    assert {(row.kind, row.state, row.person_id) for row in rows} == {("enrolment", "submitted", None)}


@pytest.mark.rule("ACC-2")
def test_a_clinic_that_takes_no_sign_ups_says_what_to_do_instead(doors, enrolling):
    before = doors.rows()
    refused = enrolling.ask(clinic="havnen", language="en")
    assert (refused.status_code, refused.json["code"], refused.json["layer"]) == (422, "sign_up_closed", "clinic")
    assert refused.json["next_step"].startswith("Ring til klinikken")
    doors.house.settings("havnen", sign_up="without_approval")
    assert enrolling.ask(clinic="havnen").json["code"] == "needs_mitid"
    assert doors.rows()["request"] == before["request"]


@pytest.mark.rule("ACC-2", "NEW-11")
def test_a_clinics_front_page_says_whether_one_can_enrol(sqlite_doors):
    def shown(slug):
        services = sqlite_doors.get(f"/v1/clinics/{slug}", None).json["services"]
        return next(each for each in services if each["kind"] == "enrolment")

    assert shown("nygade")["allowed"]
    assert (shown("havnen")["allowed"], shown("havnen")["code"]) == (False, "sign_up_closed")


@pytest.mark.rule("ACC-3", "V27")
def test_a_link_works_once_at_its_clinic_and_in_its_time(sqlite_doors, sqlite_enrolling, clock):
    _, letter = sqlite_enrolling.linked()
    assert sqlite_enrolling.activate(letter.token, clinic="havnen").json["code"] == "link_invalid"
    assert sqlite_enrolling.activate("A" * 43).json["code"] == "link_invalid"
    weak = sqlite_enrolling.activate(letter.token, "short")
    assert (weak.status_code, weak.json["field"]) == (422, "/password")
    assert sqlite_enrolling.activate(letter.token).status_code == 200
    again = sqlite_enrolling.activate(letter.token, "Skov-2027-y")
    assert (again.status_code, again.json["code"]) == (422, "link_invalid")
    request, late = sqlite_enrolling.linked(CHILD, notice_under_15=True)
    clock.tick(7 * 24 * 3600)
    assert sqlite_enrolling.activate(late.token).json["code"] == "link_invalid"
    assert sqlite_doors.house.state(request) == "notified"


@pytest.mark.rule("ACC-3")
def test_the_page_shows_a_form_uses_nothing_up_and_makes_a_user(sqlite_doors, sqlite_enrolling):
    def send(**fields):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return sqlite_doors.client.simulate_post("/nygade/activation", body=urlencode(fields), headers=kind)

    request, letter = sqlite_enrolling.linked()
    page = sqlite_doors.client.simulate_get("/nygade/activation", headers={"Accept-Language": "en"})
    assert (page.status_code, "Become a user" in page.text, "Lægerne Nygade" in page.text) == (200, True, True)
    assert 'action="/nygade/activation"' in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    assert sqlite_doors.house.state(request) == "notified"
    weak = send(token=letter.token, password="short")
    assert (weak.status_code, "Mindst 8 tegn." in weak.text, letter.token in weak.text) == (422, True, False)
    done = send(token=letter.token, password=NEW)
    assert (done.status_code, "Du er nu bruger." in done.text, "<form" in done.text) == (200, True, False)
    assert sqlite_doors.house.state(request) == "activated"
    again = send(token=letter.token, password=NEW)
    assert (again.status_code, "Linket er brugt eller udløbet." in again.text) == (422, True)
    assert sqlite_doors.client.simulate_get("/nowhere/activation").status_code == 404


def test_a_repeat_makes_no_second_request(sqlite_doors):
    body = {"cpr": DAVID.digits, "email": DAVID.email, "name": "David"}
    path, key = "/v1/clinics/nygade/enrolments", "a-key-of-an-enrolment"
    first = sqlite_doors.post(path, body, None, Idempotency_Key=key)
    again = sqlite_doors.post(path, body, None, Idempotency_Key=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(sqlite_doors.house.rows(REQUEST)) == 1
    other = sqlite_doors.post(path, body | {"name": "Dave"}, None, Idempotency_Key=key)
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


@pytest.mark.parametrize("who", [ALICE, DAVID], ids=str)
def test_a_number_is_guarded_against_many_tries_whoever_has_it(sqlite_doors, sqlite_enrolling, who):
    answers = [sqlite_enrolling.ask(who) for _ in range(6)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert len(sqlite_doors.house.rows(REQUEST)) == 5, "the sixth is answered like the others, and dropped"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cpr": "1234567890"}, "/cpr"),
        ({"email": "david"}, "/email"),
        ({"name": " "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "David 😀"}, "/name"),
        ({"language": "de"}, "/language"),
        ({"services": []}, "/services"),
        ({"services": ["x_ray"]}, "/services"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(sqlite_doors, sqlite_enrolling, changes, field):
    before = sqlite_doors.rows()
    answer = sqlite_enrolling.ask(**changes)
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert sqlite_doors.rows() == before
    assert DAVID.digits not in answer.text


def test_the_patients_own_list_and_the_clinics_lists_show_no_sign_up_of_others(sqlite_doors, sqlite_enrolling):
    sqlite_enrolling.linked(ALICE)
    assert sqlite_doors.get("/v1/requests").json["items"] == []


@pytest.mark.rule("ACC-6")
def test_an_auditors_list_of_sign_ups_names_the_clinic_and_is_narrowed_to_one(doors, enrolling):
    house = doors.house
    house.settings("havnen", sign_up="with_approval")
    for slug in ("nygade", "havnen"):
        enrolling.asked(DAVID, slug)
    proof = doors.doors.auditor() | {"Purpose": "test"}
    rows = doors.doors.get("/v1/audit/requests", proof, kind="enrolment").json["items"]
    assert sorted(row["clinic"] for row in rows) == ["havnen", "nygade"]
    narrowed = doors.doors.get("/v1/audit/requests", proof, kind="enrolment", clinic="havnen").json["items"]
    assert [row["clinic"] for row in narrowed] == ["havnen"]
