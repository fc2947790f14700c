"""Every letter says what it should in both languages, and can hold nothing else."""

import dataclasses
import html
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from notifications import letters
from notifications.letters import LETTERS, ClinicCard, Letter, UnknownLetterError, write
from notifications.rendering import TEMPLATES, Language, Stationery
from workflows.enrolment import Rejection

CLINICS = {
    "da": ClinicCard(
        name="Lægerne Nygade & Co",
        phone="12 34 56 78",
        hours="Mandag til fredag kl. 8-15\nTorsdag også kl. 16-18",
        emergency_text="Uden for åbningstid: ring 1813.",
        front_page_url="https://portal.example/nygade",
    ),
    "en": ClinicCard(
        name="Lægerne Nygade & Co",
        phone="12 34 56 78",
        hours="Monday to Friday 8-15",
        emergency_text="Outside opening hours: phone 1813.",
        front_page_url="https://portal.example/nygade",
    ),
}
EXTRAS = {
    "login_code": {"code": "042917"},
    "recovery_link": {"link": "https://portal.example/recover#t=abc&n=1"},
    "password_changed": {"link": "https://portal.example/not-me#t=def"},
    "activation_link": {"link": "https://portal.example/activation#t=abc&n=1"},
}
FACTS = {"appointment_news": ["visit"], "appointment_reminder": ["visit", "form_due"]}
"""What letters say beside card and secret: a time, or yes or no, and nothing that somebody has written."""
NO_REPLY = {"da": "Du kan ikke svare på denne mail.", "en": "You cannot reply to this email."}

every_letter = pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name in LETTERS for language in get_args(Language)]
)


def written(name: str, language: Language) -> Letter:
    return write(name, CLINICS[language], language, **EXTRAS.get(name, {}))


def words(page: str) -> str:
    body = page.partition("<body")[2].partition(">")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@every_letter
def test_text_and_html_say_the_same_words(name, language):
    letter = written(name, language)
    assert words(letter.html) == " ".join(letter.text.split())
    assert f'<html lang="{language}">' in letter.html


@every_letter
def test_says_who_writes_and_where_to_turn(name, language):
    letter, clinic = written(name, language), CLINICS[language]
    assert clinic.name in letter.subject
    for line in (clinic.name, clinic.phone, clinic.hours, clinic.emergency_text, NO_REPLY[language]):
        assert line in letter.text


@pytest.mark.rule("NOT-1", "NOT-2", "REC-4")
@every_letter
def test_links_lead_to_the_front_page_or_are_the_recovery_link(name, language):
    letter = written(name, language)
    allowed = {CLINICS[language].front_page_url, *EXTRAS.get(name, {}).values()}
    for found in re.findall(r"https?://[^\s\"<]+", letter.text + html.unescape(letter.html)):
        assert found in allowed


@pytest.mark.rule("NOT-1", "NOT-2")
@every_letter
def test_beyond_card_and_secret_nothing_is_told(name, language):
    """No time, no number, no word that gives away what the request was about or whom it was for."""
    letter, card = written(name, language), CLINICS[language]
    said = f"{letter.subject}\n{letter.text}"
    for given in (*(getattr(card, field.name) for field in dataclasses.fields(card)), *EXTRAS.get(name, {}).values()):
        said = said.replace(given, "")
    assert set(re.findall(r"[0-9]+", said)) <= {"112", "10", "30", "7"}
    telling = r"cpr|recept|medicin|fornyelse|konsultation|læge|behandler|prescri|medicine|renewal|consult|doctor|kl\."
    assert not re.search(telling, said, re.IGNORECASE)


@pytest.mark.rule("NOT-1")
def test_no_letter_has_a_place_for_anything_confidential():
    assert {field.name for field in dataclasses.fields(ClinicCard)} == {
        "name",
        "phone",
        "hours",
        "emergency_text",
        "front_page_url",
    }
    for name, maker in LETTERS.items():
        places = list(inspect.signature(maker).parameters)
        assert places == ["clinic", "language", *EXTRAS.get(name, {}), *FACTS.get(name, ())], name


@pytest.mark.rule("NOT-1", "V3")
@pytest.mark.parametrize("stranger", ["cpr", "name", "text", "practitioner"])
def test_a_letter_refuses_what_it_has_no_place_for(stranger):
    with pytest.raises(TypeError) as refusal:
        write("message_waiting", CLINICS["da"], "da", **{stranger: "1111111118"})
    assert "1111111118" not in str(refusal.value)


@every_letter
def test_sentences_are_short(name, language):
    letter = written(name, language)
    for sentence in re.split(r"[.!?:]\s|\n", letter.text):
        assert len(sentence.split()) < 25, sentence


@pytest.mark.rule("LOG-2")
@pytest.mark.parametrize("language", ["da", "en"])
def test_the_code_is_in_the_letter_but_never_in_the_subject(language):
    letter = written("login_code", language)
    assert "042917" in letter.text
    assert "042917" not in letter.subject
    assert "042917" not in repr(letter)
    assert str(letters.LOGIN_CODE_MINUTES) in letter.text


@pytest.mark.rule("REC-4")
@pytest.mark.parametrize("language", ["da", "en"])
def test_the_recovery_link_is_whole_in_both_forms(language):
    letter = written("recovery_link", language)
    link = EXTRAS["recovery_link"]["link"]
    assert link in letter.text
    assert f'href="{html.escape(link)}"' in letter.html
    assert str(letters.RECOVERY_LINK_MINUTES) in letter.text


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize("language", ["da", "en"])
def test_the_activation_link_is_whole_in_both_forms_and_says_how_long_it_holds(language):
    letter = written("activation_link", language)
    link = EXTRAS["activation_link"]["link"]
    assert link in letter.text
    assert f'href="{html.escape(link)}"' in letter.html
    assert f" {letters.ACTIVATION_LINK_DAYS} " in letter.text


@pytest.mark.rule("ACC-4")
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_declined_enrolment_is_told_without_the_reason(language):
    letter = written("enrolment_declined", language)
    assert CLINICS[language].phone in letter.text
    for reason in get_args(Rejection.model_fields["reason"].annotation):
        assert reason not in letter.text


@pytest.mark.parametrize(
    ("name", "extras"),
    [("login_code", {"code": code}) for code in ("12345", "1234567", "1111111118", "12345a", "١٢٣٤٥٦", "123456\n", "")]
    + [
        (name, {"link": link})
        for name in ("recovery_link", "password_changed")
        for link in ("javascript:alert(1)", "portal.example/x", "https://", "https://a b", "https://x\n.dk", "")
    ],
)
def test_an_extra_that_is_not_what_it_says_is_refused_without_being_repeated(name, extras):
    with pytest.raises(ValueError, match=r"must be") as refusal:
        write(name, CLINICS["da"], "da", **extras)
    (value,) = extras.values()
    assert not value or value not in str(refusal.value)


@pytest.mark.rule("V4")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Nygade\r\nBcc: x@example.dk"),
        ("name", " "),
        ("phone", "12\n34"),
        ("hours", "8-15\x00"),
        ("hours", "\n"),
        ("emergency_text", ""),
        ("front_page_url", "https://portal.example/nygade?token=1"),
        ("front_page_url", "https://portal.example/nygade#token"),
        ("front_page_url", "https://user@portal.example/"),
        ("front_page_url", "ftp://portal.example/"),
    ],
)
def test_a_card_takes_public_lines_and_a_plain_address_only(field, value):
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(CLINICS["da"], **{field: value})


@pytest.mark.rule("V4")
def test_a_subject_of_several_lines_is_no_letter():
    with pytest.raises(ValueError, match="subject"):
        Letter("a\nb", "", "", "da")


def test_an_unknown_letter_is_named_with_those_that_exist():
    with pytest.raises(UnknownLetterError, match=r"'toy_news'.*message_waiting"):
        write("toy_news", CLINICS["da"], "da")


def test_both_languages_have_every_letter_and_no_other():
    for language in get_args(Language):
        for form in ("txt", "html"):
            names = {path.name.removesuffix(f".{form}.j2") for path in (TEMPLATES / language).glob(f"*.{form}.j2")}
            assert names == {*LETTERS, "base"}


def test_a_new_letter_is_a_pair_of_templates_and_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "da").mkdir()
    for form, message in (("txt", "Bamsen er klar."), ("html", "<p>Bamsen er klar.</p>")):
        (tmp_path / "da" / f"toy_news.{form}.j2").write_text(
            f'{{% extends "da/base.{form}.j2" %}}\n{{% block subject %}}Nyt{{% endblock %}}\n'
            f"{{% block message %}}{message}{{% endblock %}}\n"
        )
    stationery = Stationery(tmp_path, TEMPLATES)

    def toy_news(clinic: ClinicCard, language: Language) -> Letter:
        return Letter(*stationery.render("toy_news", language, {"clinic": clinic}), language)

    monkeypatch.setitem(LETTERS, "toy_news", toy_news)
    letter = write("toy_news", CLINICS["da"], "da")
    assert letter.subject == "Nyt"
    assert "Bamsen er klar." in letter.text
    assert words(letter.html) == " ".join(letter.text.split())
