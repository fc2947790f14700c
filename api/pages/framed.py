"""What page classes share that show one template inside a clinic's frame."""

from typing import Any, Literal

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.given import Services
from api.pages.forms import Form
from api.pages.rendering import Rendering
from api.pages.visits import Visits

LARGEST_FORM = 16 * 1024


class Told(BaseModel):
    """What has just come of a form on the page before."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    told: Literal["saved", "added", "removed", "ended", "password"] | None = Field(None, description="What to say")


class Framed:
    """Knows the clinic that a page belongs to, and shows a form in its frame."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits

    def _show(self, call: Call, resp: falcon.Response, slug: str, template: str, form: Form, **shown: Any) -> None:
        """Answer the template with the form's status.

        Raises:
            NotFoundError: there is no such clinic.
        """
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
        resp.status = form.status
        self._rendering.write(call, resp, template, **{**visit.shown, "form": form, "told": None, **shown})
