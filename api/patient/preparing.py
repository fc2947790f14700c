"""What a patient is told before writing: who reads it, what it is for, how long it may be, and what is asked first."""

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contacts import Contact, contact_of
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.patient.words import in_language, said
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.database import Connection
from storage.first_words import first_step
from storage.memberships import own_clinic
from storage.service_facts import Caller, services
from storage.standing import ClinicStanding
from workflows.facts import Facts
from workflows.vocabulary import Say
from workflows.warning_signs import ADULT, CHILD

ACTION = "patient.preparation.read"
CAN_WAIT = Say(
    "Skriv kun om noget, der kan vente nogle dage. Haster det, så ring.",
    "Write only about what can wait some days. If it is urgent, phone.",
)
WHO_READS = Say(
    "Du kan vælge en behandler, men andet personale i klinikken kan læse og besvare beskeden.",
    "You may choose a practitioner, but other staff of the clinic may read and answer the message.",
)
KEPT_IN_RECORD = Say(
    "Beskeden og svaret gemmes i din journal hos klinikken.",
    "The message and the answer are kept in your record at the clinic.",
)


class Question(BaseModel):
    """One question about warning signs: its name in the answers, and what it asks."""

    model_config = ConfigDict(frozen=True)

    name: str
    text: str


class Signs(BaseModel):
    """What is asked first. The answers go with the message, by name, together with `version`."""

    model_config = ConfigDict(frozen=True)

    required: bool
    version: int
    set: str = Field(description="adult or child, by the patient's age")
    questions: tuple[Question, ...]
    if_yes: Contact = Field(description="Whom to phone instead of writing")
    clinic_is_told: bool = Field(description="Whether the clinic sees that a yes stopped the message")


class Preparation(BaseModel):
    """What to know before an e-consultation at a clinic."""

    model_config = ConfigDict(frozen=True)

    told: tuple[str, ...]
    longest_text: int = Field(description="In characters (Unicode code points), after composing accents (NFC)")
    files_taken: bool
    custody_notice: bool = Field(description="Whether `notice_under_15` must be shown and confirmed")
    signs: Signs


class Preparing:
    """Shows patients what to know before they write."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._kind, _ = first_step(services.catalogue)

    @contract(
        summary="Read what to know before writing",
        audience="patient",
        out=Preparation,
        errors=(NotFoundError,),
        description="Reading it again just before sending shows whether the clinic has changed its questions.",
    )
    def read(self, call: Call, resp: falcon.Response, *, slug: str) -> Preparation:
        """Answer for one clinic of the patient's, and note the look."""
        given, patient, language = self._services, call.caller(Patient), in_language(call, resp)
        with given.database.writing() as connection:
            clinic, _ = own_clinic(connection, given.keyring, patient.person, slug)
            facts = self.facts(connection, clinic, patient)
            self._noting.within(connection, seen(given, call, ACTION, clinic.id))
        return prepared(clinic, facts, language)

    def facts(self, connection: Connection, clinic: ClinicStanding, patient: Patient) -> Facts:
        """Return what says whether the patient may write here, and what is asked first."""
        given, caller = self._services, Caller(patient.person, patient.channel)
        return services(connection, given.keyring, clinic, caller, [self._kind], given.clock())[self._kind]

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [Route("GET", "/v1/clinics/{slug}/preparation", self.read, ACTION, clinic)]


def prepared(clinic: ClinicStanding, facts: Facts, language: Language) -> Preparation:
    """Return what to know before writing."""
    settings = clinic.settings
    return Preparation(
        told=tuple(said(each, language) for each in (CAN_WAIT, WHO_READS, KEPT_IN_RECORD)),
        longest_text=settings.longest_text,
        files_taken=settings.files_taken,
        custody_notice=facts.under_15 and not facts.notice_seen,
        signs=_signs(clinic, facts, language),
    )


def _signs(clinic: ClinicStanding, facts: Facts, language: Language) -> Signs:
    signs = facts.signs
    if signs is None:
        raise LookupError("the facts of a service hold its warning signs")
    return Signs(
        required=signs.required,
        version=facts.signs_version,
        set=CHILD if facts.under_15 else ADULT,
        questions=tuple(
            Question(name=sign.name, text=getattr(sign, language)) for sign in signs.asked(of_child=facts.under_15)
        ),
        if_yes=contact_of(clinic.settings, facts, language),
        clinic_is_told=signs.tell_clinic,
    )
