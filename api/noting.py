"""Writing the access log: who read, tried, was refused."""

from api.given import Services
from storage.access import Seen, note
from storage.database import Connection


class Noting:
    """Adds rows to the access log."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def within(self, connection: Connection, seen: Seen) -> None:
        """Add a row in the transaction of the act itself: no act without its row."""
        note(connection, self._services.new_id(), self._services.clock(), seen)

    def alone(self, seen: Seen) -> None:
        """Add the row of an act that was refused, of which nothing else remains."""
        with self._services.database.writing() as connection:
            self.within(connection, seen)
