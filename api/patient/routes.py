"""Every row of the patient's doors."""

from api.contract import Route
from api.given import Services
from api.pages.activation import ActivationPage
from api.pages.not_me import NotMePage
from api.pages.recovery import RecoveryPage
from api.patient import actions, submissions
from api.patient.accesses import Accesses
from api.patient.appointments import OwnAppointments
from api.patient.calendars import Calendars
from api.patient.drafts import Drafts
from api.patient.enrolments import Enrolments
from api.patient.export import Exports
from api.patient.factors import Factors
from api.patient.files import PatientFiles
from api.patient.leaving import LeavingDoors
from api.patient.log_ins import LogInDoors
from api.patient.me import Myself
from api.patient.medicines import Medicines
from api.patient.mitid import MitId
from api.patient.notices import Notices
from api.patient.passkey_session import PasskeySession
from api.patient.passkeys import Passkeys
from api.patient.password import OwnPassword
from api.patient.preparing import Preparing
from api.patient.recoveries import Recoveries
from api.patient.reminders import ReminderDoors
from api.patient.renewals import Renewals
from api.patient.requests import PatientRequests
from api.patient.session import Session
from api.patient.slot_holds import SlotHolds
from api.patient.slots import Slots
from api.patient.threads import ThreadDoors
from api.patient.uploads import Uploads
from api.patient.visit_form import VisitFormDoor


def routes(services: Services) -> list[Route]:
    """Return the rows of the route table, the pages' included."""
    return [
        *Session(services).routes(),
        *PasskeySession(services).routes(),
        *LogInDoors(services).routes(),
        *Enrolments(services).routes(),
        *MitId(services).routes(),
        *Recoveries(services).routes(),
        *Myself(services).routes(),
        *Notices(services).routes(),
        *OwnPassword(services).routes(),
        *Factors(services).routes(),
        *Accesses(services).routes(),
        *Exports(services).routes(),
        *LeavingDoors(services).routes(),
        *Passkeys(services).routes(),
        *submissions.routes(services),
        *_times(services),
        *Medicines(services).routes(),
        *Renewals(services).routes(),
        *PatientRequests(services).routes(),
        *_writing(services),
        *actions.routes(services),
        *ActivationPage(services).routes(),
        *RecoveryPage(services).routes(),
        *NotMePage(services).routes(),
    ]


def _visits(services: Services) -> list[Route]:
    """Return the rows of what surrounds an appointment: its form, reminders, the patient's own calendar."""
    doors = (VisitFormDoor(services), ReminderDoors(services), Calendars(services))
    return [row for door in doors for row in door.routes()]


def _writing(services: Services) -> list[Route]:
    """Return the rows of conversations, of what comes before a message is sent, and of files that go with it."""
    before = [*ThreadDoors(services).routes(), *Preparing(services).routes(), *Drafts(services).routes()]
    return [*before, *Uploads(services).routes(), *PatientFiles(services).routes()]


def _times(services: Services) -> list[Route]:
    """Return the rows of the calendar's times, and of the patient's own."""
    times = [*Slots(services).routes(), *SlotHolds(services).routes(), *OwnAppointments(services).routes()]
    return [*times, *_visits(services)]
