"""When a notice goes: quiet hours end, what is gathered waits, what is urgent does not, and the clock may change."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.letters import LETTERS
from notifications.rendering import TEMPLATES
from notifications.sms import UnusableNumberError, usable_number
from notifications.text_messages import _WORDS, RevealsError, checked, text_message
from tests.unit.test_letters import CLINICS
from workflows.notices import GATHERED, NOTICES, Wish
from workflows.vocabulary import Letter
from workflows.working_days import COPENHAGEN

NIGHT = Wish(quiet_from=time(22), quiet_until=time(7))
NOON = Wish(quiet_from=time(12), quiet_until=time(13))


def at(*when):
    return datetime(*when, tzinfo=COPENHAGEN).astimezone(UTC)


@pytest.mark.rule("NEW-21")
@pytest.mark.parametrize(
    ("wish", "made", "until"),
    [
        (NIGHT, at(2026, 11, 23, 22), at(2026, 11, 24, 7)),
        (NIGHT, at(2026, 11, 24, 6, 59), at(2026, 11, 24, 7)),
        (NIGHT, at(2026, 11, 24, 7), None),
        (NIGHT, at(2026, 11, 23, 21, 59), None),
        (NOON, at(2026, 11, 23, 12, 30), at(2026, 11, 23, 13)),
        (NOON, at(2026, 11, 23, 23), None),
        (NIGHT, at(2026, 3, 28, 23), at(2026, 3, 29, 7)),
        (NIGHT, at(2026, 10, 24, 23), at(2026, 10, 25, 7)),
        (Wish(), at(2026, 11, 24, 3), None),
    ],
    ids=["begins", "ends", "over", "before", "by day", "not by night", "a short night", "a long night", "no wish"],
)
def test_a_notice_waits_until_quiet_hours_end(wish, made, until):
    assert wish.waits_until(Letter.APPOINTMENT_NEWS, made, made) == until


@pytest.mark.rule("NEW-21")
def test_messages_are_gathered_and_news_of_a_time_is_not():
    wish, made = Wish(digest_at=time(17)), at(2026, 11, 23, 9)
    for letter in NOTICES:
        until = at(2026, 11, 23, 17) if letter in GATHERED else None
        assert wish.waits_until(letter, made, made) == until
    assert wish.waits_until(Letter.MESSAGE_WAITING, made, at(2026, 11, 23, 17)) is None
    late = Wish(quiet_from=time(16), quiet_until=time(18), digest_at=time(17))
    assert late.waits_until(Letter.MESSAGE_WAITING, made, made) == at(2026, 11, 23, 18)


@settings(max_examples=80, deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)), st.times(), st.times(), st.none() | st.times())  # noqa: DTZ001 - given a zone below
def test_no_wish_holds_a_notice_for_longer_than_two_days(moment, begins, ends, digest):
    wish = Wish(quiet_from=begins, quiet_until=ends, digest_at=digest) if begins != ends else Wish(digest_at=digest)
    now = moment.replace(tzinfo=UTC)
    until = wish.waits_until(Letter.MESSAGE_WAITING, now, now)
    assert until is None or 0 < (until - now).total_seconds() <= 49 * 3600


@pytest.mark.rule("NEW-21", "NOT-1")
def test_every_notice_has_a_letter_and_a_text_message_that_say_no_more_than_whose_and_where():
    assert set(_WORDS) == {letter.value for letter in NOTICES} <= set(LETTERS)
    for language, clinic in CLINICS.items():
        for letter in NOTICES:
            words = text_message(letter, clinic, language)
            assert clinic.name in words
            assert (clinic.front_page_url in words) != (clinic.phone in words)
            assert "\n" not in words
            assert (TEMPLATES / language / f"{letter}.txt.j2").exists()


@pytest.mark.rule("NEW-21")
@pytest.mark.parametrize("words", ["0101851234", "010185-1234", "Kaj 610185 1234.", "ring 0101850AB1"])
def test_words_like_a_cpr_number_do_not_leave_the_house(words):
    with pytest.raises(RevealsError):
        checked(words)


def test_phone_numbers_and_links_do():
    said = "Ring 86 12 34 56 eller +4586123456, 1813. https://portal.example/nygade?x=99999999999"
    assert checked(said) == said


@pytest.mark.rule("NEW-21")
@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("20 12 34 56", "+4520123456"),
        ("+45 20123456", "+4520123456"),
        ("0045-20.12.34.56", "+4520123456"),
        ("+299 123456", "+299123456"),
        ("+298 123456", "+298123456"),
    ],
)
def test_a_number_is_kept_in_one_form(written, number):
    assert usable_number(written) == number


@pytest.mark.parametrize(
    "written", ["", "12345678", "2012345", "+46701234567", "+4520123456x", "\\uff12\\uff10123456", "+45201234567"]
)
def test_what_is_no_phone_number_is_refused(written):
    with pytest.raises(UnusableNumberError):
        usable_number(written)
