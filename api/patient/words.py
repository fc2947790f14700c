"""What the patient reads beside the machine words: labels, sentences, whose turn it is."""

from collections.abc import Mapping

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.onward import Onward
from workflows.vocabulary import Layer, Refusal, Role, Rule, Say, State
from workflows.words import ROLES, trigger_words

NEXT: Mapping[State, str] = {
    State.SUBMITTED: "portal",
    State.DELIVERED: "clinic",
    State.ANSWERED: "portal",
    State.UNDELIVERABLE: "operator",
    State.UNREACHABLE: "patient",
}
"""Whose turn it is in a state; nobody's where it is not named."""

WAITING = frozenset({State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE})
"""The states in which the clinic's promise to answer is still to be kept."""

ACTORS: Mapping[str, Role] = {
    "patient": Role.PATIENT,
    "anyone": Role.ANYONE,
    "link": Role.ANYONE,
    "clinic": Role.CLINIC,
    "clinician": Role.CLINIC,
    "system": Role.SYSTEM,
    "operator": Role.OPERATOR,
}
_AUDITOR = Say("revisor", "auditor")


def _nothing(value: object) -> bool:
    return value is None


class Possibility(BaseModel):
    """Whether something can be done now; if not, the rule that refuses, in the words of a refusal."""

    model_config = ConfigDict(frozen=True)

    allowed: bool
    code: str | None = Field(None, exclude_if=_nothing)
    layer: Layer | None = Field(None, exclude_if=_nothing)
    reason: str | None = Field(None, exclude_if=_nothing)
    next_step: str | None = Field(None, exclude_if=_nothing)
    onward: Onward | None = Field(None, exclude_if=_nothing)


def possible(refusal: Refusal | None, language: Language, onward: Onward | None = None) -> Possibility:
    """Return that it is possible, or what refuses it and where that leads."""
    if refusal is None:
        return Possibility(allowed=True)
    return refused(refusal.rule, language).model_copy(update={"onward": onward})


def refused(rule: Rule, language: Language) -> Possibility:
    """Return what a rule that refuses says."""
    return Possibility(
        allowed=False,
        code=rule.code,
        layer=rule.layer,
        reason=said(rule.sentence, language),
        next_step=said(rule.next_step, language),
    )


def said(say: Say, language: Language) -> str:
    """Return the sentence in the language."""
    return say.da if language == "da" else say.en


def actor_words(kind: str, language: Language) -> str:
    """Return what somebody is called in a log; a kind that is no role of a page is an auditor."""
    return said(ROLES[ACTORS[kind]] if kind in ACTORS else _AUDITOR, language)


def step_sentence(actor: str, trigger: str, language: Language) -> str:
    """Return one step of a timeline as a sentence."""
    who = actor_words(actor, language)
    return f"{who[0].upper()}{who[1:]}: {said(trigger_words(trigger), language)}."


def in_language(call: Call, resp: falcon.Response) -> Language:
    """Return the language of the answer and say so in its headers."""
    resp.set_header("Content-Language", call.language)
    resp.append_header("Vary", "Accept-Language")
    return call.language
