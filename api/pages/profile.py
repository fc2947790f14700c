"""The profile on pages: the account, how one is told, and what exactly a notice says."""

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.noting import Noting
from api.pages.forms import Form, form_of, shaped, telling
from api.pages.framed import LARGEST_FORM, Framed, Told
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.acting import seen
from api.patient.notices import CHANGE, READ, Choices, InForce, Notices, Which
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.accounts import address_of

_PROFILE = "/{slug}/profile"
_NOTICES = "/{slug}/profile/notices"


class ProfilePages(Framed):
    """Shows the account and changes how its owner is told."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        super().__init__(services, rendering, visits)
        self._notices, self._noting = Notices(services), Noting(services)

    @contract(summary="See my profile", audience="pages", produces=HTML, query=Told, errors=(NotFoundError,))
    def read(self, call: Call, resp: falcon.Response, *, slug: str, query: Told) -> None:
        """Answer the account, and the ways to all that can be seen and changed."""
        services = self._services
        with services.database.writing() as connection:
            email, language = address_of(connection, services.keyring, call.caller(Patient).person)
            self._noting.within(connection, seen(services, call, "patient.me.read"))
        shown = {"email": email, "account_language": language, "told": query.told}
        self._show(call, resp, slug, "profile.html", Form(), **shown)

    @contract(summary="See how I am told", audience="pages", produces=HTML, query=Told, errors=(NotFoundError,))
    def ask_notices(self, call: Call, resp: falcon.Response, *, slug: str, query: Told) -> None:
        """Answer the form with what is in force."""
        in_force = self._notices.read(call, resp)
        form = Form(_values(in_force))
        self._show(call, resp, slug, "notices.html", form, sms_offered=in_force.sms_offered, told=query.told)

    @contract(
        summary="Choose how I am told",
        audience="pages",
        produces=HTML,
        status=303,
        also={422: "Something is missing or cannot be"},
        headers={"Location": "The same form, with what is now in force"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def change_notices(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Put the choices in force."""
        form = form_of(call)
        with telling(form, call.language):
            self._notices.change(call, resp, body=shaped(Choices, _choices(form)))
            go(resp, f"/{slug}/profile/notices?told=saved")
            return
        offered = bool(self._services.settings.sms_url)
        self._show(call, resp, slug, "notices.html", form, sms_offered=offered)

    @contract(summary="See what a notice will say", audience="pages", produces=HTML, errors=(NotFoundError,))
    def preview(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer every notice of the clinic, word for word, in the language of the page."""
        items = self._notices.preview(call, resp, query=Which(clinic=slug)).items
        said = [each for each in items if each.language == call.language]
        self._show(call, resp, slug, "notice_preview.html", Form(), notices=said)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", _PROFILE, self.read, "patient.me.read", CLINIC),
            Route("GET", _NOTICES, self.ask_notices, READ, CLINIC),
            Route("POST", _NOTICES, self.change_notices, CHANGE, CLINIC),
            Route("GET", f"{_NOTICES}/preview", self.preview, READ, CLINIC),
        ]


def _values(in_force: InForce) -> dict[str, tuple[str, ...]]:
    """Return what stands in the form before anybody types."""
    quiet = in_force.quiet_hours
    agreed = in_force.sms_agreed_at is not None and in_force.sms_ended_at is None
    return {
        "way": (in_force.way,),
        "language": (in_force.language,),
        "phone": (in_force.phone or "",),
        "sms_agreed": ("yes",) if agreed else (),
        "quiet_begins": (quiet.begins if quiet else "",),
        "quiet_ends": (quiet.ends if quiet else "",),
        "digest_at": (in_force.digest_at or "",),
    }


def _choices(form: Form) -> dict[str, object]:
    """Return what was typed as the members of the door's body."""
    quiet = {name: form.typed(f"quiet_{name}") for name in ("begins", "ends") if form.typed(f"quiet_{name}")}
    return {
        "way": form.typed("way"),
        "language": form.typed("language"),
        "phone": form.typed("phone").strip(),
        "sms_agreed": form.typed("sms_agreed") == "yes",
        "quiet_hours": quiet or None,
        "digest_at": form.typed("digest_at"),
    }
