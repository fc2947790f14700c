"""What each problem means: the page behind the `type` of an error."""

from collections.abc import Iterable, Mapping
from html import escape

import falcon

from api.call import Call
from api.contract import Route, contract
from api.problem import Problem
from api.problems import BY_STATUS, BY_UNREADABLE, PROBLEMS, RULE_REFUSED, UNEXPECTED
from identity.outcomes import NotFoundError
from workflows import confirmation, numbers
from workflows.catalogue import CATALOGUE, Catalogue
from workflows.vocabulary import Rule, Say


def _rules(catalogue: Catalogue) -> Iterable[Rule]:
    of_steps = (rule for workflow in catalogue.values() for step in workflow.steps for rule in step.only_if)
    return (*of_steps, *numbers.RULES, confirmation.BY_MITID)


class ProblemPage:
    """One plain page for each code: ours, and those of every rule of the request types and about numbers."""

    def __init__(self, catalogue: Catalogue = CATALOGUE) -> None:
        ours = (UNEXPECTED, *PROBLEMS.values(), *BY_UNREADABLE.values(), *BY_STATUS.values())
        said: dict[str, dict[Say, None]] = {}
        for problem in ours:
            said.setdefault(problem.code, {}).update(dict.fromkeys(_sentences(problem)))
        for rule in _rules(catalogue):
            said.setdefault(rule.code, {RULE_REFUSED: None}).update(dict.fromkeys((rule.sentence, rule.next_step)))
        self._pages: Mapping[str, bytes] = {code: _page(code, list(sentences)) for code, sentences in said.items()}

    @contract(
        summary="Read what a problem means",
        audience="operator",
        produces="text/html",
        errors=(NotFoundError,),
    )
    def read(self, _call: Call, resp: falcon.Response, *, code: str) -> None:
        """Answer the page of one code."""
        if code not in self._pages:
            raise NotFoundError
        resp.data = self._pages[code]
        resp.content_type = "text/html; charset=utf-8"

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/problems/{code}", self.read, "public", {"code": "The problem's code"})]


def _sentences(problem: Problem) -> list[Say]:
    return [say for say in (problem.title, problem.detail, problem.next_step) if say]


def _page(code: str, sentences: list[Say]) -> bytes:
    danish = "".join(f"<p>{escape(say.da)}</p>" for say in sentences)
    english = "".join(f"<p>{escape(say.en)}</p>" for say in sentences)
    return (
        f'<!doctype html><html lang="da"><head><meta charset="utf-8"><title>{escape(code)}</title></head>'
        f'<body><main><h1>{escape(code)}</h1>{danish}<section lang="en">{english}</section></main></body></html>'
    ).encode()
