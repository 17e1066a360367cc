"""Connections below the cursor: statements are prepared once and parameters travel in binary.

A connection that broke is replaced and the statement run once more. That is safe for what the doors run: reads,
and inserts of events that are deduplicated by their message id.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections
from psycopg import pq
from psycopg.conninfo import make_conninfo

from profiles.statements import Rows, Statement

logger = logging.getLogger(__name__)

# The doors' statements read single rows by key: a plan made while a table was still empty must not outlive that.
SESSION = (
    b"SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
    b"SET enable_mergejoin = off; SET jit = off; SET statement_timeout = '10s'"
)
LIBPQ_KEYWORDS = frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())
# A request waits for these: a server that does not answer must be found out soon.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15000,
}
NAME: dict[str, Any] = {"application_name": "cxprofiles door"}
SLOW_CONNECT = 0.5  # seconds; a connect that fails only after so long makes the next ones wait their turn
RETRY_AFTER = 1.0  # seconds

GOOD_RESULTS = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
BINARY = pq.Format.BINARY


class DatabaseAway(OperationalError):
    """The database cannot be reached or cannot answer now; try again in a moment. `state` as in `Broken`."""

    def __init__(self, state: str = "") -> None:
        super().__init__("The database cannot be reached or cannot answer now; try again in a moment.")
        self.state = state


class Broken(Exception):
    """This connection or what is prepared on it is of no more use. `state` is the SQLSTATE, if the server gave one."""

    def __init__(self, state: str = "") -> None:
        # The state alone: a message or a detail could quote what was sent.
        super().__init__(f"SQLSTATE {state or 'unknown'}")
        self.state = state


class DoorConnection:
    """A connection with the statements prepared on it. Not for use by two threads at once."""

    def __init__(self) -> None:
        self._link = pq.PGconn.connect(connection_string().encode())
        self._prepared: set[bytes] = set()
        if self._link.status != pq.ConnStatus.OK or not self._is_good(self._link.exec_(SESSION)):
            self.close()
            raise Broken

    def execute(self, statement: Statement, parameters: Sequence[bytes]) -> pq.abc.PGresult:
        """Run a statement; raises `Broken`."""
        try:
            if statement.name not in self._prepared:
                self._prepare(statement)
            result = self._link.exec_prepared(statement.name, parameters, [BINARY] * len(parameters), BINARY)
        except psycopg.Error as error:
            raise Broken from error
        if result.status in GOOD_RESULTS:
            return result
        raise self._broken(result)

    def close(self) -> None:
        """End the session; the connection is of no more use."""
        self._link.finish()

    def _prepare(self, statement: Statement) -> None:
        result = self._link.prepare(statement.name, statement.sql, statement.types)
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise self._broken(result)
        self._prepared.add(statement.name)

    @staticmethod
    def _is_good(result: pq.abc.PGresult) -> bool:
        return result.status in GOOD_RESULTS

    @staticmethod
    def _broken(result: pq.abc.PGresult) -> Broken:
        return Broken((result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode())


class HealingConnection:
    """A connection that is made when it is needed, and made anew when it broke. Not for two threads at once."""

    def __init__(self) -> None:
        self._held: DoorConnection | None = None

    def execute(self, statement: Statement, parameters: Sequence[bytes]) -> Rows:
        """Run a statement in a transaction of its own; raises `DatabaseAway`."""
        if self._held is not None:
            try:
                return self._held.execute(statement, parameters)
            except Broken:
                self.close()
        try:
            return self.connected().execute(statement, parameters)
        except Broken as broken:
            self.close()
            logger.warning("A door's statement %s failed: %s", statement.name.decode(), broken)
            raise DatabaseAway(broken.state) from broken

    def connected(self) -> DoorConnection:
        """The connection, made if need be; raises `DatabaseAway`."""
        global _retry_at
        if self._held is None:
            began = time.monotonic()
            if began < _retry_at:
                raise DatabaseAway
            try:
                self._held = DoorConnection()
            except (Broken, psycopg.Error) as error:
                if time.monotonic() - began > SLOW_CONNECT:
                    _retry_at = time.monotonic() + RETRY_AFTER
                raise DatabaseAway from error
        return self._held

    def close(self) -> None:
        """End the connection, if there is one."""
        held, self._held = self._held, None
        if held is not None:
            held.close()


class ThreadConnections(threading.local):
    """The connection of each thread."""

    def __init__(self) -> None:
        self.own = HealingConnection()


_threads = ThreadConnections()
_retry_at = 0.0  # of all connections: what kept one waiting would keep the next


def connection_string() -> str:
    """How libpq reaches the database that Django is set to use."""
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    known = {key: value for key, value in parameters.items() if key in LIBPQ_KEYWORDS}
    return make_conninfo(**{**known, **PATIENCE, **NAME})


def execute(statement: Statement, parameters: Sequence[bytes]) -> Rows:
    """Run a statement on this thread's connection, in a transaction of its own; raises `DatabaseAway`."""
    return _threads.own.execute(statement, parameters)


def thread_connection() -> HealingConnection:
    """This thread's connection."""
    return _threads.own


def close_connection() -> None:
    """End this thread's connection, if it has one."""
    _threads.own.close()


def execute_on_django(statement: Statement, parameters: Sequence[bytes]) -> Rows:
    """Run a statement on Django's own connection and in its transaction, unprepared: the doors' reference."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    try:
        wrapper.ensure_connection()
        if wrapper.in_atomic_block:
            wrapper.cursor().execute("SELECT 1")  # the driver begins a transaction with a statement of its own
        link = wrapper.connection.pgconn
        formats = [BINARY] * len(parameters)
        result: pq.abc.PGresult = link.exec_params(statement.sql, parameters, statement.types, formats, BINARY)
    except (psycopg.Error, DatabaseError) as error:
        raise DatabaseAway from error
    if result.status not in GOOD_RESULTS:
        if not wrapper.in_atomic_block:
            wrapper.close()
        raise DatabaseAway
    return result
