"""The access log of the recognition door: noted in memory, written in bulk by a thread of its own.

Answers never wait for the log and never fail by it. What cannot be written is tried again, up to a bound; what
falls off the end is counted.
"""

import atexit
import logging
import os
import struct
import threading
import time
from collections import deque
from typing import NamedTuple
from uuid import UUID

from prometheus_client import Counter, Gauge

from cxprofiles.doors.connection import Broken, DatabaseAway, close_connection, thread_connection

logger = logging.getLogger(__name__)

PAUSE = 0.15  # seconds between two writes
REST = 1.0  # seconds after a failure
MOST_HELD = 100_000  # rows
MOST_A_WRITE = 10_000  # rows

WRITTEN = Counter("cxprofiles_access_rows_written", "Rows written to the access log.")
LOST = Counter("cxprofiles_access_rows_lost", "Rows that the access log could not take in time.")
HELD = Gauge("cxprofiles_access_rows_held", "Rows waiting to be written.", multiprocess_mode="livesum")

COPY = b"COPY access_log (id, at, actor, operation, profile_id, purpose, allowed, fields) FROM STDIN (FORMAT binary)"
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
COPY_END = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
POSTGRES_EPOCH = 946_684_800_000_000  # microseconds

_fixed = struct.Struct(">hi16siq")
_length = struct.Struct(">i")


class Access(NamedTuple):
    """One read by a token. `at` is microseconds since the epoch; `profile_id` is None for nobody's in particular."""

    id: bytes
    at: int
    actor: str
    operation: str
    profile_id: str | None
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

    def append(self, row: Access) -> None:
        """Note one read. Never waits and never fails."""
        if len(self._rows) >= MOST_HELD:
            LOST.inc()
            return
        self._rows.append(row)
        if self._thread is None or self._process != os.getpid():
            self._start()

    def flush(self) -> bool:
        """Write what is held, on the connection of the calling thread; False where the database is away."""
        with self._writing:
            while self._rows:
                rows = [self._rows[n] for n in range(min(len(self._rows), MOST_A_WRITE))]
                try:
                    thread_connection().copy_in(COPY, encode_rows(rows))
                except (Broken, DatabaseAway) as error:
                    close_connection()
                    logger.warning("The access log cannot be written now (%s); the rows are kept.", error)
                    return False
                for _ in rows:
                    self._rows.popleft()
                WRITTEN.inc(len(rows))
            return True

    def stop(self) -> None:
        """Write what is held and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None and self._process == os.getpid():
            self._wake.set()
            thread.join(timeout=5)

    def _start(self) -> None:
        with self._starting:
            if self._process != os.getpid():  # a fork: the rows are the parent's, and so is its thread
                self._rows, self._writing, self._wake = deque(self._rows), threading.Lock(), threading.Event()
                self._process, self._thread = os.getpid(), None
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
                self._thread.start()
                atexit.register(self.stop)

    def _run(self) -> None:
        mine = self._thread
        while self._thread is mine:
            self._wake.wait(PAUSE)
            HELD.set(len(self._rows))
            if not self.flush():
                self._wake.wait(REST)
        self.flush()
        close_connection()


def encode_rows(rows: list[Access]) -> bytes:
    """Rows in the binary form of COPY."""
    parts = [COPY_HEADER]
    for row in rows:
        parts.append(_fixed.pack(8, 16, row.id, 8, row.at - POSTGRES_EPOCH))
        parts.append(_text(row.actor) + _text(row.operation))
        parts.append(NULL if row.profile_id is None else b"\x00\x00\x00\x10" + UUID(row.profile_id).bytes)
        parts.append(_text(row.purpose))
        parts.append(b"\x00\x00\x00\x01\x01" if row.allowed else b"\x00\x00\x00\x01\x00")
        parts.append(_text(row.fields))
    parts.append(COPY_END)
    return b"".join(parts)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length.pack(len(encoded)) + encoded


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


buffer = AccessBuffer()
