"""The engine decides what the table says, whatever is asked of it in whatever order."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from evidence.chain import Row, first_flaw
from evidence.leaf import BODY_KEYS, FIRST_PREVIOUS, canonical, link
from tests.situations import ALL_WELL, facts, without
from tests.toy_workflow import CATALOGUE_OF_FIVE
from workflows.catalogue import CATALOGUE, fingerprint, table_text
from workflows.delivery import Receipt
from workflows.engine import Engine
from workflows.facts import Switch
from workflows.vocabulary import Decision, NotApplicableError, Refusal, Role, State, Step, Workflow

ROLES = tuple(Role)
SITUATIONS = (
    ALL_WELL,
    facts(opened=True),
    facts(outcome="declined"),
    facts(undecided=("metformin",)),
    facts(link_valid=False),
    facts(slot=None),
    facts(cancel_hours=24 * 30),
    without(clinic=Switch.OFF),
)


class AnyOrder(RuleBasedStateMachine):
    """Pulls any trigger as anyone at any time, and keeps the history as the ledger would."""

    workflow: Workflow

    @initialize()
    def begin(self):
        self.engine = Engine(self.workflow)
        self.state, self.rows, self.moves = State.DRAFT, [], []

    @rule(data=st.data(), role=st.sampled_from(ROLES), situation=st.sampled_from(SITUATIONS))
    def pull(self, data, role, situation):
        trigger = data.draw(st.sampled_from(self.workflow.triggers()), "trigger")
        try:
            outcome = self.engine.decide(self.state, trigger, role, situation)
        except NotApplicableError:
            return  # that it says so exactly where the table does is proven by the matrix of the pages
        if isinstance(outcome, Refusal):
            assert not outcome.rule.holds(situation)
            return
        assert outcome.steps[-1].trigger == trigger
        assert all(role in step.by for step in outcome.steps)
        assert all(each.holds(situation) for step in outcome.steps for each in step.only_if)
        for step in outcome.steps:
            self._walk(step)

    def _walk(self, step):
        self.moves.append(step)
        values = {"n": len(self.rows) + 1, "type": step.trigger, "from": self.state.value, "to": step.target.value}
        body = canonical(dict.fromkeys(BODY_KEYS) | values)
        prev = self.rows[-1].hash if self.rows else FIRST_PREVIOUS
        self.rows.append(Row(values["n"], body, prev, link(prev, body)))
        self.state = step.target

    @invariant()
    def history_and_state_are_equal(self):
        assert first_flaw(self.rows) is None
        state = State.DRAFT
        for step in self.moves:
            assert step in self.workflow.steps
            assert step.source is state
            state = step.target
        assert state is self.state

    @invariant()
    def the_draft_is_left_for_ever(self):
        assert not self.moves or self.state is not State.DRAFT


@pytest.mark.rule("I4")
@pytest.mark.parametrize("kind", CATALOGUE_OF_FIVE)
def test_any_order_of_triggers_keeps_history_and_state_equal(kind):
    machine = type(f"AnyOrderOf_{kind}", (AnyOrder,), {"workflow": CATALOGUE_OF_FIVE[kind]})
    case = machine.TestCase
    case.settings = settings(settings.default, stateful_step_count=30)
    case().runTest()


@pytest.mark.rule("F20")
@pytest.mark.parametrize("state", [State.SUBMITTED, State.UNDELIVERABLE])
@pytest.mark.parametrize(
    ("kind", "trigger"), [("e_kons", "answer"), ("e_kons", "close"), ("renewal", "open"), ("booking", "confirm")]
)
def test_an_early_word_from_the_clinic_walks_the_receipt_first(kind, trigger, state):
    workflow = CATALOGUE[kind]
    decision = Engine(workflow).decide(state, trigger, Role.CLINIC, ALL_WELL)
    assert decision == Decision((workflow.step("delivered", state), workflow.step(trigger, State.DELIVERED)))


def test_the_receipt_itself_is_walked_once():
    decision = Engine(CATALOGUE["e_kons"]).decide(State.SUBMITTED, "delivered", Role.CLINIC, ALL_WELL)
    assert [step.target for step in decision.steps] == [State.DELIVERED]
    assert decision.steps[0].says is Receipt


def test_rules_are_asked_of_an_early_word_as_well():
    outcome = Engine(CATALOGUE["renewal"]).decide(State.SUBMITTED, "answer", Role.CLINIC, facts(undecided=("a",)))
    assert outcome.rule.code == "items_undecided"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CLINIC])
def test_only_the_clinic_proves_a_receipt_by_speaking(role):
    with pytest.raises(NotApplicableError):
        Engine(CATALOGUE["e_kons"]).decide(State.SUBMITTED, "answer", role, ALL_WELL)


@pytest.mark.parametrize("trigger", ["", "to_notified", "trigger", "is_draft", "model", "answer "])
def test_a_word_that_is_no_trigger_does_not_apply(trigger):
    with pytest.raises(NotApplicableError, match=r"^e_kons: .* does not apply in delivered$"):
        Engine(CATALOGUE["e_kons"]).decide(State.DELIVERED, trigger, Role.CLINIC, ALL_WELL)


def test_a_state_of_another_page_does_not_apply():
    with pytest.raises(NotApplicableError):
        Engine(CATALOGUE["e_kons"]).decide(State.NO_SHOW, "answer", Role.CLINIC, ALL_WELL)


def test_the_first_rule_that_fails_is_the_one_that_is_said():
    both = without(clinic=Switch.OFF, patient=False)
    assert Engine(CATALOGUE["e_kons"]).decide(State.DRAFT, "submit", Role.PATIENT, both).rule.code == "not_offered"


def test_an_engine_keeps_nothing_of_a_request():
    engine = Engine(CATALOGUE["e_kons"])
    first = engine.decide(State.DELIVERED, "answer", Role.CLINIC, ALL_WELL)
    engine.decide(State.DRAFT, "submit", Role.PATIENT, ALL_WELL)
    assert engine.decide(State.DELIVERED, "answer", Role.CLINIC, ALL_WELL) == first


def test_the_fifth_type_works_in_the_engine():
    engine, state = Engine(CATALOGUE_OF_FIVE["letter_request"]), State.DRAFT
    for trigger, role in [("submit", Role.PATIENT), ("answer", Role.CLINIC), ("notified", Role.SYSTEM)]:
        state = engine.decide(state, trigger, role, ALL_WELL).steps[-1].target
    assert state is State.NOTIFIED
    assert engine.decide(State.DELIVERED, "withdraw", Role.PATIENT, facts(opened=True)).rule.code == "already_opened"


def test_a_changed_table_has_another_fingerprint():
    plain = CATALOGUE["e_kons"]
    steps = (*plain.steps, Step("lapse", State.NOTIFIED, State.CLOSED, Role.SYSTEM))
    changed = Workflow(plain.kind, plain.title, steps, plain.deadlines)
    assert fingerprint(changed) != fingerprint(plain)
    assert len({fingerprint(each) for each in CATALOGUE_OF_FIVE.values()}) == len(CATALOGUE_OF_FIVE)
    assert fingerprint(plain) == fingerprint(Workflow(plain.kind, plain.title, plain.steps))
    assert '"trigger":"answer"' in table_text(plain)
