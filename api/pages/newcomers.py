"""The forms for who cannot log in: becoming a user (ACC-2), and a forgotten password (REC-1)."""

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import IdempotencyKeyMissingError, WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.framed import LARGEST_FORM, Framed
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, shown_proof
from api.patient.enrolments import Enrolments, Newcomer
from api.patient.recoveries import Lost, Recoveries
from api.patient.words import refused, said
from identity.outcomes import KeyReusedError, NotFoundError, TooManyRequestsError
from storage.clinics import find_clinic
from workflows.enrolment import TOLD_WHO_SEES
from workflows.rights import TAKES_SIGN_UPS

_ENROL, _LOST = "/{slug}/enrol", "/{slug}/recovery/new"
_AGAIN = 409
_ERRORS = (NotFoundError, WrongMediaTypeError, IdempotencyKeyMissingError, TooManyRequestsError)
_ALSO = {403: "Not open here", 409: "Sent already", 422: "Something is missing or cannot be"}


class NewcomerPages(Framed):
    """Takes sign-ups and forgotten passwords; whose number it is shows on no page (REC-3)."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        super().__init__(services, rendering, visits)
        self._enrolments, self._recoveries = Enrolments(services), Recoveries(services)

    @contract(summary="See the sign-up form", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask_enrol(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the form as the clinic takes sign-ups: not at all, with MitID only, or by its own yes."""
        self._enrol_form(call, resp, slug, Form({"language": (call.language,)}))

    @contract(
        summary="Send the sign-up form", audience="pages", produces=HTML, also=_ALSO, errors=_ERRORS,
        largest_body=LARGEST_FORM,
    )  # fmt: skip
    def enrol(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Take what was typed to the clinic, once however often the form comes."""
        form = form_of(call)
        typed = {name: form.typed(name).strip() for name in ("cpr", "email", "name", "language")}
        notice, proof = form.typed("notice_under_15") == "yes", shown_proof(call)
        try:
            with telling(form, call.language):
                body = shaped(Newcomer, {**typed, "notice_under_15": notice, "verified": proof})
                answer = self._enrolments.ask(call, resp, slug=slug, body=body)
                self._show(call, resp, slug, "received.html", form, message=answer.message)
                return
        except KeyReusedError as error:
            _ask_anew(form, error, call)
        self._enrol_form(call, resp, slug, form)

    @contract(summary="See the form for a lost password", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask_lost(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the form; MitID, which needs no password, stands first."""
        self._lost_form(call, resp, slug, Form())

    @contract(
        summary="Send the form for a lost password", audience="pages", produces=HTML, also=_ALSO, errors=_ERRORS,
        largest_body=LARGEST_FORM,
    )  # fmt: skip
    def lost(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Take what was typed to the clinic; the answer is the same for everybody."""
        form = form_of(call)
        try:
            with telling(form, call.language):
                body = shaped(Lost, {name: form.typed(name).strip() for name in ("cpr", "email")})
                answer = self._recoveries.ask(call, resp, slug=slug, body=body)
                self._show(call, resp, slug, "received.html", form, message=answer.message)
                return
        except KeyReusedError as error:
            _ask_anew(form, error, call)
        self._lost_form(call, resp, slug, form)

    def _enrol_form(self, call: Call, resp: falcon.Response, slug: str, form: Form) -> None:
        with self._services.database.reading() as connection:
            mode = find_clinic(connection, slug).settings.sign_up
        language = call.language
        shown = {
            "shut": refused(TAKES_SIGN_UPS, language) if mode == "none" else None,
            "mitid_only": mode == "without_approval",
            "is_proven": shown_proof(call) is not None,
            "custody": said(TOLD_WHO_SEES.sentence, language),
        }
        self._form(call, resp, slug, "enrol.html", form, **shown)

    def _lost_form(self, call: Call, resp: falcon.Response, slug: str, form: Form) -> None:
        self._form(call, resp, slug, "recovery_new.html", form)

    def _form(self, call: Call, resp: falcon.Response, slug: str, template: str, form: Form, **shown: object) -> None:
        services = self._services
        key = form.typed("key") or str(services.new_id())
        self._show(call, resp, slug, template, form, key=key, has_mitid=services.mitid is not None, **shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", _ENROL, self.ask_enrol, "public", CLINIC),
            Route("POST", _ENROL, self.enrol, "public", CLINIC),
            Route("GET", _LOST, self.ask_lost, "public", CLINIC),
            Route("POST", _LOST, self.lost, "public", CLINIC),
        ]


def _ask_anew(form: Form, error: KeyReusedError, call: Call) -> None:
    """Say that the form was sent before, and let it have another key."""
    refuse(form, error, _AGAIN, call.language)
    form.values = {name: values for name, values in form.values.items() if name != "key"}
