"""Templates in, words out: a letter's subject, plain text and HTML in one language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

Language = Literal["da", "en"]

TEMPLATES: Final = Path(__file__).parent / "templates"


class Words(NamedTuple):
    """What one pair of templates says: a subject of one line, the plain text, and a whole HTML page."""

    subject: str
    text: str
    html: str


class Stationery:
    """Folders of templates, `<language>/<letter>.txt.j2` and `.html.j2`, read once and kept compiled.

    Folders are searched in the order given, so that a new letter may live in a folder of its own and still
    extend the layouts of the house.
    """

    def __init__(self, *folders: Path) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(folders),
            undefined=StrictUndefined,
            # The default of select_autoescape knows "x.html" but not "x.html.j2", and would escape nothing.
            autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
            auto_reload=False,
            cache_size=-1,
        )
        # Phones that prefer dark colours read the @media rules; nothing may be fetched while a letter is written.
        self._css = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

    def render(self, letter: str, language: Language, values: Mapping[str, object]) -> Words:
        """Fill both templates of a letter.

        The first line of the plain text template is the subject; the HTML template gets it as `subject`.

        Raises:
            jinja2.TemplateNotFound: the language has no template of that name.
            jinja2.UndefinedError: a template asks for a value that was not given.
        """
        plain = self._templates.get_template(f"{language}/{letter}.txt.j2").render(values)
        subject, _, text = plain.partition("\n")
        page = self._templates.get_template(f"{language}/{letter}.html.j2")
        html = page.render(values, subject=subject)
        return Words(subject.strip(), text.strip() + "\n", self._css.inline(html))


HOUSE_STATIONERY: Final = Stationery(TEMPLATES)
