"""What lies ready for a patient who writes: what to know, who can be chosen, and the draft that was kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from api.call import Call
from api.given import Services
from api.noting import Noting
from api.pages.forms import Form
from api.patient.acting import seen
from api.patient.drafts import READ
from api.patient.preparing import ACTION, Preparation, Preparing, prepared
from api.patient.words import Possibility, possible, said
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.database import Connection
from storage.drafts import Draft, Place, read_draft
from storage.first_words import first_step
from storage.memberships import own_clinic
from storage.standing import ClinicStanding
from storage.versions import currents
from workflows.acts import START, Acts
from workflows.clinic_settings import PractitionerSettings
from workflows.rights import TOLD_WHO_SEES

ANSWER = "sign-"
"""What the name of a question's field begins with."""
_YES, _NO = "yes", "no"
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Laid:
    """What lies ready.

    `service` says whether one can write at all; `notice` is what a patient under 15 is told;
    `practitioners` are keys and names of those who take such messages;
    `version` is the draft's, 0 where there is none; `elsewhere` is set where it belongs to another conversation.
    """

    clinic: ClinicStanding
    preparation: Preparation
    service: Possibility
    notice: str
    practitioners: Sequence[tuple[str, str]]
    version: int
    kept_at: datetime | None
    content: Mapping[str, Any]
    elsewhere: bool

    def form(self) -> Form:
        """Return the form as the draft has it."""
        return Form({} if self.elsewhere else fields(self.content))


class Desk:
    """Lays ready; a look is noted as the doors note it."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._preparing = Preparing(services)
        self._kind, _ = first_step(services.catalogue)
        self._acts = Acts(services.catalogue[self._kind])

    def lay(self, connection: Connection, call: Call, slug: str, thread: str) -> Laid:
        """Return what lies ready at a clinic of the patient's, for a conversation or, with "", a new one.

        Raises:
            NotFoundError: there is no such clinic, or the caller is no patient there.
        """
        given, patient = self._services, call.caller(Patient)
        clinic, _ = own_clinic(connection, given.keyring, patient.person, slug)
        facts = self._preparing.facts(connection, clinic, patient)
        draft = self._draft(connection, Place(patient.person, clinic.id, self._kind))
        for action in (ACTION, READ):
            self._noting.within(connection, seen(given, call, action, clinic.id))
        content = {} if draft is None else draft.content
        return Laid(
            clinic=clinic,
            preparation=prepared(clinic, facts, call.language),
            service=possible(self._acts.refusal(START, replace(facts, notice_seen=True)), call.language),
            notice=said(TOLD_WHO_SEES.sentence, call.language),
            practitioners=() if thread else self._practitioners(connection, clinic.id, patient.channel),
            version=0 if draft is None else draft.version,
            kept_at=None if draft is None else draft.changed_at,
            content=content,
            elsewhere=draft is not None and (content.get("thread") or "") != thread,
        )

    def _practitioners(self, connection: Connection, clinic: UUID, channel: str) -> Sequence[tuple[str, str]]:
        rows = currents(connection, clinic, "practitioner")
        everybody = ((row.key, PractitionerSettings.model_validate(row.body)) for row in rows)
        return [(key, who.display_name()) for key, who in everybody if who.takes(self._kind, channel)]

    def _draft(self, connection: Connection, place: Place) -> Draft | None:
        try:
            return read_draft(connection, self._services.keyring, place)
        except NotFoundError:
            return None


def fields(content: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Return a draft as a form's fields; what another client kept, and no form of ours can hold, is left out."""
    found: dict[str, Sequence[str]] = {
        name: (value,) for name in ("text", "practitioner") if isinstance(value := content.get(name), str)
    }
    files = content.get("files")
    if isinstance(files, list) and all(isinstance(each, str) for each in files):
        found["files"] = files
    signs = content.get("signs")
    answers = signs.get("answers") if isinstance(signs, dict) else None
    if isinstance(answers, dict):
        found |= {f"{ANSWER}{name}": (_YES if answer is True else _NO,) for name, answer in answers.items()}
    return found


def typed(form: Form) -> dict[str, Any]:
    """Return what was typed, as a draft keeps it and a message says it."""
    answers = {
        name.removeprefix(ANSWER): form.typed(name) == _YES
        for name in form.values
        if name.startswith(ANSWER) and form.typed(name) in {_YES, _NO}
    }
    version = form.typed("signs")
    asked = version.isascii() and version.isdecimal() and len(version) < _DIGITS
    said = {
        "text": form.typed("text").replace("\r\n", "\n"),  # as browsers send the lines of a form
        "practitioner": form.typed("practitioner"),
        "thread": form.typed("thread"),
        "files": [each for each in form.chosen("files") if each != form.typed("drop")],
        "signs": {"version": int(version), "answers": answers} if asked and answers else None,
    }
    return {name: value for name, value in said.items() if value}
