"""Problems as pages: what a browser is shown where a program is told."""

from collections.abc import Callable, Mapping
from typing import Any

import falcon

from api.call import Call
from api.problem_document import ProblemDocument

Handler = Callable[[Call, falcon.Response, Any, Mapping[str, Any]], None]

Pages = Callable[[Call, falcon.Response, ProblemDocument], None]
"""Writes a problem as a page, for people in a browser."""


def for_people(handler: Handler, pages: Pages) -> Handler:
    """Let a page say what the handler has told, where people ask in a browser."""

    def tell(call: Call, resp: falcon.Response, error: Any, params: Mapping[str, Any]) -> None:
        handler(call, resp, error, params)
        if call.is_page or _is_lost_browser(call):
            pages(call, resp, ProblemDocument.model_validate_json(resp.data or b""))

    return tell


def _is_lost_browser(call: Call) -> bool:
    """Return whether a browser asks for what there is not."""
    return call.uri_template is None and "text/html" in call.env.get("HTTP_ACCEPT", "")
