"""Decide whether a trigger may be pulled. The only importer of `transitions`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from transitions import EventData, Machine, MachineError

from workflows.facts import Facts
from workflows.rights import by_leave, first_refusal
from workflows.vocabulary import Decision, NotApplicableError, Refusal, Role, State, Step, Workflow


@dataclass(slots=True)
class _Probe:
    """The throw-away object that the library moves; it picks up the row that it passes."""

    state: str
    row: Step | None = None


def _remember(row: Step) -> Callable[[EventData], None]:
    def prepare(event: EventData) -> None:
        cast("_Probe", event.model).row = row

    return prepare


class Engine:
    """One request type's machine, built once and shared: it holds no request.

    The library checks that the trigger has a row in the state; whether the role and the rules allow it is asked of
    the same row, so that a refusal is a value with its reason and never a silent False.
    """

    def __init__(self, workflow: Workflow) -> None:
        """Build the machine from the workflow's table."""
        self.workflow = workflow
        self._machine = Machine(
            model=None,
            states=[state.value for state in workflow.states],
            transitions=[
                {"trigger": row.trigger, "source": row.source.value, "dest": row.target.value} for row in workflow.steps
            ],
            initial=State.DRAFT.value,
            auto_transitions=False,
            send_event=True,
        )
        for row in workflow.steps:
            event = self._machine.events[row.trigger]
            for transition in event.transitions[row.source.value]:
                transition.prepare.append(_remember(row))

    def decide(self, state: State, trigger: str, role: Role, facts: Facts) -> Decision | Refusal:
        """Return the steps to walk, or the first rule that refuses.

        Raises:
            NotApplicableError: the table has no row for this trigger in this state, or not for this role.
        """
        step = self._row(state, trigger)
        if step is not None and role in step.by:
            return first_refusal(step.only_if, facts) or Decision((step,), by_leave(step.only_if, facts))
        return self._after_receipt(state, trigger, role, facts)

    def _after_receipt(self, state: State, trigger: str, role: Role, facts: Facts) -> Decision | Refusal:
        """Walk the missing receipt first: a word from the clinic proves that the request arrived."""
        receipt = self._row(state, self.workflow.receipt)
        if receipt is None or role is not Role.CLINIC or trigger == self.workflow.receipt:
            raise NotApplicableError(self.workflow.kind, state, trigger)
        step = self._row(receipt.target, trigger)
        if step is None or role not in step.by:
            raise NotApplicableError(self.workflow.kind, state, trigger)
        return first_refusal(step.only_if, facts) or Decision((receipt, step))

    def _row(self, state: State, trigger: str) -> Step | None:
        """Ask the machine for the row, on a throw-away object."""
        event = self._machine.events.get(trigger)
        if event is None or state not in self.workflow.states:
            return None
        probe = _Probe(state.value)
        try:
            event.trigger(probe)
        except MachineError:
            return None
        return probe.row
