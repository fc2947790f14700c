"""Who can say no to what: every act of a patient's by the layers that decide it, as Markdown. Text out."""

from collections.abc import Iterator

from workflows.acts import Acts
from workflows.catalogue import Catalogue
from workflows.page_text import both, table
from workflows.vocabulary import Layer, Rule, State, Workflow
from workflows.words import LAYERS, act_words

_HEAD = """\
# Hvem kan sige nej til hvad (Who can say no to what)

Written by `python -m portal.diagrams` from the pages in `workflows/`; `make check` fails when it is stale. A cell holds
the codes with which a layer refuses an act. An act is open when no layer refuses it; where several do, one is named,
the outermost first, with its sentence and the next step (they are on each type's own page). The doors, the lists of
what can be done now and this table ask the same rules. An empty row is an act that nothing takes away: what a patient
has sent and got stays readable whatever is switched off.
"""


def rights_markdown(catalogue: Catalogue) -> str:
    """Return the table of every request type that patients follow."""
    return "\n".join([_HEAD, *(_of(workflow) for workflow in catalogue.values() if workflow.public_timeline)])


def _of(workflow: Workflow) -> str:
    acts = Acts(workflow)
    rules = {act: tuple(dict.fromkeys(_rules(acts, act, workflow))) for act in acts.every()}
    layers = [layer for layer in Layer if any(rule.layer is layer for each in rules.values() for rule in each)]
    columns = ["Act", "Patienten \N{EN DASH} The patient", *(both(LAYERS[layer]) for layer in layers)]
    rows = (
        (f"`{act}`", both(act_words(act)), *(_codes(decided, layer) for layer in layers))
        for act, decided in rules.items()
    )
    return table(both(workflow.title), columns, rows)


def _rules(acts: Acts, act: str, workflow: Workflow) -> Iterator[Rule]:
    """Give the rules of an act, those of the service first, then of every state in the page's order."""
    for state in (State.DRAFT, *workflow.states):
        yield from acts.rules(act, state) or ()


def _codes(rules: tuple[Rule, ...], layer: Layer) -> str:
    return ", ".join(f"`{rule.code}`" for rule in rules if rule.layer is layer)
