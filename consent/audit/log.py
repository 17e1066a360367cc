"""The audit log in the database: appending to it, and reading what proofs need.

**The last lock.** Appending holds a lock until the transaction ends, so that entries have no gap and no fork. Whatever
else a transaction waits for (the resolver lane, rows) it must have before it appends; nothing may be waited for after.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from consent.audit.chain import NOTHING_BEFORE, Link, make_link
from consent.audit.contents import check_content
from consent.audit.merkle import Place, grow
from consent.locks import Lock
from consent.models import AuditEntry

ENTER_LOG = f"SELECT pg_advisory_xact_lock({Lock.AUDIT_LOG:d})"
# The last entry's number and digest, and the full subtrees that the tree of this size consists of.
READ_END = """
    WITH last AS (SELECT seq, digest FROM audit_entry ORDER BY seq DESC LIMIT 1)
    SELECT last.seq, last.digest, bit,
        (SELECT digest FROM audit_node WHERE level = bit AND position = (last.seq >> bit) - 1)
    FROM last, generate_series(0, 62) AS bit
    WHERE (last.seq >> bit) & 1 = 1
"""
STORE_NODES = """
    INSERT INTO audit_node (level, position, digest)
    SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""
APPEND = f"""
    WITH entered AS (
        INSERT INTO audit_entry (seq, entry, digest, leaf)
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::bytea[])
    ) {STORE_NODES}
"""  # noqa: S608 - our own constant
READ_SIZE = "SELECT seq FROM audit_entry ORDER BY seq DESC LIMIT 1"
READ_NODES = """
    SELECT node.level, node.position, node.digest
    FROM audit_node AS node
    JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted(level, position) USING (level, position)
"""


class AuditedAt(NamedTuple):
    """Where an entry stands: its number, from 1, and its digest (SHA-256 of its canonical JSON)."""

    seq: int
    digest: bytes


class LogDamaged(RuntimeError):
    """The tree over the audit log lacks nodes; `manage.py verify_audit` says where the damage begins
    and, with --rebuild-tree, makes them anew."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def append_audit(*, type: str, content: Mapping[str, Any], at: datetime | None = None) -> AuditedAt:  # noqa: A002
    """Append an entry in the caller's transaction. `at` None: now.

    Call it last: see above. Raises `NotForTheLog` for what the type may not hold (consent/audit/contents.py).
    """
    return append_all([(type, content)], at=at)[0]


def append_all(told: Iterable[tuple[str, Mapping[str, Any]]], *, at: datetime | None = None) -> list[AuditedAt]:
    """Append several entries, (type, content) each, in their order; as `append_audit` else."""
    told = list(told)
    for type_name, content in told:
        check_content(type_name, content)
    if not told:
        return []
    size, digest, nodes = enter_log()
    links: list[Link] = []
    for type_name, content in told:
        seq = size + len(links) + 1
        links.append(make_link(seq=seq, prev=digest, type=type_name, at=at or datetime.now(UTC), content=content))
        digest = links[-1].digest
    write(links, grow(size, nodes, [link.leaf for link in links]))
    return [AuditedAt(link.seq, link.digest) for link in links]


def enter_log() -> tuple[int, bytes, dict[Place, bytes]]:
    """Lock the log until the end of the transaction; then as `read_end`."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER_LOG)
    return read_end()


def read_end() -> tuple[int, bytes, dict[Place, bytes]]:
    """The log's size, the digest of its last entry, and the full subtrees that it consists of; raises `LogDamaged`."""
    with connection.cursor() as cursor:
        cursor.execute(READ_END)
        rows = cursor.fetchall()
    if not rows:
        return 0, NOTHING_BEFORE, {}
    size = rows[0][0]
    if any(digest is None for *_, digest in rows):
        raise LogDamaged
    return size, bytes(rows[0][1]), {(bit, (size >> bit) - 1): bytes(digest) for _, _, bit, digest in rows}


def write(links: Sequence[Link], nodes: Mapping[Place, bytes]) -> None:
    """Store entries and the nodes that they complete, in one statement."""
    columns: list[Any] = [
        [link.seq for link in links],
        [link.entry.decode() for link in links],
        [link.digest for link in links],
        [link.leaf for link in links],
        *_columns(nodes),
    ]
    with connection.cursor() as cursor:
        cursor.execute(APPEND, columns)


def store_nodes(nodes: Mapping[Place, bytes]) -> None:
    """Store nodes that are not there."""
    with connection.cursor() as cursor:
        cursor.execute(STORE_NODES, _columns(nodes))


def _columns(nodes: Mapping[Place, bytes]) -> list[Any]:
    return [[place[0] for place in nodes], [place[1] for place in nodes], list(nodes.values())]


def read_nodes(places: set[Place]) -> dict[Place, bytes]:
    """The stored nodes at some places; raises `LogDamaged` where one is missing."""
    nodes = stored_nodes(places)
    if len(nodes) != len(places):
        raise LogDamaged
    return nodes


def stored_nodes(places: set[Place]) -> dict[Place, bytes]:
    """Those nodes at some places that are stored."""
    with connection.cursor() as cursor:
        cursor.execute(READ_NODES, [[place[0] for place in places], [place[1] for place in places]])
        return {(level, position): bytes(digest) for level, position, digest in cursor.fetchall()}


def read_size() -> int:
    """How many entries there are."""
    with connection.cursor() as cursor:
        cursor.execute(READ_SIZE)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def read_entries(first: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` entries from a number on, in their order, as objects."""
    rows = AuditEntry.objects.filter(seq__gte=first).order_by("seq")[:limit]
    return [msgspec.json.decode(row.entry) for row in rows]
