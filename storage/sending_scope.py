"""Sends the scope of a call with its statements: in the same journey, and for the same transaction only.

A setting that outlived its transaction would be found by the next caller of the pooled connection. So the scope is set
with PostgreSQL's `set_config(…, true)`, which the end of the transaction undoes: one statement, where none was begun.
It goes through the pipeline in front of the statement that needs it, so that it costs no journey of its own.
"""

from collections.abc import Callable
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy import event

from storage.scope import NOTHING, DatabaseRole, Scope, present

Values = tuple[str, str, str, str]

_SET = "SELECT set_config('app.person', %s, true), set_config('app.clinic', %s, true), set_config('app.door', %s, true)"
_SET_WITH_ROLE = f"{_SET}, set_config('role', %s, true)"  # a role costs more than all the others


class SendingScope:
    """Listens to what an engine sends; `role` is what its connections run as when no scope says otherwise."""

    def __init__(self, engine: sa.Engine, role: DatabaseRole) -> None:
        self._role = role
        self._nothing = self._values(NOTHING)
        self._sent: WeakKeyDictionary[psycopg.Connection[Any], Values] = WeakKeyDictionary()
        event.listen(engine, "do_execute", self._execute)
        event.listen(engine, "do_executemany", self._execute_many)
        event.listen(engine, "do_execute_no_params", self._execute_plain)
        event.listen(engine, "rollback_savepoint", self._forget)

    def _execute(self, cursor: Any, words: str, values: Any, _context: object) -> bool:
        return self._along(cursor, lambda: cursor.execute(words, values))

    def _execute_many(self, cursor: Any, words: str, values: Any, _context: object) -> bool:
        return self._along(cursor, lambda: cursor.executemany(words, values))

    def _execute_plain(self, cursor: Any, words: str, _context: object) -> bool:
        return self._along(cursor, lambda: cursor.execute(words))

    def _along(self, cursor: Any, send: Callable[[], object]) -> bool:
        """Send the scope in front of a statement, unless its transaction has it; return whether that was done."""
        connection: psycopg.Connection[Any] = cursor.connection
        is_first = connection.pgconn.transaction_status == TransactionStatus.IDLE
        sent = self._nothing if is_first else self._sent.get(connection)
        wanted = self._sent[connection] = self._values(present())
        if wanted == sent:
            return False
        is_same_role = sent is not None and sent[-1] == wanted[-1]
        with connection.pipeline():
            connection.execute(*(_SET, wanted[:-1]) if is_same_role else (_SET_WITH_ROLE, wanted))
            send()
        return True

    def _values(self, scope: Scope) -> Values:
        return (
            ",".join(map(str, scope.people)),
            ",".join(map(str, scope.clinics)),
            scope.door or "",
            scope.role or self._role,
        )

    def _forget(self, connection: sa.Connection, _name: str, _context: object) -> None:
        """Forget what was sent: what has been set since the savepoint is undone with it."""
        self._sent.pop(cast("psycopg.Connection[Any]", connection.connection.driver_connection), None)
