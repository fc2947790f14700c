"""The export as a page that people read: one language, nothing fetched, nothing that runs."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from api.call import Language
from api.pages.export_words import CONTENT, WORDS
from workflows.vocabulary import Say
from workflows.working_days import COPENHAGEN

_FOLDER = Path(__file__).parent / "static"
_PIECES = 64
NOTHING = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"


class ExportPage:
    """Writes the page; `policy` is its Content-Security-Policy, which admits its own style by hash and nothing else."""

    def __init__(self) -> None:
        self._template, self.policy = _page()

    def written(
        self,
        language: Language,
        account: Any,
        memberships: Iterable[Any],
        parts: Mapping[str, Iterable[Any]],
        now: datetime,
    ) -> Iterator[bytes]:
        """Give the page piece by piece, reading on as it goes."""
        stream = self._template.stream(
            language=language,
            words=_in(language, WORDS),
            names=_in(language, CONTENT),
            account=account,
            memberships=memberships,
            now=now,
            **parts,
        )
        stream.enable_buffering(_PIECES)
        return (piece.encode() for piece in stream)


@cache
def _page() -> tuple[Template, str]:
    """Return the page's template, and the policy that admits its style."""
    style = (_FOLDER / "export.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["moment"] = _moment
    environment.globals["style"] = style
    template = environment.from_string((_FOLDER / "export.html").read_text(encoding="utf-8"))
    return template, f"{NOTHING}; style-src 'sha256-{digest}'"


def _in(language: Language, words: Mapping[str, Say]) -> dict[str, str]:
    return {name: getattr(say, language) for name, say in words.items()}


def _moment(at: datetime) -> str:
    return at.astimezone(COPENHAGEN).strftime("%Y-%m-%d %H:%M")
