"""The pages are whole: the full matrix equals the table, every state is reached and left, every sentence is said."""

import importlib
import itertools
import re

import pytest

from notifications.letters import LETTERS
from tests.situations import ALL_WELL, facts
from tests.toy_workflow import CATALOGUE_OF_FIVE
from workflows.catalogue import CATALOGUE
from workflows.engine import Engine
from workflows.vocabulary import Decision, Do, NotApplicableError, Now, Role, State, Workflow
from workflows.words import DEEDS, EFFECTS, LAYERS, ROLES, STATES, TRIGGERS
from workflows.words import LETTERS as LETTER_WORDS

ENDS = {
    "e_kons": {State.WITHDRAWN, State.CLOSED},
    "renewal": {State.WITHDRAWN},
    "booking": {
        State.CANCELLED_BY_PATIENT,
        State.CANCELLED_BY_CLINIC,
        State.MOVED,
        State.USED,
        State.NO_SHOW,
    },
    "waiting": {State.WITHDRAWN, State.CLOSED, State.EXPIRED},
    "enrolment": {State.ACTIVATED, State.CLOSED, State.EXPIRED},
    "recovery": {State.CLOSED, State.COMPLETED, State.EXPIRED},
    "letter_request": {State.WITHDRAWN},
}
# The story is told there; nothing has to follow, though a late word of the clinic or a bounce still may.
RESTING = {State.NOTIFIED, State.PASSED}
SPINE = (State.SUBMITTED, State.DELIVERED, State.ANSWERED, State.NOTIFIED)
NUMBER = re.compile(r"\d{6}-?\d{4}")

every_page = pytest.mark.parametrize("workflow", CATALOGUE_OF_FIVE.values(), ids=CATALOGUE_OF_FIVE)


def expected(workflow, state, trigger, role):
    """Return the targets that the table alone promises, read without the engine; None where it promises nothing."""
    rows = {(row.source, row.trigger): row for row in workflow.steps}
    row = rows.get((state, trigger))
    if row and role in row.by:
        return [row.target]
    receipt = rows.get((state, "delivered"))
    later = rows.get((State.DELIVERED, trigger))
    early = receipt and later and role is Role.CLINIC and role in later.by and trigger != "delivered"
    return [State.DELIVERED, later.target] if early else None


def decided(engine, state, trigger, role, situation):
    try:
        outcome = engine.decide(state, trigger, role, situation)
    except NotApplicableError:
        return None
    assert isinstance(outcome, Decision), f"{outcome.rule.code} refuses where all is well"
    return [step.target for step in outcome.steps]


@every_page
@pytest.mark.rule("I4")
def test_the_full_matrix_of_state_trigger_and_role_equals_the_table(workflow):
    engine = Engine(workflow)
    triggers = dict.fromkeys(each for page in CATALOGUE_OF_FIVE.values() for each in page.triggers())
    for state, trigger, role in itertools.product(State, triggers, Role):
        situation = _well_for(workflow, trigger)
        wanted = expected(workflow, state, trigger, role)
        assert decided(engine, state, trigger, role, situation) == wanted, (state, trigger, role)


def _well_for(workflow, trigger):
    """A decision on one medicine is well when it is open, a choice where times were offered; the rest needs no more."""
    if (workflow.kind, trigger) == ("booking", "accept"):
        return facts(outcome="other_time_offered")
    if (workflow.kind, trigger) != ("renewal", "decide"):
        return ALL_WELL
    shape = workflow.shape(trigger)
    return facts(content=shape(medicine="metformin", decision="approved"), undecided=("metformin",))


@every_page
def test_there_is_one_row_for_each_trigger_in_each_state(workflow):
    keys = [(row.trigger, row.source) for row in workflow.steps]
    assert len(keys) == len(set(keys))


@every_page
def test_every_state_is_reached_from_the_draft(workflow):
    reached, before = {State.DRAFT}, set()
    while reached != before:
        before = set(reached)
        reached |= {row.target for row in workflow.steps if row.source in reached}
    assert set(workflow.states) == reached


@every_page
def test_every_state_has_an_exit_but_the_ends(workflow):
    left = {row.source for row in workflow.steps if row.target is not row.source}
    assert set(workflow.states) - left == ENDS[workflow.kind] == set(workflow.ends())


@every_page
def test_from_every_state_an_end_or_a_resting_place_is_reached(workflow):
    home = ENDS[workflow.kind] | RESTING
    before = set()
    while home != before:
        before = set(home)
        home |= {row.source for row in workflow.steps if row.target in home}
    assert set(workflow.states) <= home


@every_page
def test_the_draft_is_never_come_back_to(workflow):
    assert all(row.target is not State.DRAFT for row in workflow.steps)


@every_page
def test_every_page_walks_the_four_milestones(workflow):
    moves = {(row.source, row.target) for row in workflow.steps}
    assert set(itertools.pairwise((State.DRAFT, *SPINE))) <= moves


@every_page
def test_the_receipt_leads_to_the_clinic_and_asks_nothing(workflow):
    receipts = [row for row in workflow.steps if row.trigger == workflow.receipt]
    assert receipts
    assert all(row.target is State.DELIVERED and not row.only_if and not row.then for row in receipts)


@every_page
def test_one_trigger_has_one_shape(workflow):
    for trigger in workflow.triggers():
        assert {row.says for row in workflow.steps if row.trigger == trigger} == {workflow.shape(trigger)}


@every_page
def test_every_deadline_is_a_step_of_the_portal_itself(workflow):
    for deadline in workflow.deadlines:
        row = workflow.step(deadline.trigger, deadline.state)
        assert row is not None, deadline
        assert Role.SYSTEM in row.by
        assert deadline.after.total_seconds() >= 0
    pulled = [(deadline.state, deadline.trigger) for deadline in workflow.deadlines]
    assert len(pulled) == len(set(pulled)), "in a state, time pulls a trigger once"


@every_page
def test_every_mail_is_a_letter_that_exists_and_nothing_else_has_one(workflow):
    for effect in (effect for row in workflow.steps for effect in row.then):
        assert (effect.do is Do.MAIL) == (effect.letter is not None)
        assert effect.letter is None or effect.letter in LETTERS


@every_page
def test_whoever_takes_a_time_also_frees_it(workflow):
    takes = any(Now.TAKE_SLOT in row.at_once for row in workflow.steps)
    frees = any(Now.FREE_SLOT in row.at_once for row in workflow.steps)
    assert takes == frees


def _sayings(workflow):
    rules = dict.fromkeys(rule for row in workflow.steps for rule in row.only_if)
    return [("title", workflow.title), *((rule.code, say) for rule in rules for say in (rule.sentence, rule.next_step))]


@every_page
@pytest.mark.rule("NEW-11")
def test_every_refusal_is_said_in_both_languages_in_whole_sentences(workflow):
    for code, say in _sayings(workflow)[1:]:
        assert say.da != say.en, code
        for sentence in (say.da, say.en):
            assert re.fullmatch(r"[A-ZÆØÅ].{5,}\.", sentence), (code, sentence)
            assert not re.search(r"  |\.\.|[<>{}_]", sentence), (code, sentence)


@every_page
@pytest.mark.rule("I7")
def test_no_sentence_holds_a_number_an_address_or_a_name(workflow):
    for code, say in _sayings(workflow):
        for text in (say.da, say.en):
            assert text.strip(), code
            assert not NUMBER.search(text), code
            assert "@" not in text, code
            assert not {"Anne", "Hansen", "Alice", "Bob"} & set(re.findall(r"\w+", text)), code


@every_page
@pytest.mark.rule("NEW-11")
def test_a_way_on_leads_to_a_page_that_patients_begin(workflow):
    for rule in {rule for row in workflow.steps for rule in row.only_if if rule.leads_to is not None}:
        first = CATALOGUE[rule.leads_to].step("submit", State.DRAFT)
        assert Role.PATIENT in first.by, rule.code


@every_page
def test_one_code_says_one_thing_on_a_page(workflow):
    rules = {rule for row in workflow.steps for rule in row.only_if}
    codes = [rule.code for rule in rules]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z][a-z_]*", code) for code in codes)


@every_page
def test_every_field_that_a_rule_names_is_in_the_shape(workflow):
    for row in workflow.steps:
        for rule in row.only_if:
            known = {*row.says.model_fields, "practitioner", "token"}
            assert rule.field is None or rule.field in known, (row.trigger, rule.code)


def test_every_word_of_the_vocabulary_is_told_in_both_languages():
    for words, vocabulary in ((STATES, State), (EFFECTS, Do), (DEEDS, Now), (ROLES, Role)):
        assert set(words) == set(vocabulary)
    used = {trigger for workflow in CATALOGUE.values() for trigger in workflow.triggers()}
    assert used <= set(TRIGGERS)
    for say in itertools.chain(
        *(each.values() for each in (STATES, EFFECTS, DEEDS, ROLES, LAYERS, TRIGGERS, LETTER_WORDS))
    ):
        assert say.da
        assert say.en


def test_a_kind_is_called_what_its_page_is_called():
    assert all(kind == workflow.kind for kind, workflow in CATALOGUE.items())
    assert all(isinstance(workflow, Workflow) for workflow in CATALOGUE.values())
    for kind in CATALOGUE:
        page = importlib.import_module(f"workflows.{kind}")
        assert getattr(page, kind.upper()) is CATALOGUE[kind]
