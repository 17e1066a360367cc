"""The access log of the recognition door: noted in memory, written in bulk by a thread of its own.

Answers never wait for the log and never fail by it. What cannot be written is tried again, up to a bound; what
falls off the end is counted.
"""

import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from multiprocessing.util import Finalize
from typing import NamedTuple

from prometheus_client import Counter, Gauge

from cxprofiles.doors.connection import DatabaseAway, close_connection, execute
from profiles.statements import (
    BOOL,
    BOOL_ARRAY,
    TEXT,
    TEXT_ARRAY,
    TIMESTAMPTZ,
    TIMESTAMPTZ_ARRAY,
    UUID,
    UUID_ARRAY,
    Statement,
    pack_array,
    pack_int8,
)

logger = logging.getLogger(__name__)

PAUSE = 0.15  # seconds between two writes
REST = 1.0  # seconds after a failure
MOST_HELD = 100_000  # rows
MOST_A_WRITE = 10_000  # rows

WRITTEN = Counter("cxprofiles_access_rows_written", "Rows written to the access log.")
LOST = Counter("cxprofiles_access_rows_lost", "Rows that the access log could not take in time.")
HELD = Gauge("cxprofiles_access_rows_held", "Rows waiting to be written.", multiprocess_mode="livesum")

# A write whose answer was lost is repeated: the rows that it stored are left as they are.
INSERT_ROWS = Statement(
    b"insert_access_rows",
    b"""
    INSERT INTO access_log (id, at, actor, operation, profile_id, purpose, allowed, fields)
    SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bool[],
        $8::text[])
    ON CONFLICT (id) DO NOTHING
    """,
    (UUID_ARRAY, TIMESTAMPTZ_ARRAY, TEXT_ARRAY, TEXT_ARRAY, UUID_ARRAY, TEXT_ARRAY, BOOL_ARRAY, TEXT_ARRAY),
)
POSTGRES_EPOCH = 946_684_800_000_000  # microseconds
WRONG_DATA = ("22", "23")  # classes of SQLSTATE: such rows will never be taken


class Access(NamedTuple):
    """One read of one profile by a token. `at` is microseconds since the epoch."""

    id: bytes
    at: int
    actor: str
    operation: str
    profile_id: str
    purpose: str
    allowed: bool
    fields: str


class AccessBuffer:
    """Rows on their way to the log, of this process."""

    def __init__(self) -> None:
        self._rows: deque[Access] = deque()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def extend(self, rows: Sequence[Access]) -> None:
        """Note some reads. Never waits and never fails."""
        if len(self._rows) + len(rows) > MOST_HELD:
            LOST.inc(len(rows))
            return
        self._rows.extend(rows)
        if self._thread is None or self._process != os.getpid():
            self._start()

    def flush(self) -> bool:
        """Write what is held, on the connection of the calling thread; False where the database is away."""
        with self._writing:
            while self._rows:
                rows = [self._rows[n] for n in range(min(len(self._rows), MOST_A_WRITE))]
                try:
                    execute(INSERT_ROWS, pack_rows(rows))
                except DatabaseAway as away:
                    if not away.state.startswith(WRONG_DATA):
                        logger.warning("The access log cannot be written now; %d rows wait.", len(self._rows))
                        return False
                    LOST.inc(len(rows))
                else:
                    WRITTEN.inc(len(rows))
                for _ in rows:
                    self._rows.popleft()
            return True

    def stop(self) -> None:
        """Write what is held and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None and self._process == os.getpid():
            self._wake.set()
            thread.join(timeout=5)

    def _start(self) -> None:
        with self._starting:
            if self._process != os.getpid():  # a fork has its parent's rows too; each is stored once, by its id
                self._writing, self._wake = threading.Lock(), threading.Event()
                self._process, self._thread = os.getpid(), None
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
                self._thread.start()
                Finalize(None, self.stop, exitpriority=0)  # atexit is not for workers that multiprocessing forked

    def _run(self) -> None:
        mine = self._thread
        while self._thread is mine:
            self._wake.wait(PAUSE)
            HELD.set(len(self._rows))
            if not self.flush():
                self._wake.wait(REST)
        self.flush()
        close_connection()


def pack_rows(rows: Sequence[Access]) -> list[bytes]:
    """Rows as the arrays that `INSERT_ROWS` takes."""
    return [
        pack_array(UUID, [row.id for row in rows]),
        pack_array(TIMESTAMPTZ, [pack_int8(row.at - POSTGRES_EPOCH) for row in rows]),
        pack_array(TEXT, [row.actor.encode() for row in rows]),
        pack_array(TEXT, [row.operation.encode() for row in rows]),
        pack_array(UUID, [uuid.UUID(row.profile_id).bytes for row in rows]),
        pack_array(TEXT, [row.purpose.encode() for row in rows]),
        pack_array(BOOL, [b"\x01" if row.allowed else b"\x00" for row in rows]),
        pack_array(TEXT, [row.fields.encode() for row in rows]),
    ]


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


buffer = AccessBuffer()
