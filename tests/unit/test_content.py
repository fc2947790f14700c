"""What may be said: strict shapes, plain text without emoji and control characters, and what is kept of it."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.toy_workflow import CATALOGUE_OF_FIVE
from workflows.content import LARGEST_TEXT, Code, Content, Key, Nothing, PlainText, WrittenText
from workflows.delivery import Failure, Handover, Receipt
from workflows.e_kons import Message

PLAIN = TypeAdapter(PlainText)
SHAPES = {
    shape
    for workflow in CATALOGUE_OF_FIVE.values()
    for shape in (workflow.shape(trigger) for trigger in workflow.triggers())
}


def faults(error):
    return [each["type"] for each in error.value.errors(include_url=False)]


@pytest.mark.rule("EKO-3")
@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Hej \N{SLIGHTLY SMILING FACE}", "U+1F642"),
        ("\N{HEAVY BLACK HEART}\ufe0f", "U+2764, U+FE0F"),
        ("\N{MAN}\u200d\N{PERSONAL COMPUTER}", "U+200D, U+1F468, U+1F4BB"),
        ("1\ufe0f\u20e3", "U+20E3, U+FE0F"),
        ("\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER K}", "U+1F1E9, U+1F1F0"),
        ("\N{WHITE MEDIUM STAR}", "U+2B50"),
        ("\U0001f3f4\U000e0067\U000e007f", "U+1F3F4, U+E0067, U+E007F"),
        ("\N{BLACK SUN WITH RAYS}", "U+2600"),
    ],
)
def test_a_text_with_emoji_is_refused_and_the_characters_are_listed(text, listed):
    with pytest.raises(ValidationError) as error:
        PLAIN.validate_python(text)
    assert faults(error) == ["emoji"]
    shown = error.value.errors()[0]["ctx"]["characters"]
    assert sorted(shown.split(", ")) == sorted(listed.split(", "))


@pytest.mark.rule("EKO-3")
@pytest.mark.parametrize(
    "text",
    [
        "Æblegrød på Ærø, café, naïve",
        "Kalaallisut: qujanaq, ĸ",
        "Føroyskt: ð, ý, á",
        "37,5 °C, 5 µg, ½ tablet, ±2 %, ≥ 10 \N{EN DASH} 20 €",
        "\N{FEMALE SIGN} og \N{MALE SIGN}",
        "Første linje\nanden\tlinje\r\ntredje",
        "\N{RIGHT-TO-LEFT MARK}سلام",
        "漢字 и кириллица",
        "→ hver dag",
    ],
)
def test_letters_and_signs_of_any_language_are_kept(text):
    assert PLAIN.validate_python(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ue000", "\uffff", "\U00010ffff"[:1]])
def test_a_control_character_is_refused(character):
    with pytest.raises(ValidationError) as error:
        PLAIN.validate_python(f"a{character}b")
    assert faults(error) == ["control_character"]


def test_half_a_character_is_refused():
    with pytest.raises(ValidationError):
        PLAIN.validate_python("a\ud83db")


@given(st.text(max_size=200))
def test_what_is_taken_is_composed_trimmed_and_taken_again_unchanged(text):
    try:
        kept = PLAIN.validate_python(text)
    except ValidationError:
        return
    assert kept == unicodedata.normalize("NFC", text).strip()
    assert PLAIN.validate_python(kept) == kept
    assert not any(unicodedata.category(character) in {"Cs", "Co", "Cn"} for character in kept)


@pytest.mark.parametrize("blank", ["", "  ", "\n\t\n", "\u3000"])
def test_a_written_text_says_something(blank):
    with pytest.raises(ValidationError) as error:
        TypeAdapter(WrittenText).validate_python(blank)
    assert faults(error) == ["blank"]
    assert PLAIN.validate_python(blank) == ""


@pytest.mark.rule("CLN-3")
def test_no_text_is_longer_than_the_largest():
    assert len(PLAIN.validate_python("å" * LARGEST_TEXT)) == LARGEST_TEXT == 5000
    with pytest.raises(ValidationError) as error:
        PLAIN.validate_python("å" * (LARGEST_TEXT + 1))
    assert faults(error) == ["string_too_long"]


@pytest.mark.parametrize("key", ["hansen", "2026-11-24T09:00", "M-000001", "a", "x" * 64])
def test_a_key_is_a_short_plain_name(key):
    assert TypeAdapter(Key).validate_python(key) == key


@pytest.mark.parametrize("key", ["", "-a", "a b", "a/b", "x" * 65, "é", "a\n", "../a"])
def test_a_key_is_nothing_else(key):
    with pytest.raises(ValidationError):
        TypeAdapter(Key).validate_python(key)


@pytest.mark.parametrize("code", ["", "A", "a-b", "a1", "a\n", "_a", "x" * 41])
def test_a_code_is_lower_case_words(code):
    with pytest.raises(ValidationError):
        TypeAdapter(Code).validate_python(code)


@pytest.mark.parametrize("shape", sorted(SHAPES, key=lambda shape: shape.__name__), ids=lambda shape: shape.__name__)
def test_every_shape_is_strict_frozen_and_closed(shape):
    assert issubclass(shape, Content)
    assert (shape.model_config["strict"], shape.model_config["frozen"], shape.model_config["extra"]) == (
        True,
        True,
        "forbid",
    )
    with pytest.raises(ValidationError) as error:
        shape.model_validate({"surprise": 1})
    assert "extra_forbidden" in faults(error)


@pytest.mark.parametrize("given_text", [5, None, b"Hej", ["Hej"], True])
def test_nothing_is_coerced(given_text):
    with pytest.raises(ValidationError) as error:
        Message(text=given_text)
    assert faults(error) == ["string_type"]


def test_a_shape_never_changes_and_comes_back_from_json_as_it_was():
    message = Message(text="Hej.", thread=UUID(int=3), files=(UUID(int=4),))
    with pytest.raises(ValidationError, match="frozen"):
        message.text = "Andet."
    assert Message.model_validate_json(message.model_dump_json()) == message
    assert message.as_json()["thread"] == str(UUID(int=3))


def test_what_machines_say_is_not_kept_as_a_message():
    assert [shape.is_kept for shape in (Nothing(), Receipt(), Handover(), Failure(reason="full"))] == [False] * 4
    assert Message(text="Hej.").is_kept


def test_a_verdict_is_a_machine_word_for_the_history():
    assert Failure(reason="unknown_patient").verdict == "failed:unknown_patient"
    assert (Handover().verdict, Handover(certain=False).verdict, Receipt().verdict) == (None, "unknown", None)


@pytest.mark.rule("EKO-3")
def test_each_emoji_is_shown_with_its_places_in_what_was_typed():
    with pytest.raises(ValidationError) as error:
        PLAIN.validate_python(" e\u0301 \U0001f600 og \u231a og \U0001f600")
    assert error.value.errors()[0]["ctx"]["found"] == [
        {"character": "\u231a", "code_point": "U+231A", "at": (9,)},
        {"character": "\U0001f600", "code_point": "U+1F600", "at": (4, 14)},
    ]
