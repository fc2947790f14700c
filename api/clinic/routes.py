"""The clinic's rows of the route table."""

from api.clinic.accounts import ClinicAccounts
from api.clinic.appointment_types import AppointmentTypes
from api.clinic.calendar import ClinicCalendar
from api.clinic.cards import ClinicCards
from api.clinic.closures import ClinicClosures
from api.clinic.departures import ClinicDepartures
from api.clinic.factors import ClinicFactors
from api.clinic.files import ClinicFiles
from api.clinic.lists import ClinicLists
from api.clinic.messages import ClinicMessages
from api.clinic.numbers import ClinicNumbers
from api.clinic.patients import ClinicPatients
from api.clinic.practitioners import ClinicPractitioners
from api.clinic.proofs import ClinicProofs
from api.clinic.requests import ClinicRequests
from api.clinic.settings_changes import SettingsChanges
from api.clinic.tabs import ClinicTab
from api.clinic.users import ClinicUsers
from api.clinic.visit_forms import VisitForms
from api.clinic.warning_signs import ClinicSigns
from api.contract import Route
from api.cursor import Cursors
from api.given import Services


def routes(services: Services, cursors: Cursors) -> list[Route]:
    """Return the rows of every door to which clinics' systems knock."""
    return [
        *ClinicRequests(services).routes(),
        *ClinicMessages(services).routes(),
        *ClinicFiles(services).routes(),
        *ClinicTab(services).routes(),
        *ClinicPractitioners(services).routes(),
        *ClinicClosures(services).routes(),
        *SettingsChanges(services, cursors).routes(),
        *ClinicSigns(services).routes(),
        *ClinicCards(services).routes(),
        *ClinicDepartures(services).routes(),
        *ClinicPatients(services).routes(),
        *ClinicUsers(services).routes(),
        *ClinicAccounts(services).routes(),
        *ClinicFactors(services).routes(),
        *ClinicNumbers(services).routes(),
        *ClinicCalendar(services).routes(),
        *AppointmentTypes(services).routes(),
        *VisitForms(services).routes(),
        *ClinicLists(services).routes(),
        *ClinicProofs(services).routes(),
    ]
