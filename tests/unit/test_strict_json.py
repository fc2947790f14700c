"""What comes in is strict JSON of the declared shape, or is refused whole, with every fault and without an echo."""

import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticSerializationError

from api.inputs import InvalidBodyError, InvalidQueryError, UnreadableBodyError
from api.sentences import SENTENCES, sentence
from api.strict_json import DEEPEST, Moment, check, read_body, read_query, write
from workflows.e_kons import Message

MESSAGE = TypeAdapter(Message)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Timed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Moment
    count: int = Field(1, ge=1)


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=100)
    name: str | None = None


def refusal(body):
    with pytest.raises(UnreadableBodyError) as caught:
        check(body)
    assert str(caught.value) == caught.value.code
    return caught.value.code


def faults(body, shape=MESSAGE):
    with pytest.raises(InvalidBodyError) as caught:
        read_body(body, shape)
    return {fault.field: fault.code for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "body_missing"),
        (b"   ", "malformed_json"),
        (b"{", "malformed_json"),
        (b"{} {}", "malformed_json"),
        (b"{'a': 1}", "malformed_json"),
        (b'{"a": 1,}', "malformed_json"),
        (b'{"a": 01}', "malformed_json"),
        (b'{"a": "\x01"}', "malformed_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "malformed_json"),
        (b'\xef\xbb\xbf{"a": 1}', "byte_order_mark"),
        (b'{"a": "\xff"}', "not_utf8"),
        ('{"a": 1}'.encode("utf-16"), "not_utf8"),
        (b'{"a": NaN}', "not_a_number"),
        (b'{"a": -Infinity}', "not_a_number"),
        (b'{"a": 1e999}', "not_a_number"),
        (b'{"a": 1, "b": 2, "a": 3}', "duplicate_member"),
        (b'{"x": [{"a": 1, "\\u0061": 3}]}', "duplicate_member"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 500_000, "too_deep"),
    ],
)
def test_what_is_not_strict_json_is_refused_by_name(body, code):
    assert refusal(body) == code


def test_brackets_count_only_where_they_nest():
    check(b"[" * DEEPEST + b"]" * DEEPEST)
    check(json.dumps(["[{" * 50, '\\"[', *([] for _ in range(50))]).encode())


@pytest.mark.rule("V5")
def test_a_body_made_to_be_slow_is_not():
    begun = time.perf_counter()
    assert refusal(b'["' + b'\\"' * 250_000 + b"[" * 40) == "malformed_json"
    assert refusal(b"[" * 40 + b'"' + b'\\"' * 250_000) == "too_deep"
    assert time.perf_counter() - begun < 2


@given(VALUES)
def test_every_honest_text_passes(value):
    check(json.dumps(value).encode())
    check(json.dumps(value, ensure_ascii=False).encode())


def test_a_lone_surrogate_is_no_text():
    with pytest.raises(UnreadableBodyError, match="malformed_json"):
        read_body(b'{"text": "\\ud800"}', MESSAGE)


@pytest.mark.rule("V6")
def test_all_faults_are_told_at_once():
    body = '{"text": "hej 😀", "practitioner": 3, "thread": "x", "files": ["y"], "cpr": 1}'.encode()
    assert faults(body) == {
        "/text": "emoji",
        "/practitioner": "string_type",
        "/thread": "uuid_parsing",
        "/files/0": "uuid_parsing",
        "/cpr": "extra_forbidden",
    }


@pytest.mark.rule("V43")
def test_nothing_is_coerced():
    shape = TypeAdapter(Timed)
    for count in (b'"1"', b"true", b"1.0", b"null"):
        assert faults(b'{"at": "2026-11-24T09:00:00Z", "count": ' + count + b"}", shape).keys() == {"/count"}
    assert faults(b'{"at": 1795510800}', shape) == {"/at": "datetime_type"}
    assert faults(b'{"at": "2026-11-24T09:00:00"}', shape) == {"/at": "timezone_aware"}
    assert faults(b"[]", shape) == {"": "model_type"}


def test_a_long_text_has_the_same_code_as_the_rule_about_long_texts():
    assert faults(json.dumps({"text": "a" * 5001}).encode()) == {"/text": "text_too_long"}


@pytest.mark.parametrize("name", ["1111111118", "anne@example.dk", "Anne Hansen", "a" * 41, "~/"])
def test_a_members_name_that_could_be_anything_is_not_repeated(name):
    with pytest.raises(InvalidBodyError) as caught:
        read_body(json.dumps({"text": "hej", name: 1}).encode(), MESSAGE)
    assert name not in repr(caught.value.faults)


def test_what_was_sent_is_in_no_fault():
    body = json.dumps({"text": 1111111118, "practitioner": "1111111118 !", "thread": "1403837853"}).encode()
    with pytest.raises(InvalidBodyError) as caught:
        read_body(body, MESSAGE)
    said = [sentence(fault, language) for fault in caught.value.faults for language in ("da", "en")]
    assert len(said) == 6
    assert not any(number in f"{said}{caught.value.faults!r}{caught.value}" for number in ("1111111118", "1403837853"))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_times_come_in_with_any_offset_and_leave_as_utc():
    shape = TypeAdapter(Timed)
    read = read_body(b'{"at": "2026-11-24T10:00:00+01:00"}', shape)
    assert read.at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert write(read, shape) == b'{"at":"2026-11-24T09:00:00Z","count":1}'
    local = Timed(at=datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    assert b"2026-07-01T10:00:00Z" in write(local, shape)


@pytest.mark.rule("V6")
@pytest.mark.parametrize("at", ["0001-01-01T00:30:00+01:00", "9999-12-31T23:30:00-01:00"])
def test_a_time_that_is_in_no_year_of_utc_is_a_fault(at):
    with pytest.raises(InvalidBodyError) as caught:
        read_body(b'{"at": "' + at.encode() + b'"}', TypeAdapter(Timed))
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [("/at", "time_beyond_reach")]


def test_an_answer_of_another_shape_is_not_sent():
    with pytest.raises(PydanticSerializationError):
        write({"at": "now"}, TypeAdapter(Timed))


def query_faults(parameters, shape=Search):
    with pytest.raises(InvalidQueryError) as caught:
        read_query(parameters, shape)
    return {fault.field: fault.code for fault in caught.value.faults}


def test_query_parameters_are_read_from_their_text():
    assert read_query({"limit": "7"}, Search) == Search(limit=7)
    assert read_query({}, None) is None


@pytest.mark.rule("V43")
def test_unknown_repeated_and_wrong_parameters_are_told_at_once():
    assert query_faults({"limit": "0", "name": ["a", "b"], "sort": "x"}) == {
        "sort": "unknown_parameter",
        "name": "repeated_parameter",
        "limit": "greater_than_equal",
    }
    assert query_faults({"1111111118": "x"}, None) == {"": "unknown_parameter"}


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_stands_in_both_languages_and_takes_its_limits(code):
    limits = dict.fromkeys(("max_length", "min_length", "ge", "gt", "le", "lt", "expected", "characters"), 7)
    said = SENTENCES[code]
    assert said.da.format(**limits).endswith(".")
    assert said.en.format(**limits).endswith(".")
