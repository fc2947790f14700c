"""Identifiers: version 7, sorted by time, never twice."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from identity.identifiers import uuid7_maker

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds of a strategy are naive
def test_an_identifier_is_of_version_seven_and_begins_with_its_time(now):
    made = uuid7_maker(lambda: now)()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert abs((made.int >> 80) - now.timestamp() * 1000) <= 1


def test_identifiers_sort_by_time():
    moments = iter([NINE + timedelta(milliseconds=step) for step in range(1000)])
    new_id = uuid7_maker(lambda: next(moments))
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert [str(each) for each in made] == sorted(str(each) for each in made)


def test_identifiers_of_one_moment_differ_in_all_their_random_bits():
    new_id = uuid7_maker(lambda: NINE)
    made = {new_id().int for _ in range(5000)}
    assert len(made) == 5000
    always_one, ever_one = (1 << 128) - 1, 0
    for each in made:
        always_one &= each
        ever_one |= each
    changing = (ever_one & ~always_one).bit_count()
    assert changing == 74, "12 and 62 bits are random, the others are time, version and variant"
