"""What the doors are given by the house manager, as they see it."""

from typing import Protocol

from pydantic import SecretStr

from api.identity_broker import IdentityBroker
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.passwords import Passwords
from sanitising.scanner import Scanner
from sanitising.workshop import Sanitiser
from storage.clinic_words import ClinicWords
from storage.database import Clock, Database
from storage.ledger import Ledger
from storage.log_ins import LogIns
from storage.submissions import Submissions
from storage.uploads import Files
from workflows.catalogue import Catalogue


class DoorSettings(Protocol):
    """The process settings that concern the doors."""

    @property
    def production(self) -> bool:
        """Whether patients' real affairs pass here."""

    @property
    def public_url(self) -> str:
        """The address that the world calls."""

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Addresses of proxies whose X-Forwarded-For is believed."""

    @property
    def sms_url(self) -> str:
        """Where text messages are handed over; empty where none can be sent."""

    @property
    def metrics_token(self) -> SecretStr | None:
        """What the reader of the metrics must show, if anything."""


class Services(Protocol):
    """The parts that the doors work with, built once per process."""

    @property
    def settings(self) -> DoorSettings:
        """The process settings."""

    @property
    def database(self) -> Database:
        """The way to the memory."""

    @property
    def keyring(self) -> Keyring:
        """What derives from the master key."""

    @property
    def clock(self) -> Clock:
        """The time now."""

    @property
    def new_id(self) -> NewId:
        """Makes identifiers."""

    @property
    def catalogue(self) -> Catalogue:
        """The request types."""

    @property
    def ledger(self) -> Ledger:
        """The writer of request state."""

    @property
    def submissions(self) -> Submissions:
        """Takes submissions."""

    @property
    def words(self) -> ClinicWords:
        """Takes the clinics' words."""

    @property
    def files(self) -> Files:
        """Keeps and gives files."""

    @property
    def sanitiser(self) -> Sanitiser:
        """Makes files anew."""

    @property
    def scanner(self) -> Scanner:
        """Looks for viruses in files."""

    @property
    def passwords(self) -> Passwords:
        """Hashes and compares passwords."""

    @property
    def log_ins(self) -> LogIns:
        """Begins, completes, recognises and ends log-ins."""

    @property
    def mitid(self) -> IdentityBroker | None:
        """The broker of MitID, if one is connected."""
