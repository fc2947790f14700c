"""What letters about a visit may say: that a form waits, and the time where it is agreed; never what it is about."""

import dataclasses
import re
from datetime import UTC, datetime

import pytest

from notifications.letters import write
from notifications.visit_letters import VisitTime
from tests.unit.test_letters import CLINICS, words, written


@pytest.mark.rule("BOO-10", "NOT-2")
@pytest.mark.parametrize(("language", "said"), [("da", "et skema, som du skal"), ("en", "which you must fill in")])
def test_a_reminder_says_that_a_form_waits_and_not_what_it_asks(language, said):
    letter = write("appointment_reminder", CLINICS[language], language, form_due=True)
    assert said in letter.text
    assert words(letter.html) == " ".join(letter.text.split())
    assert said not in written("appointment_reminder", language).text


VISIT = VisitTime(datetime(2026, 12, 2, 9, 15, tzinfo=UTC))


@pytest.mark.rule("NOT-2", "BOO-15")
@pytest.mark.parametrize(
    ("language", "said", "off"),
    [
        ("da", "Din tid er onsdag den 2. december 2026 kl. 10.15.", "2026 kl. 10.15 er aflyst."),
        ("en", "Your appointment is on Wednesday 2 December 2026 at 10:15.", "2026 at 10:15 is cancelled."),
    ],
)
@pytest.mark.parametrize("name", ["appointment_news", "appointment_reminder"])
def test_a_time_is_told_where_it_is_agreed_in_local_words_never_in_the_subject_and_nothing_else(
    name, language, said, off
):
    letter, neutral = write(name, CLINICS[language], language, visit=VISIT), written(name, language)
    assert said in letter.text
    assert words(letter.html) == " ".join(letter.text.split())
    assert letter.subject == neutral.subject
    assert set(re.findall("[0-9]+", letter.text)) - set(re.findall("[0-9]+", neutral.text)) <= {"2", "2026", "10", "15"}
    if name == "appointment_news":
        cancelled = write(name, CLINICS[language], language, visit=dataclasses.replace(VISIT, cancelled=True))
        assert off in cancelled.text
        assert said not in cancelled.text


def test_a_time_has_a_place_for_a_time_only():
    places = {field.name: field.type for field in dataclasses.fields(VisitTime)}
    assert places == {"starts_at": datetime, "cancelled": bool}
    with pytest.raises(ValueError, match="zone"):
        VisitTime(datetime(2026, 12, 2, 9, 15))  # noqa: DTZ001 - without a zone on purpose
