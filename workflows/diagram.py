"""A page drawn: state diagrams as Mermaid and as Graphviz source. Text in, text out."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from workflows.vocabulary import Role, State, Step, Workflow
from workflows.words import STATES, trigger_words

SPINE = (State.SUBMITTED, State.DELIVERED, State.ANSWERED, State.NOTIFIED)
"""The four milestones that every request type walks, left to right."""

UNDRAWN = ("not_reached", "handled")
"""What may happen in nearly every state and leads out of none: it stands in the table, and would hide the drawing."""

_START = "start"
_FONT = "Helvetica"
_INK, _QUIET = "#24323d", "#6b7a85"
_FILL_SPINE, _EDGE_SPINE = "#dcebf5", "#5b8fb0"
_FILL_END, _EDGE_END = "#eef0f1", "#9aa5ad"
_FILL_TROUBLE, _EDGE_TROUBLE = "#f8ecd9", "#c39a54"
_SPINE_MOVES = {(State.DRAFT, SPINE[0]), *pairwise(SPINE)}
_WAYS_BACK = {(State.UNDELIVERABLE, State.SUBMITTED), (State.UNREACHABLE, State.ANSWERED)}
_TROUBLE = (State.UNDELIVERABLE, State.UNREACHABLE)
_COLOURS = (
    # the first role that fits decides; what several may do is drawn as the first of them
    (Role.PATIENT | Role.ANYONE, "#2f6f9f"),
    (Role.CLINIC, "#3b7d5a"),
    (Role.SYSTEM, "#7b8790"),
    (Role.OPERATOR, "#8a5a8f"),
)


@dataclass(frozen=True, slots=True)
class Arrow:
    """What leads from one state to another: the triggers of one colour, drawn as one line."""

    source: State
    target: State
    colour: str
    triggers: tuple[str, ...]

    @property
    def label(self) -> str:
        """The Danish words, one line each, as Graphviz breaks lines."""
        return "\\n".join(trigger_words(trigger).da for trigger in self.triggers)


def arrows(workflow: Workflow) -> tuple[Arrow, ...]:
    """Return the page's arrows in the order of its table."""
    found: dict[tuple[State, State, str], list[str]] = {}
    for step in (each for each in workflow.steps if each.trigger not in UNDRAWN):
        found.setdefault((step.source, step.target, _colour(step)), []).append(step.trigger)
    return tuple(Arrow(*between, tuple(triggers)) for between, triggers in found.items())


def _colour(step: Step) -> str:
    return next(colour for roles, colour in _COLOURS if step.by & roles)


def mermaid(workflow: Workflow) -> str:
    """Return the page as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{STATES[state].da}" as {state}' for state in _stored(workflow)]
    for arrow in arrows(workflow):
        source = "[*]" if arrow.source is State.DRAFT else arrow.source
        words = ", ".join(trigger_words(trigger).da for trigger in arrow.triggers)
        lines.append(f"    {source} --> {arrow.target} : {words}")
    lines += [f"    {state} --> [*]" for state in workflow.ends()]
    return "\n".join(lines) + "\n"


def dot(workflow: Workflow) -> str:
    """Return the page as Graphviz source; each state is a group with the id `state-<name>` in the drawing."""
    lines = [
        f'digraph "{workflow.kind}" {{',
        f'  graph [rankdir=LR, fontname="{_FONT}", nodesep=0.38, ranksep=0.55, pad=0.25, bgcolor="white", id="{workflow.kind}"]',  # noqa: E501 - one line of Graphviz
        f'  node [shape=box, style="rounded,filled", fontname="{_FONT}", fontsize=13, fontcolor="{_INK}", margin="0.24,0.1", penwidth=1.3]',  # noqa: E501 - as above
        f'  edge [fontname="{_FONT}", fontsize=10, arrowsize=0.65, penwidth=1.2]',
        f'  {_START} [shape=circle, label="", width=0.16, fillcolor="{_INK}", color="{_INK}", id="state-draft", group=spine]',  # noqa: E501 - as above
        *(_node(workflow, state) for state in _stored(workflow)),
        *_edges(workflow),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _stored(workflow: Workflow) -> tuple[State, ...]:
    return tuple(state for state in workflow.states if state is not State.DRAFT)


def _node(workflow: Workflow, state: State) -> str:
    fill, edge = _FILL_END, _EDGE_END
    if state in SPINE:
        fill, edge = _FILL_SPINE, _EDGE_SPINE
    elif state in _TROUBLE:
        fill, edge = _FILL_TROUBLE, _EDGE_TROUBLE
    is_end = state in workflow.ends()
    attributes = [
        f"label=<{STATES[state].da}<br/>{_small(state, _QUIET)}{_staying(workflow, state)}>",
        f'fillcolor="{fill}"',
        f'color="{edge}"',
        f'id="state-{state}"',
        f'class="state{" end" if is_end else ""}"',
        f'tooltip="{STATES[state].en}"',
        *(("group=spine",) if state in SPINE else ()),
        *(("peripheries=2",) if is_end else ()),
    ]
    return f"  {state} [{', '.join(attributes)}]"


def _small(words: str, colour: str) -> str:
    return f'<font point-size="9" color="{colour}">{words}</font>'


def _staying(workflow: Workflow, state: State) -> str:
    """Steps that stay where they are stand inside their state, after a dot: a loop would hide other lines."""
    staying = (arrow for arrow in arrows(workflow) if arrow.source is arrow.target is state)
    words = ((trigger_words(trigger).da, arrow.colour) for arrow in staying for trigger in arrow.triggers)
    return "".join("<br/>" + _small(f"\u00b7 {said}", colour) for said, colour in words)


def _edges(workflow: Workflow) -> Iterator[str]:
    for arrow in arrows(workflow):
        if arrow.source is not arrow.target:
            yield _edge(arrow)


def _edge(arrow: Arrow) -> str:
    source = _START if arrow.source is State.DRAFT else str(arrow.source)
    attributes = [
        f'label="{arrow.label}"',
        f'color="{arrow.colour}"',
        f'fontcolor="{arrow.colour}"',
        f'id="move-{source}-{"-".join(arrow.triggers)}-{arrow.target}"',
        f'tooltip="{", ".join(trigger_words(trigger).en for trigger in arrow.triggers)}"',
    ]
    if (arrow.source, arrow.target) in _SPINE_MOVES:
        attributes.append("weight=20, penwidth=2")
    if (arrow.source, arrow.target) in _WAYS_BACK:
        # Drawn from right to left, so that the spine stays straight.
        return f"  {arrow.target} -> {source} [dir=back, {', '.join(attributes)}]"
    return f"  {source} -> {arrow.target} [{', '.join(attributes)}]"
