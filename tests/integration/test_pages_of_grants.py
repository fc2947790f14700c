"""The pages of auditors and operators: a cookie of their own, the doors' own answers, and no word of a patient's."""

import re

import html5lib
import pytest
import sqlalchemy as sa

from api.proofs import COOKIE, GRANT_COOKIES
from identity.authenticator import new_app_secret
from identity.policy import Who
from identity.tokens import new_token, token_hash
from storage.grant_log_ins import GRANTS, app_place
from storage.grant_registers import GRANT_LOG_IN
from storage.models import HISTORY, REQUEST
from storage.registers import ACCESS
from tests.app_codes import AuthenticatorApp
from tests.knocking import Doors
from tests.patient_doors import OWN_PAGE
from tests.people import ALICE
from workflows.delivery import Failure

WORDS = "Sentinel words 77ab"
WHY = {"purpose": "Complaint 17"}
FORM = "application/x-www-form-urlencoded"
KINDS = {Who.AUDITOR: "/audit", Who.OPERATOR: "/operator"}


@pytest.fixture
def doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords)


class Browser:
    """A browser that keeps the cookies of one who holds a grant."""

    def __init__(self, doors, who):
        self.doors, self.who, self.home, self.cookies = doors, who, KINDS[who], {}
        (doors.auditor if who is Who.AUDITOR else doors.operator)()
        (row,) = doors.house.rows(GRANTS[who])
        self.token, secret = new_token(), new_app_secret()
        self.app = AuthenticatorApp(secret, doors.house.clock)
        sealed = doors.house.keyring.seal(secret.encode(), app_place(who, row.id))
        grants = GRANTS[who]
        with doors.house.database.writing() as connection:
            kept = {"token_hash": token_hash(self.token), "app_sealed": sealed}
            connection.execute(sa.update(grants).where(grants.c.id == row.id).values(kept))

    def get(self, path, **query):
        return self._keep(self.doors.client.simulate_get(path, params=query, headers=self._sent()))

    def post(self, path, form, **headers):
        body = "&".join(f"{name}={value}" for name, value in form.items())
        sent = self._sent() | OWN_PAGE_HEADERS | {"Content-Type": FORM} | headers
        return self._keep(self.doors.client.simulate_post(path, body=body, headers=sent))

    def log_in(self, code=None, **form):
        return self.post(f"{self.home}/log-in", {"token": self.token, "code": code or self.app.code(), **form})

    def _sent(self):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies} if cookies else {}

    def _keep(self, answer):
        self.cookies |= {name: cookie.value for name, cookie in answer.cookies.items()}
        if answer.status_code != 303:
            html5lib.HTMLParser(strict=True).parse(answer.text)
        return answer


OWN_PAGE_HEADERS = {name.replace("_", "-"): value for name, value in OWN_PAGE.items()}


@pytest.fixture
def auditor(doors):
    browser = Browser(doors, Who.AUDITOR)
    assert browser.log_in().status_code == 303
    return browser


def word(page):
    return re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)[1]


@pytest.mark.parametrize("who", KINDS)
def test_both_factors_open_the_pages_by_a_cookie_of_their_own(doors, who):
    browser = Browser(doors, who)
    lost = browser.get(f"{browser.home}", x="1")
    wanted = f"{browser.home}/log-in?next=%2F{browser.home[1:]}%3Fx%3D1"
    assert (lost.status_code, lost.headers["Location"]) == (303, wanted)
    wrong = browser.log_in(browser.app.wrong())
    assert wrong.status_code == 401
    assert 'id="errors"' in wrong.text
    assert browser.token not in wrong.text
    answer = browser.log_in(next="https://evil.test/")
    assert (answer.status_code, answer.headers["Location"]) == (303, browser.home)
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.partition("=")[0] == GRANT_COOKIES[who] != COOKIE
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    page = browser.get(browser.home)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert browser.post(f"{browser.home}/log-out", {"csrf": word(page)}).status_code == 303
    assert browser.get(browser.home).status_code == 303
    assert [row.ended_at is None for row in doors.house.rows(GRANT_LOG_IN)] == [True, False]


@pytest.mark.parametrize("who", KINDS)
def test_a_strangers_page_can_neither_log_in_nor_out(doors, who):
    browser = Browser(doors, who)
    for site in ("cross-site", "same-site"):
        form = {"token": browser.token, "code": browser.app.code()}
        assert browser.post(f"{browser.home}/log-in", form, **{"Sec-Fetch-Site": site}).status_code == 403
    browser.log_in()
    path, csrf = f"{browser.home}/log-out", word(browser.get(browser.home))
    assert browser.post(path, {"csrf": csrf}, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post(path, {"csrf": "0" * len(csrf)}).status_code == 403
    assert browser.post(path, {}).status_code == 403
    assert browser.get(browser.home).status_code == 200


@pytest.mark.rule("NEW-8")
def test_nothing_is_found_without_a_purpose_and_a_look_is_noted_with_it(doors, auditor):
    request = doors.house.e_kons(WORDS)
    begun = auditor.get("/audit")
    assert str(request) not in begun.text
    empty = auditor.get("/audit", purpose=" ", clinic="nygade")
    assert empty.status_code == 422
    assert 'href="#purpose"' in empty.text
    assert '<option value="nygade" selected>' in empty.text
    found = auditor.get("/audit", **WHY, clinic="nygade", kind="", state="submitted")
    assert f"/audit/requests/{request}?purpose=Complaint%2017" in found.text
    assert "Ingen henvendelser passer" in auditor.get("/audit", **WHY, state="closed").text
    looks = doors.house.rows(ACCESS, ACCESS.c.act == "auditor.request.read")
    assert [row.purpose for row in looks] == ["Complaint 17"] * 2
    assert auditor.get("/audit", **WHY, cursor="made-up").status_code == 422


def test_the_list_goes_on_where_the_page_ended(doors, auditor):
    requests = [str(doors.house.e_kons()) for _ in range(21)]
    first = auditor.get("/audit", **WHY)
    older = re.search(r'href="(/audit\?[^"]*cursor=[^"]+)"', first.text)[1].replace("&amp;", "&")
    second = auditor._keep(doors.client.simulate_get(older, headers=auditor._sent()))
    shown = [re.findall(r"/audit/requests/([0-9a-f-]{36})", page.text) for page in (first, second)]
    assert [len(each) for each in shown] == [20, 1]
    assert sorted(shown[0] + shown[1]) == sorted(requests)


@pytest.mark.rule("F33")
def test_a_history_shows_the_path_taken_and_whether_the_chain_holds(doors, auditor):
    request = doors.house.delivered(doors.house.e_kons(WORDS))
    doors.house.clock.tick(725)
    doors.house.answer(request)
    page = auditor.get(f"/audit/requests/{request}", **WHY)
    assert page.status_code == 200
    assert page.text.count('class="move move-taken"') == 3
    assert page.text.count("state-present") == 1
    assert "Kæden er hel" in page.text
    assert "efter 12 minutter 5 sekunder" in page.text
    for secret in (WORDS, ALICE.digits, ALICE.email, str(doors.house.people[ALICE])):
        assert secret not in page.text
    settings = auditor.get(f"/audit/requests/{request}/settings", **WHY)
    assert "answer_promise_days" in settings.text
    assert str(doors.house.people[ALICE]) not in settings.text
    with doors.house.database.engine.begin() as connection:
        for (name,) in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        connection.execute(sa.update(HISTORY).where(HISTORY.c.n == 2).values(actor="operator"))
    assert "Kæden er brudt" in auditor.get(f"/audit/requests/{request}", **WHY).text


def test_without_a_purpose_or_outside_the_grant_there_is_no_history(doors, auditor):
    request = doors.house.e_kons()
    assert auditor.get(f"/audit/requests/{request}").status_code == 400
    missing = auditor.get(f"/audit/requests/{doors.house.new_id()}", **WHY)
    assert missing.status_code == 404
    assert 'href="/audit"' in missing.text
    with doors.house.database.writing() as connection:
        connection.execute(sa.update(REQUEST).values(created_at=doors.house.clock().replace(year=2020)))
    assert auditor.get(f"/audit/requests/{request}", **WHY).status_code == 404


@pytest.mark.rule("NEW-25")
def test_numbers_are_drawn_with_a_table_under_each(doors, auditor):
    doors.house.e_kons()
    begun = auditor.get("/audit/statistics")
    days = dict(re.findall(r'name="(first_day|last_day)"[^>]*value="([^"]+)"', begun.text))
    page = auditor.get("/audit/statistics", **WHY, clinic="nygade", **days)
    assert page.status_code == 200
    assert page.text.count("<svg") == page.text.count("<details>") == 4
    wrong = auditor.get("/audit/statistics", **WHY, clinic="nygade", first_day="2026-11-30", last_day="2026-11-01")
    assert wrong.status_code == 422
    assert 'href="#last_day"' in wrong.text
    assert auditor.get("/audit/statistics", **WHY, clinic="elsewhere", **days).status_code == 404


def test_an_operator_sees_what_is_parked_and_sends_it_again(doors):
    browser = Browser(doors, Who.OPERATOR)
    browser.log_in()
    request = doors.house.e_kons(WORDS)
    work = doors.house.claimed(doors.house.owed(request).id)
    with doors.house.database.writing() as connection:
        doors.house.worker.park(connection, work, "unknown_patient")
    doors.house.advance(request, "gave_up", Failure(reason="unknown_patient"))
    page = browser.get("/operator")
    assert "unknown_patient" in page.text
    for secret in (WORDS, ALICE.digits, ALICE.email):
        assert secret not in page.text
    path = f"/operator/parked/{work.id}/resend"
    assert browser.post(path, {}).status_code == 403
    sent = browser.post(path, {"csrf": word(page)})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/operator?sent=yes")
    assert "Den er sendt igen" in browser.get("/operator", sent="yes").text
    again = browser.post(path, {"csrf": word(page)})
    assert again.status_code in {404, 409}
    assert 'id="errors"' in again.text


def test_a_cookie_of_one_kind_opens_no_page_of_another(doors, auditor):
    token = auditor.cookies[GRANT_COOKIES[Who.AUDITOR]]
    auditor.cookies = {GRANT_COOKIES[Who.OPERATOR]: token, COOKIE: token}
    assert auditor.get("/operator").status_code == 303
    assert auditor.get("/audit").status_code == 303


def test_the_pages_are_read_in_english_too(doors, auditor):
    chosen = auditor.get("/audit/language", to="en", back="/audit/statistics")
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/audit/statistics")
    assert "Find requests" in auditor.get("/audit").text
    lost = doors.client.simulate_get("/audit/nowhere", headers={"Accept": "text/html"})
    assert lost.status_code == 404
    assert 'href="/audit"' in lost.text
