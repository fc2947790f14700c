"""Templates are strict, escape what they should, and carry their style with them."""

import time
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from notifications.letters import ClinicCard, write
from notifications.rendering import HOUSE_STATIONERY, Stationery

CLINIC = ClinicCard("Nygade", "12 34 56 78", "8-15", "112", "https://portal.example/nygade")


@pytest.fixture
def stationery(tmp_path: Path) -> Stationery:
    (tmp_path / "da").mkdir()
    (tmp_path / "da" / "note.txt.j2").write_text("Om {{ thing }}\n\nÆblet: {{ thing }}\n")
    (tmp_path / "da" / "note.html.j2").write_text(
        "<html><head><title>{{ subject }}</title><style>p { color: red } @media print { p { color: black } }"
        '</style><link rel="stylesheet" href="http://127.0.0.1:9/never.css"></head>'
        "<body><p>{{ thing }}</p></body></html>"
    )
    return Stationery(tmp_path)


def test_the_first_line_is_the_subject(stationery):
    said = stationery.render("note", "da", {"thing": "vejr"})
    assert (said.subject, said.text) == ("Om vejr", "Æblet: vejr\n")
    assert "<title>Om vejr</title>" in said.html


def test_html_is_escaped_and_plain_text_is_not(stationery):
    said = stationery.render("note", "da", {"thing": "<b>&"})
    assert "&lt;b&gt;&amp;" in said.html
    assert "<b>" not in said.html
    assert said.text == "Æblet: <b>&\n"


def test_a_value_that_was_not_given_is_an_error(stationery):
    with pytest.raises(UndefinedError, match="thing"):
        stationery.render("note", "da", {})


def test_a_language_without_the_letter_is_an_error(stationery):
    with pytest.raises(TemplateNotFound, match=r"en/note"):
        stationery.render("note", "en", {"thing": "x"})


def test_style_is_on_the_elements_and_media_rules_stay_while_nothing_is_fetched(stationery):
    said = stationery.render("note", "da", {"thing": "x"})
    assert '<p style="color: red;">' in said.html
    assert "@media print" in said.html


@pytest.mark.rule("V3")
def test_a_clinic_cannot_write_html_into_a_letter():
    clinic = ClinicCard('<img src="x">', "12", "<script>", "<b>112</b>", "https://portal.example/nygade")
    letter = write("message_waiting", clinic, "da")
    for tag in ("<img", "<script", "<b>"):
        assert tag not in letter.html


def test_a_letter_needs_nothing_from_outside():
    letter = write("message_waiting", CLINIC, "da")
    for call in ("<img", "<link", "<script", "src=", "@import", "url("):
        assert call not in letter.html


def test_writing_a_letter_takes_less_than_a_millisecond():
    HOUSE_STATIONERY.render("message_waiting", "da", {"clinic": CLINIC})
    shortest = min(_seconds_for_one() for _ in range(50))
    assert shortest < 0.001


def _seconds_for_one() -> float:
    begun = time.perf_counter()
    write("message_waiting", CLINIC, "da")
    return time.perf_counter() - begun
