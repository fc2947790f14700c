"""The tabs of Patientkommunikation: the clinic's settings, its practitioners, its holidays."""

import re

import falcon
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.tab_checks import closure_faults, practitioner_faults, warnings
from api.contract import Route, contract
from api.given import Services
from api.inputs import Fault, HeaderFaultError, InvalidBodyError
from identity.outcomes import KeyReusedError, NotFoundError, PreconditionRequiredError, VersionMismatchError
from identity.subject import Clinic
from storage.clinics import current, currents
from storage.database import Connection
from storage.inbox import Answer
from workflows.clinic_settings import ClinicSettings, Closure, PractitionerSettings
from workflows.content import Key

_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,64}"')
_KEY: TypeAdapter[str] = TypeAdapter(Key)
_NO_VERSION = -1
_THEIR_KEY = {"key": "The clinic's own key of it"}


class InForce(BaseModel):
    """What was put in force: its version, and what the clinic should look at again."""

    model_config = ConfigDict(frozen=True)

    version: int
    warnings: tuple[str, ...] = ()


class ClinicTabs:
    """Reads and changes what a clinic decides about its services."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="Read the settings in force",
        audience="clinic",
        out=ClinicSettings,
        headers={"ETag": "The version"},
        errors=(NotFoundError,),
    )
    def read_settings(self, call: Call, resp: falcon.Response) -> ClinicSettings | None:
        """Answer the settings, or that the caller has the version in force."""
        with self._services.database.reading() as connection:
            found = current(connection, call.caller(Clinic).clinic, "settings")
        if found is None:
            raise NotFoundError
        tag = f'"{found.version}"'
        resp.set_header("ETag", tag)
        if call.get_header("If-None-Match") == tag:
            resp.status = 304
            return None
        return ClinicSettings.model_validate(found.body)

    @contract(
        summary="Change the settings",
        audience="clinic",
        body=ClinicCall[ClinicSettings],
        out=InForce,
        headers={"ETag": "The version"},
        errors=(PreconditionRequiredError, VersionMismatchError, HeaderFaultError, KeyReusedError),
        description="Send the `ETag` you have read in `If-Match`, or `If-None-Match: *` if there were no settings yet.",
    )
    def put_settings(self, call: Call, resp: falcon.Response, *, body: ClinicCall[ClinicSettings]) -> InForce:
        """Put the whole tab in force, if nobody has changed it since it was read."""
        expected, staff = _expected_version(call), body.acting_staff

        def act(connection: Connection, clinic: Clinic) -> Answer:
            decided = {"decided": body.content, "expected": expected}
            return {"version": self._decisions.put(connection, clinic, staff, "settings", **decided)}

        answer = self._decisions.take(call, Decision("clinic.settings.change", staff, act))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return InForce.model_validate(answer)

    @contract(
        summary="Change a practitioner",
        audience="clinic",
        body=ClinicCall[PractitionerSettings],
        out=InForce,
        errors=(KeyReusedError,),
        description="A switch can be turned on only where the clinic's own is on (PRA-1).",
    )
    def put_practitioner(
        self, call: Call, _resp: falcon.Response, *, key: str, body: ClinicCall[PractitionerSettings]
    ) -> InForce:
        """Put one practitioner's line in force, and warn of a switch without effect (PRA-5)."""
        name, staff = _known_form(key), body.acting_staff

        def act(connection: Connection, clinic: Clinic) -> Answer:
            settings = current(connection, clinic.clinic, "settings")
            before = current(connection, clinic.clinic, "practitioner", name)
            _refuse(practitioner_faults(body.content, before, settings))
            version = self._decisions.put(connection, clinic, staff, "practitioner", key=name, decided=body.content)
            return {"version": version, "warnings": warnings(body.content)}

        return InForce.model_validate(
            self._decisions.take(call, Decision("clinic.practitioner.change", staff, act)),
        )

    @contract(
        summary="Change a holiday",
        audience="clinic",
        body=ClinicCall[Closure],
        out=InForce,
        errors=(KeyReusedError,),
        description="Both days are included, in Danish local time; holidays that overlap are refused (HOL-3).",
    )
    def put_closure(self, call: Call, _resp: falcon.Response, *, key: str, body: ClinicCall[Closure]) -> InForce:
        """Put one holiday in force."""
        name, staff = _known_form(key), body.acting_staff

        def act(connection: Connection, clinic: Clinic) -> Answer:
            others = [each.body for each in currents(connection, clinic.clinic, "closure") if each.key != name]
            _refuse(closure_faults(body.content, [Closure.model_validate(each) for each in others]))
            return {
                "version": self._decisions.put(connection, clinic, staff, "closure", key=name, decided=body.content)
            }

        return InForce.model_validate(self._decisions.take(call, Decision("clinic.closure.change", staff, act)))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        change = "clinic.settings.change"
        return [
            Route("GET", "/v1/clinic/settings", self.read_settings, "clinic.settings.read"),
            Route("PUT", "/v1/clinic/settings", self.put_settings, change),
            Route(
                "PUT",
                "/v1/clinic/practitioners/{key}",
                self.put_practitioner,
                "clinic.practitioner.change",
                _THEIR_KEY,
            ),
            Route("PUT", "/v1/clinic/closures/{key}", self.put_closure, "clinic.closure.change", _THEIR_KEY),
        ]


def _expected_version(call: Call) -> int:
    """Return the version that the caller has read: 0 where there was none, one that nothing has for a strange tag."""
    tag = call.get_header("If-Match")
    if tag is None:
        if call.get_header("If-None-Match") != "*":
            raise PreconditionRequiredError
        return 0
    if not _ETAG.fullmatch(tag):
        raise HeaderFaultError("If-Match", "if_match_malformed")
    inside = tag.strip('"')
    return int(inside) if inside.isdecimal() and inside.isascii() else _NO_VERSION


def _known_form(key: str) -> str:
    """Return a key of the path.

    Raises:
        NotFoundError: nothing can have such a key.
    """
    try:
        return _KEY.validate_python(key)
    except ValidationError:
        raise NotFoundError from None


def _refuse(faults: tuple[Fault, ...]) -> None:
    if faults:
        raise InvalidBodyError(faults)
