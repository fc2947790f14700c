"""The standing cast of the tests. Their CPR numbers are replacement numbers (day raised by 60), so nobody has them."""

from dataclasses import dataclass

from identity.cpr import Cpr


@dataclass(frozen=True)
class Persona:
    """Someone a story is about; `clinics` are the slugs of the clinics where they are patients."""

    name: str
    digits: str
    email: str
    password: str
    clinics: tuple[str, ...]
    mitid_exempt: bool = True
    language: str = "da"

    def __str__(self) -> str:
        return self.name

    @property
    def cpr(self) -> Cpr:
        """Their number as the product holds it."""
        return Cpr(self.digits)


ALICE = Persona("Alice", "6102900001", "alice@patients.test", "Fjord-2026", ("nygade", "havnen"))
BOB = Persona("Bob", "7211850003", "bob@patients.test", "Klit-2026-x", ("nygade",), language="en")
CARLA = Persona("Carla", "8506780002", "carla@patients.test", "Hede-2026-x", ("havnen",), mitid_exempt=False)
NAMESAKE = Persona("Alice", "6302910006", "namesake@patients.test", "Skov-2026-x", ("nygade",))
DAVID = Persona("David", "6507650005", "david@patients.test", "Mose-2026-x", ())
PATIENTS = (ALICE, BOB, CARLA, NAMESAKE)
"""Those with an account; David is a stranger everywhere."""
