"""A CPR number shows itself in no text, no log, no pickle, no traceback."""

import copy
import json
import logging
import pickle
import traceback
from dataclasses import fields, make_dataclass

import pytest

from identity.cpr import Cpr, CprError

DIGITS = "1111111118"


@pytest.mark.rule("I7")
def test_it_never_shows_itself(caplog):
    cpr = Cpr(DIGITS)
    shown = [repr(cpr), str(cpr), f"{cpr}", f"{cpr!r}", f"{[cpr]}", "%s" % cpr, "{}".format(cpr), ascii(cpr)]  # noqa: UP031, UP032 - every way of printing
    logging.getLogger("tests").warning("seen %s", cpr)
    shown.append(caplog.text)
    assert all(DIGITS not in text and DIGITS[:6] not in text for text in shown)


@pytest.mark.rule("I7")
@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, bytes, iter])
def test_it_is_not_carried_off_in_a_pickle_or_a_document(carry):
    with pytest.raises(TypeError) as error:
        carry(Cpr(DIGITS))
    assert DIGITS not in "".join(traceback.format_exception(error.value))


@pytest.mark.rule("I7")
@pytest.mark.parametrize("text", ["3202801234", "0203291WQ3", "3002051WQ3", "2103009996 7", "not-a-number"])
@pytest.mark.parametrize("letters", [False, True])
def test_a_refusal_does_not_repeat_what_was_typed_nor_hides_it_in_its_chain(text, letters):
    if letters and text == "0203291WQ3":
        return
    with pytest.raises(CprError) as error:
        Cpr(text, letters=letters)
    assert text not in "".join(traceback.format_exception(error.value))
    assert text not in repr(error.value)
    assert (error.value.__cause__, error.value.__context__) == (None, None)


@pytest.mark.rule("I7")
def test_what_fails_around_it_does_not_show_it_either():
    def look_up(found):
        raise LookupError(found)

    def ask(found):
        try:
            look_up(found)
        except LookupError as error:
            raise ValueError(f"for {error.args}") from error

    with pytest.raises(ValueError, match="for") as chained:
        ask(Cpr(DIGITS))
    told = "".join(traceback.format_exception(chained.value))
    assert "Cpr(" in told
    assert DIGITS not in told


@pytest.mark.rule("I7")
def test_it_shows_nothing_inside_another_value_or_under_a_format():
    holder = make_dataclass("Holder", ["cpr"])(Cpr(DIGITS))
    shown = [
        repr(holder),
        str(asdict_shallow(holder)),
        f"{Cpr(DIGITS)!s:>30}",
        str({Cpr(DIGITS)}),
        str(ValueError(Cpr(DIGITS))),
    ]
    assert all(DIGITS not in text for text in shown)
    with pytest.raises(TypeError):
        f"{Cpr(DIGITS):>30}"
    with pytest.raises(TypeError):
        vars(Cpr(DIGITS))


def asdict_shallow(holder):
    return {field.name: getattr(holder, field.name) for field in fields(holder)}
