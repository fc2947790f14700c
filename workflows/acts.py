"""What a patient may do with a service or a request, and why not: read off the page, for every act and every state."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from workflows.content import Content
from workflows.facts import Facts
from workflows.rights import ABOUT_THE_SERVICE, NOT_NOW, first_refusal
from workflows.vocabulary import Layer, Refusal, Role, Rule, State, Step, Workflow

READ, START, REPLY, ATTACH, RENEW = "read", "start", "reply", "attach", "renew"
"""Reading, a new request, an answer in its thread, a file with it, and one medicine of a renewal."""

OF_A_MEMBER: Mapping[str, str] = MappingProxyType({"thread": REPLY, "files": ATTACH, "medicines": RENEW})
"""Acts that a page has where its first step says such a member; the rules of that field then have their say too."""

_SUBMIT = "submit"
_ASKERS = Role.PATIENT | Role.ANYONE


class _WithAFile(Content):
    """Stands for words with a file, before anything is chosen."""

    @property
    def attached_files(self) -> tuple[UUID, ...]:
        return (UUID(int=0),)


_A_FILE = _WithAFile()


class Acts:
    """The acts of one page. `DRAFT` stands for the service as a whole, before anything is written.

    Built once: a decision is a look-up and the rules themselves.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._rules: dict[tuple[str, State], tuple[Rule, ...]] = dict(_table(workflow))
        first = workflow.step(_SUBMIT, State.DRAFT)
        self.starts_by = Role(0) if first is None else first.by

    def every(self) -> tuple[str, ...]:
        """Return every act of the page."""
        return tuple(dict.fromkeys(act for act, _ in self._rules))

    def names(self, state: State = State.DRAFT) -> tuple[str, ...]:
        """Return what can be asked of the service, or of a request in this state, in the page's order."""
        no_part = {RENEW} if state is State.DRAFT else {START, RENEW}
        return tuple(act for act in self.every() if act not in no_part)

    def rules(self, act: str, state: State = State.DRAFT) -> tuple[Rule, ...] | None:
        """Return the rules of an act, outermost layer first; None where it does not apply in this state."""
        return self._rules.get((act, state))

    def refusal(self, act: str, facts: Facts, state: State = State.DRAFT) -> Refusal | None:
        """Return what refuses the act now, or None where it is allowed. Nothing ever refuses to read (PAT-2..4)."""
        rules = self._rules.get((act, state))
        if rules is None:
            return Refusal(NOT_NOW)
        return first_refusal(rules, replace(facts, content=_A_FILE) if act == ATTACH else facts)


def _table(workflow: Workflow) -> Iterator[tuple[tuple[str, State], tuple[Rule, ...]]]:
    first = workflow.step(_SUBMIT, State.DRAFT)
    if workflow.public_timeline:
        yield from (((READ, state), ()) for state in (State.DRAFT, *workflow.states))
    if first is not None and first.by & _ASKERS:
        yield (START, State.DRAFT), _of_the_service(first)
        for member, act in OF_A_MEMBER.items():
            if member in first.says.model_fields:
                rules = _with_member(first, member)
                yield from (((act, state), rules) for state in (State.DRAFT, *workflow.states))
    for step in workflow.steps:
        if Role.PATIENT in step.by and step.source is not State.DRAFT:
            after = _of_follower(workflow, step)
            yield (step.trigger, State.DRAFT), (*_of_the_service(step), *after)
            yield (step.trigger, step.source), (*step.only_if, *after)


def _of_the_service(step: Step) -> tuple[Rule, ...]:
    return tuple(rule for rule in step.only_if if rule in ABOUT_THE_SERVICE)


def _of_follower(workflow: Workflow, step: Step) -> tuple[Rule, ...]:
    """Return the rules of the service that the request must pass which takes this one's place."""
    follower = None if step.followed_by is None else workflow.step(step.followed_by, State.DRAFT)
    return () if follower is None else tuple(rule for rule in _of_the_service(follower) if rule not in step.only_if)


def _with_member(step: Step, member: str) -> tuple[Rule, ...]:
    """Keep the rules of the service and those of this member that look at no words: they are not written yet."""
    about = (rule for rule in step.only_if if rule.field == member and rule.layer is not Layer.CONTENT)
    return tuple(dict.fromkeys((*_of_the_service(step), *about)))
