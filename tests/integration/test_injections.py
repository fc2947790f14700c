"""What people write is a value and nothing else: not SQL, not a template, not HTML, not a header, not a query."""

import pytest

from storage.models import MESSAGE, REQUEST
from storage.registers import PERSON
from tests.patient_doors import PatientDoors

SQL = [
    "'; DROP TABLE request; --",
    "' OR '1'='1",
    '" OR ""="',
    "1); DELETE FROM history; --",
    "' UNION SELECT sealed FROM person_cpr --",
    "\\'; SELECT pg_sleep(10); --",
    "$$; SELECT 1; $$",
    "%(person)s %s :person ?",
]
TEMPLATES = ["{{7*7}}", "${7*7}", "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}", "#{7*7}"]
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;",
    "=HYPERLINK(A1)",
    "../../etc/passwd",
]


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.mark.rule("V1", "V3")
@pytest.mark.parametrize("text", SQL + TEMPLATES + MARKUP)
def test_a_text_comes_back_as_it_was_written(doors, text):
    people = len(doors.house.rows(PERSON))
    asked = doors.submit("e_kons", {"text": text})
    assert asked.status_code == 202, asked.text
    assert doors.get(asked.headers["Location"]).json["messages"][0]["content"]["text"] == text
    assert (len(doors.house.rows(REQUEST)), len(doors.house.rows(MESSAGE))) == (1, 1)
    assert len(doors.house.rows(PERSON)) == people


@pytest.mark.rule("V1")
@pytest.mark.parametrize("text", SQL)
def test_a_query_or_a_path_that_holds_sql_names_nothing(doors, text):
    for parameter in ("kind", "state", "clinic", "cursor"):
        assert doors.client.simulate_get(
            "/v1/requests", params={parameter: text}, headers=doors.doors.patient()
        ).status_code in {200, 400}, parameter
    assert doors.client.simulate_get(f"/v1/clinics/{text}").status_code == 404


@pytest.mark.rule("V4", "V45")
@pytest.mark.parametrize("value", ["abcd\r\nSet-Cookie: a=b", "abcdefgh\nX: y", "abcdefgh\x00", "<script>abc</script>"])
def test_a_header_that_is_given_back_cannot_carry_another(doors, value):
    answer = doors.client.simulate_get("/health/live", headers={"X-Request-Id": value})
    assert answer.headers["X-Request-Id"] != value
    assert "Set-Cookie" not in answer.headers
    assert "\n" not in answer.headers["X-Request-Id"]
