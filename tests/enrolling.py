"""Taking an enrolment along its way in a test: asked at the door, decided by the clinic, told by the letter."""

from itertools import count

from storage.models import REQUEST
from storage.parcels import Parcels
from tests.people import DAVID
from workflows.catalogue import CATALOGUE
from workflows.delivery import Handover, Receipt

NEW = "Bakke-2027"
ACTIVATE = "/v1/enrolments/activate"
_KEYS = count(1)


class Enrolling:
    """What happens to enrolments, over the doors of a house."""

    def __init__(self, doors):
        self.doors, self.house = doors, doors.house
        self._parcels = Parcels(self.house.keyring, CATALOGUE, self.house.clock)

    def ask(self, who=DAVID, clinic="nygade", **changes):
        """Ask to become a user; return the answer."""
        body = {"cpr": who.digits, "email": who.email, "name": who.name, "language": who.language}
        key = f"a-key-of-an-enrolment-{next(_KEYS)}"
        return self.doors.post(f"/v1/clinics/{clinic}/enrolments", body | changes, None, Idempotency_Key=key)

    def asked(self, who=DAVID, clinic="nygade", **changes):
        """Ask, and return the request that is made."""
        before = {row.id for row in self.house.rows(REQUEST)}
        answer = self.ask(who, clinic, **changes)
        assert answer.status_code == 202, answer.text
        (made,) = {row.id for row in self.house.rows(REQUEST)} - before
        return made

    def parcel(self, request):
        """Return what travels to the clinic, which then has it."""
        work, parcel = self.house.worker.claim(self.house.owed(request).id, self._parcels.parcel)
        with self.house.database.writing() as connection:
            self.house.worker.settle(connection, work, "sent")
        self.house.advance(request, "delivered", Receipt(reference="W-000001"))
        return parcel

    def approve(self, request, *services, clinic="nygade", **changes):
        """Let the clinic say yes; return what it is told."""
        granted = list(services or ("e_kons", "renewal", "booking"))
        return self.house.say(request, "approve", clinic=clinic, services=granted, **changes)

    def letter(self, request):
        """Write the letter that tells of the answer, and take the steps that its sending leads to."""
        work, letter = self.house.worker.claim(self.house.owed(request, "mail").id, self._parcels.letter)
        with self.house.database.writing() as connection:
            self.house.worker.settle(connection, work, "sent")
        self.house.advance(request, "notified", Handover())
        if letter.concludes:
            self.house.advance(request, letter.concludes)
        return letter

    def linked(self, who=DAVID, clinic="nygade", *, no_mitid=True, **changes):
        """Take a sign-up to its letter; return the request and the letter."""
        request = self.asked(who, clinic, **changes)
        self.parcel(request)
        self.approve(request, *changes.get("services", ()), clinic=clinic, no_mitid=no_mitid)
        return request, self.letter(request)

    def activate(self, token, password=NEW, clinic="nygade"):
        """Use the link; return the answer."""
        return self.doors.post(ACTIVATE, {"clinic": clinic, "token": token, "password": password}, None)

    def person(self, request):
        return self.house.request(request).person_id
