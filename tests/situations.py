"""Situations for rules: facts in which nothing refuses, to be bent in one place by a test."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from workflows.facts import Facts, Service, Slot
from workflows.visit_forms import Question, VisitForm
from workflows.vocabulary import Decision, Refusal, State

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
IN_A_WEEK = Slot(
    "slot-1",
    NOW + timedelta(days=7),
    NOW + timedelta(days=7, minutes=15),
    free=True,
    practitioner="hansen",
    reason="consultation",
)
FORM = VisitForm(questions=(Question(key="smokes", kind="yes_no", da="Ryger du?", en="Do you smoke?"),))
ALL_WELL = Facts(
    now=NOW,
    today=date(2026, 11, 23),
    files_taken=True,
    slot=IN_A_WEEK,
    earliest_booking=NOW + timedelta(hours=2),
    latest_booking=NOW + timedelta(days=90),
    outcome="confirmed",
    form=FORM,
    offer_until=NOW + timedelta(hours=1),
    link_valid=True,
    dispute_valid=True,
    listed=True,
    unread=True,
    sign_up="with_approval",
)


def facts(**changes):
    """Return the facts in which all is well, but for these."""
    return replace(ALL_WELL, **changes)


def without(**layers):
    """Return the facts in which all is well, but for these layers of the service."""
    return facts(service=Service(**layers))


def refusal(engine, state, trigger, role, situation):
    """Return the rule that refuses.

    Raises:
        AssertionError: nothing does.
    """
    outcome = engine.decide(state, trigger, role, situation)
    assert isinstance(outcome, Refusal), f"nothing refuses {trigger} in {state}"
    return outcome.rule


def walked(engine, state, trigger, role, situation):
    """Return the states that the decision walks through, from first to last.

    Raises:
        AssertionError: a rule refuses.
    """
    outcome = engine.decide(state, trigger, role, situation)
    assert isinstance(outcome, Decision), f"{outcome.rule.code} refuses {trigger} in {state}"
    return [State(state), *(step.target for step in outcome.steps)]
