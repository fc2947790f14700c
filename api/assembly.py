"""Builds the WSGI application from the route table and what is injected."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import falcon

from api.call import Call
from api.contract import Route
from api.errors import Failed, add_error_handlers
from api.middleware import Admit, Authorise, Close, Identify, Observe, Observer
from api.mounting import mount
from api.page_problems import Pages


def _new_request_id() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the doors need from outside.

    `authorise` applies the policy; `failed` is told of unexpected exceptions; `observers` of every answered call, in
    this order; `pages` writes problems for people in a browser; `new_request_id` and `timer` (seconds, for durations
    only) are replaced in tests.
    """

    authorise: Authorise
    failed: Failed
    observers: Sequence[Observer] = ()
    pages: Pages | None = None
    new_request_id: Callable[[], str] = _new_request_id
    timer: Callable[[], float] = time.perf_counter


def build_app(routes: Sequence[Route], around: Surroundings) -> "falcon.App[Call, falcon.Response]":
    """Return the WSGI application of the route table.

    Raises:
        RouteError: the table does not fit together.
    """
    # Falcon runs what follows an answer in the reverse of this order: the headers are set before anyone observes.
    app: falcon.App[Call, falcon.Response] = falcon.App(
        request_type=Call,
        middleware=[
            Identify(around.new_request_id, around.timer),
            Observe(around.observers, around.timer),
            Close(),
            Admit(routes, around.authorise),
        ],
    )
    mount(app, routes)
    add_error_handlers(app, around.failed, around.pages)
    return app
