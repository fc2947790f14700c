"""A page in words: the Markdown that a clinic signs off. Text in, text out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from workflows.content import Content, Nothing
from workflows.diagram import mermaid
from workflows.vocabulary import Deadline, Effect, Role, Rule, Say, Since, State, Step, Workflow
from workflows.words import DEEDS, EFFECTS, LAYERS, LETTERS, ROLES, STATES, trigger_words

_HEAD = """\
# {title.da} ({title.en})

Written by `python -m portal.diagrams` from the page `{kind}` in `workflows/`; `make check` fails when it is stale.
Danish first, English after the dash. The words in `code` are those of the interface and of the history.

![{title.da}]({kind}.svg)

Lines: blue is the patient, green the clinic, grey the portal itself, purple the operator. A word after a dot inside a
state is a step that stays there. A double border is an end.

```mermaid
{mermaid}```
"""


def markdown(workflow: Workflow) -> str:
    """Return the page as Markdown: picture, moves, refusals, deadlines, and what is said with each step."""
    parts = [
        _HEAD.format(title=workflow.title, kind=workflow.kind, mermaid=mermaid(workflow)),
        _states(workflow),
        _moves(workflow),
        _refusals(workflow),
        _deadlines(workflow),
        _shapes(workflow),
    ]
    return "\n".join(part for part in parts if part)


def table(title: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a titled Markdown table."""
    lines = [f"## {title}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def both(say: Say) -> str:
    """Return a saying in both languages, once where they say it alike."""
    return say.da if say.da == say.en else f"{say.da} \N{EN DASH} {say.en}"


def _states(workflow: Workflow) -> str:
    ends = workflow.ends()
    rows = (
        (f"`{state}`", STATES[state].da, STATES[state].en, "ja \N{EN DASH} yes" if state in ends else "")
        for state in workflow.states
        if state is not State.DRAFT
    )
    return table("Tilstande \N{EN DASH} States", ("Code", "Dansk", "English", "Slut \N{EN DASH} End"), rows)


def _moves(workflow: Workflow) -> str:
    columns = [
        "Trigger",
        "Hvem gør hvad \N{EN DASH} Who does what",
        "Fra \N{EN DASH} From",
        "Til \N{EN DASH} To",
        "Kun hvis \N{EN DASH} Only if",
        "Så \N{EN DASH} Then",
        "Udfald \N{EN DASH} Outcome",
    ]
    return table("Skridt \N{EN DASH} Moves", columns, (_move(step) for step in workflow.steps))


def _move(step: Step) -> tuple[str, ...]:
    words = trigger_words(step.trigger)
    who = Say(f"{_roles(step.by).da}: {words.da}", f"{_roles(step.by).en}: {words.en}")
    then = [both(DEEDS[deed]) for deed in step.at_once] + [_effect(effect) for effect in step.then]
    return (
        f"`{step.trigger}`",
        both(who),
        STATES[step.source].da,
        STATES[step.target].da,
        ", ".join(f"`{rule.code}`" for rule in step.only_if),
        "<br>".join(then),
        f"`{step.outcome}`" if step.outcome else "",
    )


def _roles(by: Role) -> Say:
    said = [ROLES[role] for role in by]
    return Say(" eller ".join(each.da for each in said), " or ".join(each.en for each in said))


def _effect(effect: Effect) -> str:
    said = EFFECTS[effect.do]
    if effect.letter is None:
        return both(said)
    letter = LETTERS[effect.letter]
    return both(Say(f"{said.da}: {letter.da}", f"{said.en}: {letter.en}"))


def _refusals(workflow: Workflow) -> str:
    rules = dict.fromkeys(rule for step in workflow.steps for rule in step.only_if)
    if not rules:
        return ""
    columns = [
        "Code",
        "Hvem siger nej \N{EN DASH} Layer",
        "Siges \N{EN DASH} Said",
        "Næste skridt \N{EN DASH} Next step",
        "Felt \N{EN DASH} Field",
        "Skridt \N{EN DASH} Moves",
    ]
    return table("Afslag \N{EN DASH} Refusals", columns, (_refusal(workflow, rule) for rule in rules))


def _refusal(workflow: Workflow, rule: Rule) -> tuple[str, ...]:
    asking = dict.fromkeys(step.trigger for step in workflow.steps if rule in step.only_if)
    return (
        f"`{rule.code}`",
        both(LAYERS[rule.layer]),
        f"{rule.sentence.da}<br>{rule.sentence.en}",
        f"{rule.next_step.da}<br>{rule.next_step.en}",
        f"`{rule.field}`" if rule.field else "",
        ", ".join(f"`{trigger}`" for trigger in asking),
    )


def _deadlines(workflow: Workflow) -> str:
    if not workflow.deadlines:
        return ""
    rows = (
        (both(STATES[each.state]), f"`{each.trigger}`", both(trigger_words(each.trigger)), both(_after(each)))
        for each in workflow.deadlines
    )
    columns = (
        "Tilstand \N{EN DASH} State",
        "Trigger",
        "Hvad sker \N{EN DASH} What happens",
        "Hvornår \N{EN DASH} When",
    )
    return table("Frister \N{EN DASH} Deadlines", columns, rows)


_SINCE = {
    Since.SLOT_END: Say("tidens slutning", "the end of the time"),
    Since.UNREAD: Say("klinikkens frist for ulæste svar", "the clinic's limit for unread answers"),
    Since.PROMISE: Say("slutningen af den lovede dag", "the end of the promised day"),
}


def _after(deadline: Deadline) -> Say:
    since = _SINCE.get(deadline.since)
    if since and not deadline.after:
        return Say(f"ved {since.da}", f"at {since.en}")
    length = _length(deadline.after)
    if since is None:
        return Say(f"efter {length.da}", f"after {length.en}")
    return Say(f"{length.da} efter {since.da}", f"{length.en} after {since.en}")


def _length(span: timedelta) -> Say:
    minutes = int(span.total_seconds() // 60)
    for size, da, das, en in (
        (1440, "døgn", "døgn", "day"),
        (60, "time", "timer", "hour"),
        (1, "minut", "minutter", "minute"),
    ):
        if minutes and minutes % size == 0:
            count = minutes // size
            return Say(f"{count} {da if count == 1 else das}", f"{count} {en}{'' if count == 1 else 's'}")
    return Say(str(span), str(span))


def _shapes(workflow: Workflow) -> str:
    rows = [row for trigger, shape in _said(workflow) for row in _fields(trigger, shape)]
    if not rows:
        return ""
    columns = [
        "Trigger",
        "Felt \N{EN DASH} Field",
        "Form \N{EN DASH} Type",
        "Skal med \N{EN DASH} Required",
        "Grænser \N{EN DASH} Limits",
    ]
    return table("Det siges med \N{EN DASH} What is said with each move", columns, rows)


def _said(workflow: Workflow) -> Iterator[tuple[str, type[Content]]]:
    for trigger in workflow.triggers():
        shape = workflow.shape(trigger)
        if shape is not None and shape is not Nothing:
            yield trigger, shape


def _fields(trigger: str, shape: type[Content]) -> Iterator[tuple[str, ...]]:
    schema = shape.model_json_schema()
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        plain = _without_null(field)
        need = "ja \N{EN DASH} yes" if name in required else ""
        yield f"`{trigger}`", f"`{name}`", _form(plain), need, _limits(plain)


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    return next((each for each in field.get("anyOf", ()) if each.get("type") != "null"), field)


def _form(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " / ".join(f"`{each}`" for each in field["enum"])
    if "type" not in field:  # a shape of its own, explained in the API's document
        return "object"
    if field["type"] == "array":
        return f"list of {_form(field['items'])}"
    return str(field.get("format", field["type"]))


def _limits(field: dict[str, Any]) -> str:
    names = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")
    own = [f"{name} `{field[name]}`" for name in names if name in field]
    inner = _limits(field["items"]) if field.get("type") == "array" else ""
    return ", ".join([*own, *([f"each: {inner}"] if inner else [])])
