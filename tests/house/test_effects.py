"""Every effect of every page is carried out by exactly one actor, from a queue that is worked."""

from tests.source_tree import ROOT, parsed
from tests.toy_workflow import CATALOGUE_OF_FIVE
from workers import queues
from workers.effects import ACTORS
from workflows.vocabulary import Do


def test_every_effect_has_exactly_one_actor():
    assert set(ACTORS) == set(Do)
    assert all(isinstance(actor, str) for actor in ACTORS.values())


def test_no_effect_is_written_twice():
    """A key that is repeated in the table would silently win over the first."""
    tree = parsed(ROOT / "workers" / "effects.py")
    table = next(node.value for node in tree.body if hasattr(node, "value") and hasattr(node.value, "keys"))
    written = [key.attr for key in table.keys]
    assert sorted(written) == sorted(each.name for each in Do)


def test_every_actor_has_a_queue_that_is_offered():
    assert (
        set(ACTORS.values())
        == set(queues.QUEUE_OF_DESTINATION.values())
        == {
            queues.DELIVER,
            queues.NOTIFY,
            queues.TEXT,
        }
    )


def test_every_effect_is_used_by_a_page():
    used = {effect.do for page in CATALOGUE_OF_FIVE.values() for row in page.steps for effect in row.then}
    # Of two, no step speaks: a text message stands for a mail by the reader's wish, and the reading is no step.
    assert used == set(Do) - {Do.SMS, Do.TELL_WINPLC_IT_WAS_READ}
