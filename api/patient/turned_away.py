"""What a refused submission leaves: a row in the access log, the way on, and of a warning sign whom to phone now."""

from dataclasses import replace

from api.call import Call
from api.contacts import Contact, contact_of
from api.errors import RefusedError
from api.given import Services
from api.noting import Noting
from api.onward import Onwards
from api.patient.acting import seen
from api.patient.fresh_times import fresh_for
from identity.subject import Patient
from storage.clinics import find_clinic
from storage.database import Connection
from storage.memberships import own_clinic
from storage.service_facts import Caller, services
from storage.statistics import count_refused
from storage.stops import note_stop
from storage.submissions import Asked
from workflows.facts import Facts
from workflows.vocabulary import Refusal
from workflows.warning_signs import AT_NIGHT, BY_DAY, SignAnswers

_STOPS = frozenset({BY_DAY, AT_NIGHT})


class TurnedAway:
    """Turns refusals of submissions into what the caller is answered."""

    def __init__(self, given: Services) -> None:
        self._given, self._noting, self._onwards = given, Noting(given), Onwards(given)

    def __call__(self, call: Call, asked: Asked, refusal: Refusal) -> RefusedError:
        """Note the try with the code of the rule, and return the error that says what to do instead."""
        given, patient = self._given, call.caller(Patient)
        kind, practitioner = refusal.rule.leads_to, asked.content.addressed_to
        caller = Caller(patient.person, patient.channel)
        with given.database.writing() as connection:
            clinic = find_clinic(connection, asked.clinic)
            count_refused(connection, clinic.id, asked.kind, refusal, given.clock())
            onward = self._onwards.to(connection, clinic, caller, kind, practitioner)
            contact = self._contact(connection, call, asked, caller) if refusal.rule.code in _STOPS else None
            tried = seen(given, call, "patient.request.submit", clinic.id)
            self._noting.within(connection, replace(tried, outcome=f"refused:{refusal.rule.code}"))
        fresh = fresh_for(given, call, asked.clinic, refusal, asked.content)
        return RefusedError(refusal, onward=onward, contact=contact, fresh=fresh)

    def _contact(self, connection: Connection, call: Call, asked: Asked, caller: Caller) -> Contact:
        """Return whom to phone now, and keep for a clinic that wants to know whom a sign has stopped (NEW-12)."""
        given, now = self._given, self._given.clock()
        clinic, _ = own_clinic(connection, given.keyring, call.caller(Patient).person, asked.clinic)
        facts = services(connection, given.keyring, clinic, caller, [asked.kind], now)[asked.kind]
        self._note_stop(connection, call.caller(Patient), asked, facts)
        return contact_of(clinic.settings, facts, call.language)

    def _note_stop(self, connection: Connection, patient: Patient, asked: Asked, facts: Facts) -> None:
        answers = getattr(asked.content, "signs", None)
        if facts.signs is None or not facts.signs.tell_clinic or not isinstance(answers, SignAnswers):
            return
        clinic, key = own_clinic(connection, self._given.keyring, patient.person, asked.clinic)
        note_stop(
            connection,
            key,
            self._given.new_id,
            person=patient.person,
            clinic=clinic.id,
            version=answers.version,
            signs=[name for name, is_so in answers.answers.items() if is_so],
            now=facts.now,
        )
