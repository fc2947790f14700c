"""The catalogue of the pages' texts: what the templates say is gathered, what has no English words is told.

`python -m portal.page_texts` brings `api/pages/texts/en.po` up to the templates and keeps what was translated;
`--check` only says whether it is fresh and whole.
"""

import sys
from collections.abc import Iterator, Sequence
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.pages.texts import FOLDER, PAGES

_FILE = FOLDER / "en.po"
_METHODS = [("**.html", "jinja2")]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def gathered() -> Catalog:
    """Return every text of the templates."""
    found = Catalog(project="Patientportal", charset="utf-8")
    texts = extract_from_dir(str(PAGES), _METHODS, _OPTIONS, keywords=_KEYWORDS)
    for file, _line, message, _comments, context in texts:
        found.add(message, locations=[(file, 0)], context=context)
    return found


def updated() -> Catalog:
    """Return the English catalogue as the templates want it, with what was translated before."""
    with _FILE.open("rb") as opened:
        present = read_po(opened, locale="en")
    present.update(gathered(), no_fuzzy_matching=True)
    present.obsolete.clear()
    return present


def untranslated(catalog: Catalog) -> Iterator[str]:
    """Yield the texts without English words."""
    for message in catalog:
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(strings):
            yield str(message.id)


def main(arguments: Sequence[str]) -> int:
    """Write the catalogue, or with `--check` say what is stale or has no words."""
    catalog, written = updated(), BytesIO()
    write_po(written, catalog, width=120, sort_output=True, no_location=False, omit_header=True, include_lineno=False)
    if "--check" not in arguments:
        _FILE.write_bytes(written.getvalue())
    missing = list(untranslated(catalog))
    stale = _FILE.read_bytes() != written.getvalue()
    for text in missing:
        sys.stdout.write(f"no English words for: {text}\n")
    if stale:
        sys.stdout.write("api/pages/texts/en.po is stale: python -m portal.page_texts\n")
    return 1 if missing or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
