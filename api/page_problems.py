"""Problems as pages: what a browser is shown where a program is told."""

from collections.abc import Callable, Mapping
from typing import Any

import falcon

from api.call import Call
from api.problem_document import ProblemDocument

Handler = Callable[[Call, falcon.Response, Any, Mapping[str, Any]], None]

Pages = Callable[[Call, falcon.Response, ProblemDocument], None]
"""Writes a problem as a page, for people in a browser."""


_WALKED_THROUGH = (None, "/v1/session/mitid", "/v1/session/mitid/callback")
"""Where browsers come that are on no page: what there is not, and the way to MitID and back."""


def for_people(handler: Handler, pages: Pages) -> Handler:
    """Let a page say what the handler has told, where people ask in a browser."""

    def tell(call: Call, resp: falcon.Response, error: Any, params: Mapping[str, Any]) -> None:
        handler(call, resp, error, params)
        if call.is_page or (_is_browser(call) and call.uri_template in _WALKED_THROUGH):
            pages(call, resp, ProblemDocument.model_validate_json(resp.data or b""))

    return tell


def _is_browser(call: Call) -> bool:
    """Return whether somebody reads the answer who came by a link or an address."""
    return "text/html" in call.env.get("HTTP_ACCEPT", "")
