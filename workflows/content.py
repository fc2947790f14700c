"""What may be said with a step: strict shapes, declared on the page of each request type."""

import re
import unicodedata
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

LARGEST_TEXT = 5000  # code points, whatever a clinic's own limit says (CLN-3)
_EMOJI = re.compile(
    # joiners, variation and keycap marks, pictographs, clocks and buttons, symbols and dingbats, arrows and squares,
    # flags' tags
    "[\u200d\ufe0f\u20e3\u231a\u231b\u23e9-\u23fa\u25fd\u25fe\U0001f000-\U0001faff\u2600-\u263f"
    "\u2641\u2643-\u27bf\u2b05-\u2b55\U000e0020-\U000e007f]",
)
"""What counts as emoji; \u2640 and \u2642 are clinical signs and may be written."""

_NO_CHARACTERS = {"Cc", "Cs", "Co", "Cn"}


def _has_control(text: str) -> bool:
    bare = text.replace("\n", "").replace("\r", "").replace("\t", "")
    return not bare.isprintable() and any(unicodedata.category(character) in _NO_CHARACTERS for character in bare)


def _found(text: str) -> list[dict[str, Any]]:
    """Return each emoji of a text as it was typed, with its places, so that a page can show them."""
    places: dict[str, list[int]] = {}
    for match in _EMOJI.finditer(text):
        places.setdefault(match[0], []).append(match.start())
    return [
        {"character": character, "code_point": f"U+{ord(character):04X}", "at": tuple(places[character])}
        for character in sorted(places)
    ]


def _plain(text: str) -> str:
    """Return the text in Unicode NFC without outer blanks; refuse emoji (EKO-3) and control characters."""
    normal = unicodedata.normalize("NFC", text).strip()
    if emoji := _found(text):
        shown = ", ".join(each["code_point"] for each in emoji)
        raise PydanticCustomError("emoji", "Emoji cannot be sent: {characters}", {"characters": shown, "found": emoji})
    if _has_control(normal):
        raise PydanticCustomError("control_character", "The text holds an invisible control character")
    return normal


def _not_blank(text: str) -> str:
    if not text:
        raise PydanticCustomError("blank", "Write something")
    return text


PlainText = Annotated[str, Field(max_length=LARGEST_TEXT), AfterValidator(_plain)]
"""Text that a person wrote: NFC, no emoji, no control characters, at most 5,000 code points."""

WrittenText = Annotated[PlainText, AfterValidator(_not_blank)]
"""Such a text that must say something."""

Key = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.:-]{0,63}$")]
"""A name given by the clinic's system to a practitioner, a slot, a medicine or a message."""

Files = Annotated[tuple[UUID, ...], Field(max_length=50)]
"""Uploads that go with a message; how many there may be is a rule of the page."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
"""A machine word from a closed list that the page explains."""


class Content(BaseModel):
    """The base of every shape: unknown members are refused, nothing is coerced, nothing changes afterwards.

    The properties tell the facts room what a shape speaks about; a page overrides those that apply.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @property
    def written(self) -> str:
        """The text whose length the clinic limits."""
        return ""

    @property
    def addressed_to(self) -> str | None:
        """The practitioner the request is for."""
        return None

    @property
    def wanted_slot(self) -> str | None:
        """The calendar slot the request wants."""
        return None

    @property
    def wanted_reason(self) -> str | None:
        """The kind of appointment that the request wants."""
        return None

    @property
    def offered_slots(self) -> tuple[str, ...]:
        """The calendar slots that the clinic offers the patient."""
        return ()

    @property
    def given_up(self) -> UUID | None:
        """The standing request that another one would take the place of."""
        return None

    @property
    def wanted_medicines(self) -> tuple[str, ...]:
        """The medicines the request names."""
        return ()

    @property
    def attached_files(self) -> tuple[UUID, ...]:
        """The uploads the request carries."""
        return ()

    @property
    def asked_rights(self) -> tuple[str, ...]:
        """The services for which the request asks leave."""
        return ()

    @property
    def notice_seen(self) -> bool:
        """Whether the writer says that they have been shown the notice to those under 15 (ACC-12)."""
        return False

    @property
    def clinic_message(self) -> str | None:
        """The clinic system's own key of the message it sends; a repeat of it is the same message."""
        return None

    @property
    def verdict(self) -> str | None:
        """What the words decide, as a machine word for the history."""
        return None

    @property
    def leads_to(self) -> str | None:
        """The type of request that the patient is to make next, where the words send them on."""
        return None

    @property
    def sameness(self) -> str | None:
        """The words by which a repeat is known while the first waits (NEW-23); None where none is a repeat."""
        return None

    @property
    def is_kept(self) -> bool:
        """Whether the words are kept (sealed) as a message of the request."""
        return True

    def as_json(self) -> dict[str, Any]:
        """Return the shape as plain JSON values."""
        return self.model_dump(mode="json")


class Nothing(Content):
    """Nothing is said with the step."""

    @property
    def is_kept(self) -> bool:
        """Nothing is nothing to keep."""
        return False
