"""What stands in the house of every story: its clinics with what they decided, its patients with their accounts."""

from datetime import timedelta

from identity.subject import Clinic
from storage.accounts import create_person, join_clinic, membership_key, set_account
from storage.calendar import OfferedSlot, put_slots
from storage.decided import APPOINTMENT_TYPE
from storage.medicines import ListedMedicine, put_medicines
from storage.operations import add_clinic
from storage.versions import put
from storage.webhook_secrets import clinic_id
from tests.people import BOB, PATIENTS
from workflows.appointments import AppointmentType
from workflows.clinic_settings import ClinicSettings, PatientRights, PractitionerSettings

SLUGS = ("nygade", "havnen")
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZw=="
SERVICES = ("e_kons", "renewal", "booking")


def clinic_settings(slug, **changes):
    plain = {
        "name": f"Lægerne {slug.title()}",
        "phone": "70 10 20 30",
        "opening_hours": "8-16",
        "front_page": f"https://{slug}.test/",
        "services": dict.fromkeys(SERVICES, "on"),
    }
    return ClinicSettings.model_validate(plain | changes)


def settle_in(house, passwords):
    """Make the clinics with their practitioner, times and rights, then the patients with their medicines."""
    for slug in SLUGS:
        house.clinics[slug] = Clinic(_clinic(house, slug), slug)
    for persona in PATIENTS:
        house.people[persona] = add_patient(house, persona, passwords.hash(persona.password))
    for clinic in house.clinics.values():
        with house.database.writing() as connection:
            _decide(house, connection, clinic.clinic)
            put_slots(connection, clinic.clinic, _slots(house.clock()), house.clock())
    return house


def _clinic(house, slug):
    make = {"settings": clinic_settings(slug), "winplc_url": "http://winplc.test", "secret": SECRET}
    with house.database.writing() as connection:
        add_clinic(connection, house.keyring, house.new_id, slug=slug, now=house.clock(), **make)
        return clinic_id(connection, slug)


def _decide(house, connection, clinic):
    hansen = PractitionerSettings(name="Hansen", title="Læge", services=dict.fromkeys(SERVICES, True))
    rights = PatientRights(services=dict.fromkeys(SERVICES, True))
    visit = AppointmentType(public_name="Konsultation", description="Alm. konsultation", minutes=15, code="KONS")
    for topic, key, decided in (
        ("practitioner", "hansen", hansen),
        ("right", str(house.people[BOB]), rights),
        (APPOINTMENT_TYPE, "consultation", visit),
    ):
        put(connection, clinic=clinic, topic=topic, key=key, decided=decided, by="s1", at=house.clock())


def _slots(now):
    starts = [now + timedelta(days=3, minutes=15 * number) for number in range(8)]
    return [
        OfferedSlot(
            key=f"slot-{number}",
            practitioner="hansen",
            reason="consultation",
            starts_at=start,
            ends_at=start + timedelta(minutes=15),
        )
        for number, start in enumerate(starts, start=1)
    ]


def add_patient(house, persona, password_hash):
    keyring, now = house.keyring, house.clock()
    with house.database.writing() as connection:
        person = create_person(connection, keyring, house.new_id, persona.cpr, now)
        account = {"email": persona.email, "password_hash": password_hash, "language": persona.language}
        set_account(connection, keyring, person, now=now, **account)
        for slug in persona.clinics:
            clinic = house.clinics[slug].clinic
            exempt = persona.mitid_exempt
            join_clinic(connection, keyring, house.new_id, person=person, clinic=clinic, mitid_exempt=exempt, now=now)
            key = membership_key(connection, keyring, person, clinic)
            put_medicines(connection, clinic, person, key, MEDICINES, now)
    return person


MEDICINES = (
    ListedMedicine(key="panodil", name="Panodil", dose="1 tablet"),
    ListedMedicine(key="metformin", name="Metformin", dose="2 tablets"),
    ListedMedicine(key="stesolid", name="Stesolid", dependency_forming=True),
)
