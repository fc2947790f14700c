"""The truth table of rights: every combination of layers for every act of every page, against a table of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.situations import ALL_WELL
from workflows import rights
from workflows.acts import ATTACH, READ, RENEW, REPLY, START, Acts
from workflows.catalogue import CATALOGUE
from workflows.engine import Engine
from workflows.facts import Medicine, Service, Switch
from workflows.rights_text import rights_markdown
from workflows.vocabulary import Layer, Refusal, Role, State

FOLLOWED = [kind for kind, workflow in CATALOGUE.items() if workflow.public_timeline]
ACTS = {kind: Acts(CATALOGUE[kind]) for kind in FOLLOWED}
TOMORROW = ALL_WELL.today + timedelta(days=1)
MEDICINES = {
    None: {"medicines": (Medicine("a"), Medicine("b", dependency_forming=True, exception_until=ALL_WELL.today))},
    "not_on_list": {"unknown_medicines": ("c",)},
    "needs_consultation": {"medicines": (Medicine("b", dependency_forming=True),)},
    "not_yet_renewable": {"medicines": (Medicine("a", renewable_from=TOMORROW),)},
}
# What each act asks, outermost first, told here without the pages.
ENTRY = ("not_offered", "receive_only", "channel_off", "practitioner_off", "right_removed", "holiday")
AGED = (*ENTRY, "custody_notice")
ASKS = {
    ("e_kons", START): AGED,
    ("e_kons", REPLY): (*AGED, "thread_closed"),
    ("e_kons", ATTACH): (*AGED, "files_not_taken"),
    ("renewal", START): ENTRY,
    ("renewal", RENEW): (*ENTRY, "not_on_list", "needs_consultation", "not_yet_renewable"),
    ("booking", START): AGED,
    ("waiting", START): ENTRY,
    ("booking", "cancel"): ("not_offered", "right_removed"),
    ("booking", "accept"): ("not_offered", "right_removed"),
    ("booking", "move"): ("not_offered", "right_removed", *(code for code in AGED if code != "not_offered")),
}


@st.composite
def situations(draw):
    """Return facts with any combination of layers saying no, and the codes of those that do."""
    clinic = draw(st.sampled_from(Switch))
    yes = {name: draw(st.booleans()) for name in ("channel", "practitioner", "patient", "open", "adult", "seen")}
    files, thread_open, medicine = draw(st.booleans()), draw(st.booleans()), draw(st.sampled_from(list(MEDICINES)))
    layers = {name: yes[name] for name in ("channel", "practitioner", "patient")}
    facts = replace(
        ALL_WELL,
        service=Service(clinic=clinic, holiday=not yes["open"], **layers),
        under_15=not yes["adult"],
        notice_seen=yes["seen"],
        files_taken=files,
        thread_closed=not thread_open,
        **MEDICINES[medicine],
    )
    says_no = {
        "not_offered": clinic is Switch.OFF,
        "receive_only": clinic is Switch.RECEIVE_ONLY,
        "channel_off": not yes["channel"],
        "practitioner_off": not yes["practitioner"],
        "right_removed": not yes["patient"],
        "holiday": not yes["open"],
        "custody_notice": not (yes["adult"] or yes["seen"]),
        "files_not_taken": not files,
        "thread_closed": not thread_open,
    }
    return facts, {code for code, no in says_no.items() if no} | ({medicine} - {None})


def code(refusal):
    return None if refusal is None else refusal.rule.code


@pytest.mark.rule("NEW-11", "CLN-2", "PAT-2", "PAT-3", "PAT-4", "EKO-11", "EKO-12", "BOO-12", "REN-4", "REN-5")
@settings(max_examples=200, deadline=None)
@given(situations())
def test_the_outermost_layer_that_says_no_is_named_for_every_act(situation):
    facts, no = situation
    for kind, acts in ACTS.items():
        for act in acts.every():
            asked = ASKS.get((kind, act), ())
            expected = next((each for each in asked if each in no), None)
            assert code(acts.refusal(act, facts)) == expected, (kind, act)


@pytest.mark.rule("PAT-2", "PAT-3", "PAT-4", "EKO-10", "BOO-12", "REN-7")
@settings(max_examples=100, deadline=None)
@given(situations(), st.sampled_from(State))
def test_nothing_ever_refuses_to_read(situation, state):
    for acts in ACTS.values():
        assert acts.rules(READ, state) in {(), None}
        if acts.rules(READ, state) is not None:
            assert acts.refusal(READ, situation[0], state) is None
    assert all(acts.rules(READ) == () for acts in ACTS.values())


@settings(max_examples=100, deadline=None)
@given(situations())
def test_the_list_says_what_the_door_does(situation):
    """Whatever the list of a standing request says of a trigger, the engine decides."""
    facts, _ = situation
    for kind, acts in ACTS.items():
        workflow, engine = CATALOGUE[kind], Engine(CATALOGUE[kind])
        for step in workflow.steps:
            if Role.PATIENT in step.by and step.source is not State.DRAFT and step.followed_by is None:
                decided = engine.decide(step.source, step.trigger, Role.PATIENT, facts)
                door = decided if isinstance(decided, Refusal) else None
                assert acts.refusal(step.trigger, facts, step.source) == door
        first = engine.decide(State.DRAFT, "submit", Role.PATIENT, facts)
        started = acts.refusal(START, facts)
        assert started is None or started == first


@pytest.mark.rule("NEW-11")
def test_what_the_state_has_no_row_for_is_said_too():
    refusal = ACTS["e_kons"].refusal("withdraw", ALL_WELL, State.ANSWERED)
    assert (refusal.rule.code, refusal.rule.layer) == ("not_applicable", Layer.REQUEST)
    assert "withdraw" in ACTS["e_kons"].names(State.ANSWERED)
    assert START not in ACTS["e_kons"].names(State.ANSWERED)
    assert RENEW not in ACTS["renewal"].names()


def test_the_layers_stand_from_the_outermost_inwards():
    order = list(Layer)
    layers = [rule.layer for rule in (*rights.MAY_START, rights.TOLD_WHO_SEES)]
    assert layers == sorted(layers, key=order.index)


@pytest.mark.rule("NEW-11")
def test_the_table_of_the_papers_names_every_act_with_every_code_that_refuses_it():
    text = rights_markdown(CATALOGUE)
    for (kind, act), asked in ASKS.items():
        _, _, rest = text.partition(f"{CATALOGUE[kind].title.da} ")
        row = next(line for line in rest.splitlines() if line.startswith(f"| `{act}` |"))
        assert all(f"`{each}`" in row for each in asked), (kind, act)
    assert text.count("| `read` |") == len(FOLLOWED)
