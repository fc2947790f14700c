"""The pages' texts: Danish as the templates have them, English from the catalogue `texts/en.po`."""

from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from api.call import Language

FOLDER = Path(__file__).parent / "texts"
PAGES = Path(__file__).parent / "templates"
CONTEXT_MARK = "\x04"  # how gettext joins a context and a text


class Catalogue(NullTranslations):
    """The translations of one language; what is not in it is said as it stands in the template."""

    def __init__(self, texts: Mapping[Any, Any]) -> None:
        super().__init__()
        self._texts = texts

    def gettext(self, message: str) -> str:
        """Return a text."""
        return str(self._texts.get(message) or message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the text for so many; Danish and English both tell one from any other number."""
        forms = self._texts.get(msgid1)
        if isinstance(forms, tuple):
            return str(forms[0 if n == 1 else 1])
        return msgid1 if n == 1 else msgid2

    def pgettext(self, context: str, message: str) -> str:
        """Return a text whose meaning depends on where it stands."""
        return str(self._texts.get(f"{context}{CONTEXT_MARK}{message}") or message)


@cache
def catalogues() -> Mapping[Language, Catalogue]:
    """Return the catalogue of each language, read once."""
    with (FOLDER / "en.po").open("rb") as opened:
        english = read_po(opened, locale="en")
    texts: dict[str, Any] = {}
    for message in english:
        name = message.id[0] if isinstance(message.id, tuple | list) else message.id
        if name and not message.fuzzy:
            texts[f"{message.context}{CONTEXT_MARK}{name}" if message.context else name] = message.string
    return {"da": Catalogue({}), "en": Catalogue(texts)}
