"""Reading and answering JSON over HTTP, the same way at every door."""

import json
from typing import Any, TypeVar

import falcon
from pydantic import ValidationError

from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Shape

AnyShape = TypeVar("AnyShape", bound=Shape)


class SameSite:
    """Keeps other web sites from posting through a browser that can reach this machine."""

    def process_request(self, req: falcon.Request, _resp: falcon.Response) -> None:
        """Refuse a changing call that a browser says comes from elsewhere; programs send no such header."""
        elsewhere = req.get_header("Sec-Fetch-Site") in {"cross-site", "same-site"}
        if elsewhere and req.method not in {"GET", "HEAD"}:
            raise RefusedError(403, "cross_site")


def body_bytes(req: falcon.Request) -> bytes:
    """The body as it came, read once and kept."""
    if not hasattr(req.context, "body"):
        req.context.body = req.bounded_stream.read()
    body: bytes = req.context.body
    return body


def read_shape(req: falcon.Request, shape: type[AnyShape]) -> AnyShape:
    """The body as a shape.

    Raises:
        RefusedError: 400 ``malformed``, naming the fields but not what they held.
    """
    try:
        return shape.model_validate(json.loads(body_bytes(req), object_pairs_hook=_unique, parse_constant=_refuse))
    except ValidationError as wrong:
        fields = ", ".join(f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in wrong.errors())
        raise RefusedError(400, "malformed", fields) from None
    except (ValueError, RecursionError):
        raise RefusedError(400, "malformed", "the body is not JSON") from None


def refuse(_req: falcon.Request, resp: falcon.Response, refused: RefusedError, _params: dict[str, Any]) -> None:
    """Answer a refusal as ``{"code": …}``."""
    resp.status = refused.status
    resp.media = {"code": refused.code} | ({"detail": refused.detail} if refused.detail else {})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse(_constant: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")
