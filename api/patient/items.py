"""The medicines of a renewal, one by one: where each stands, and where a "no" leads."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from api.call import Language
from api.onward import Onward
from api.patient.words import said
from storage.messages import Spoken
from workflows.renewal_items import REASONS, STATUSES, ItemStatus, item_status
from workflows.vocabulary import State


class Item(BaseModel):
    """One medicine of a request; `reason`, in words and as the clinic's code, and `text` are the clinic's (REN-10)."""

    model_config = ConfigDict(frozen=True)

    medicine: str
    name: str = Field(description="As the clinic's list calls it, or its key where no list has it any more")
    status: ItemStatus
    label: str
    reason_code: str | None = None
    reason: str | None = None
    text: str | None = None
    onward: Onward | None = Field(None, description="What to ask for instead, one step away (REN-11)")


@dataclass(frozen=True, slots=True)
class Decided:
    """What a request asks for and what the clinic has decided of it, by the medicine's key."""

    wanted: tuple[str, ...]
    decisions: Mapping[str, Spoken]

    @classmethod
    def of(cls, words: Iterable[Spoken]) -> "Decided":
        """Read it off the words of a request."""
        said_before = tuple(words)
        wanted = tuple(key for each in said_before for key in each.content.wanted_medicines)
        decided = {key: each for each in said_before if (key := getattr(each.content, "medicine", None))}
        return cls(wanted, decided)

    def leads_to(self) -> Iterator[str]:
        """Give the types of request to which the decisions lead."""
        for each in self.decisions.values():
            if each.content.leads_to is not None:
                yield each.content.leads_to


def items(
    decided: Decided, state: State, names: Mapping[str, str], onward: Mapping[str, Onward | None], language: Language
) -> tuple[Item, ...]:
    """Return the medicines in the order they were asked for; `onward` is what each type of request leads to."""
    return tuple(_item(decided, key, state, names.get(key, key), onward, language) for key in decided.wanted)


def _item(
    decided: Decided,
    key: str,
    state: State,
    name: str,
    onward: Mapping[str, Onward | None],
    language: Language,
) -> Item:
    word = decided.decisions.get(key)
    content = None if word is None else word.content.as_json()
    status = item_status(state, None if content is None else content["decision"])
    reason = None if content is None else content["reason"]
    return Item(
        medicine=key,
        name=name,
        status=status,
        label=said(STATUSES[status], language),
        reason_code=reason,
        reason=None if reason is None else said(REASONS[reason], language),
        text=None if content is None else content["text"],
        onward=None if word is None else onward.get(word.content.leads_to or ""),
    )
