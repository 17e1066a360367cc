"""The access log of the recognition door: noted in memory, written in bulk beside the answers.

Answers never wait for the log and never fail by it. What cannot be written is tried again, up to a bound; what
falls off the end is counted.
"""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from itertools import islice

import msgspec
from prometheus_client import Counter, Gauge

from cxprofiles.doors.connection import DatabaseAway, execute
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

MOST_HELD = 100_000  # rows
MOST_A_WRITE = 10_000  # rows

WRITTEN = Counter("cxprofiles_access_rows_written", "Rows written to the access log.")
LOST = Counter("cxprofiles_access_rows_lost", "Rows that the access log could not take in time.")
HELD = Gauge("cxprofiles_access_rows_held", "Rows waiting to be written.", multiprocess_mode="livesum")

# A write whose answer was lost is repeated: the rows that it stored are left as they are. It need not wait for the
# disk: what a crash of the server would lose is no more than what a crash of this process would.
INSERT_ROWS = Statement(
    b"insert_access_rows",
    b"""
    INSERT INTO access_log (id, at, actor, operation, profile_id, purpose, allowed, fields)
    SELECT noted.*
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bool[], $8::text[])
        AS noted, set_config('synchronous_commit', 'off', true)
    ON CONFLICT (id) DO NOTHING
    """,
    (UUID_ARRAY, TIMESTAMPTZ_ARRAY, TEXT_ARRAY, TEXT_ARRAY, UUID_ARRAY, TEXT_ARRAY, BOOL_ARRAY, TEXT_ARRAY),
)
POSTGRES_EPOCH = 946_684_800_000_000  # microseconds
WRONG_DATA = ("22", "23")  # classes of SQLSTATE: such rows will never be taken


class Access(msgspec.Struct, frozen=True, gc=False):
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

    def extend(self, rows: Sequence[Access]) -> None:
        """Note some reads. Never waits and never fails."""
        if len(self._rows) + len(rows) > MOST_HELD:
            LOST.inc(len(rows))
            return
        self._rows.extend(rows)

    def flush(self) -> bool:
        """Write what is held, on the connection of the calling thread; False where the database is away."""
        with self._writing:
            HELD.set(len(self._rows))
            while self._rows:
                rows = list(islice(self._rows, MOST_A_WRITE))
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


buffer = AccessBuffer()
