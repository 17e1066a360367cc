"""It stays erased: the list of those of whom nothing may be stored, as keyed hashes (consent.md, "Requests").

Looked up under every key that is held, entered under the newest. Where the list cannot be read, nobody can tell whom it
names, and nothing may pass.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from consent.pseudonyms import Pseudonym, digest_under, pseudonym, pseudonyms

Identifier = tuple[str, str]  # type, canonical value

# Nearly always the list is empty, or short beside the traffic.
READ_ANY = "SELECT 1 FROM suppression_entry LIMIT 1"

# Loose: one step of the index suppression_by_key for each version, however many entries there are.
READ_VERSIONS = """
    WITH RECURSIVE held AS (
        (SELECT key_version FROM suppression_entry ORDER BY key_version LIMIT 1)
        UNION ALL
        SELECT (SELECT entry.key_version FROM suppression_entry AS entry
            WHERE entry.key_version > held.key_version ORDER BY entry.key_version LIMIT 1)
        FROM held WHERE held.key_version IS NOT NULL
    )
    SELECT key_version FROM held WHERE key_version IS NOT NULL
"""

# All digests in one value: to send thousands of them one by one costs more than to find them.
FIND = """
    SELECT asked.n, entry.erased_at, entry.lifted_at
    FROM (SELECT n, substring(%s::bytea FROM n * 32 + 1 FOR 32) AS digest FROM generate_series(0, %s - 1) AS n) AS asked
    JOIN suppression_entry AS entry ON entry.digest = asked.digest AND entry.key_version = %s
"""

FIND_OF_REQUEST = """
    SELECT entry.digest, entry.key_version
    FROM unnest(%s::bytea[], %s::smallint[]) AS asked(digest, key_version)
    JOIN suppression_entry AS entry ON entry.digest = asked.digest AND entry.key_version = asked.key_version
    WHERE entry.request_id = %s
"""

# Who came back and is erased again is gone again; who came back since then stays.
ENTER = """
    INSERT INTO suppression_entry AS held (digest, key_version, erased_at, lifted_at, request_id)
    SELECT asked.digest, asked.key_version, %s, NULL, %s
    FROM unnest(%s::bytea[], %s::smallint[]) AS asked(digest, key_version)
    ON CONFLICT (digest, key_version) DO UPDATE SET
        erased_at = greatest(held.erased_at, EXCLUDED.erased_at),
        lifted_at = CASE WHEN held.lifted_at > greatest(held.erased_at, EXCLUDED.erased_at) THEN held.lifted_at END,
        request_id = CASE WHEN EXCLUDED.erased_at > held.erased_at THEN EXCLUDED.request_id ELSE held.request_id END
"""

LIFT = """
    WITH found AS (
        SELECT entry.digest, entry.key_version
        FROM unnest(%s::bytea[], %s::smallint[]) AS asked(digest, key_version)
        JOIN suppression_entry AS entry ON entry.digest = asked.digest AND entry.key_version = asked.key_version
        WHERE entry.erased_at < %s AND (entry.lifted_at IS NULL OR entry.lifted_at > %s)
        ORDER BY entry.digest, entry.key_version FOR UPDATE OF entry
    )
    UPDATE suppression_entry SET lifted_at = %s FROM found
    WHERE suppression_entry.digest = found.digest AND suppression_entry.key_version = found.key_version
"""


class SuppressionUnreadable(Exception):
    """The list of those who were erased cannot be read, so nothing can be stored now."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Suppressed(NamedTuple):
    """How an identifier is suppressed: nothing of up to `erased_at` passes, and what is later from `lifted_at` on."""

    erased_at: datetime
    lifted_at: datetime | None

    def is_past(self, at: datetime) -> bool:
        """Whether an instant lies in what was erased."""
        return at <= self.erased_at

    def bars(self, at: datetime) -> bool:
        """Whether nothing of an instant may be stored."""
        return self.is_past(at) or self.lifted_at is None or at < self.lifted_at


def suppress(identifiers: Iterable[Identifier], *, at: datetime, request_id: UUID | None) -> None:
    """Enter identifiers (type, canonical value): what happened up to `at` is never stored again. Again: no change.

    Call it while nobody is storing anything: profiles/privacy/beginning.py does.
    """
    suppress_hashes({pseudonym(*one) for one in identifiers}, at=at, request_id=request_id)


def suppress_hashes(hashes: Collection[Pseudonym], *, at: datetime, request_id: UUID | None) -> None:
    """The same for identifiers of which only the hashes are known."""
    rows = sorted(hashes, key=lambda one: (one.digest, one.version))
    with readable(), connection.cursor() as cursor:
        cursor.execute(ENTER, [at, request_id, [row.digest for row in rows], [row.version for row in rows]])


def is_done_by(request_id: UUID, identifiers: Collection[Identifier]) -> bool:
    """Whether a request has entered all of some identifiers already."""
    asked = {hash_: one for one in identifiers for hash_ in pseudonyms(*one)}
    with readable(), connection.cursor() as cursor:
        cursor.execute(FIND_OF_REQUEST, [[one.digest for one in asked], [one.version for one in asked], request_id])
        found = {asked[Pseudonym(version, bytes(digest))] for digest, version in cursor.fetchall()}
    return found == set(identifiers)


def any_suppressed() -> bool:
    """Whether the list has entries. Raises `SuppressionUnreadable` where some are under a key that is not held."""
    with readable(), connection.cursor() as cursor:
        cursor.execute(READ_ANY)
        if cursor.fetchone() is None:
            return False
        cursor.execute(READ_VERSIONS)
        versions = {row[0] for row in cursor.fetchall()}
    if not versions <= settings.SUPPRESSION_KEYS.keys():
        raise SuppressionUnreadable
    return True


def find_suppressed(identifiers: Collection[Identifier]) -> dict[Identifier, Suppressed]:
    """Those of some identifiers (type, canonical value) that are on the list, lifted or not.

    Raises `SuppressionUnreadable`. Nothing may be stored of a person before this was asked in the same transaction.
    """
    return find_entries(identifiers) if any_suppressed() else {}


def find_entries(identifiers: Collection[Identifier]) -> dict[Identifier, Suppressed]:
    """The same, after `any_suppressed` was asked."""
    asked = list(set(identifiers))
    found: dict[Identifier, Suppressed] = {}
    for version, key in settings.SUPPRESSION_KEYS.items():
        digests = [digest_under(key, type_name, value) for type_name, value in asked]
        for n, suppressed in _find(version, digests):
            one = asked[n]
            found[one] = joined(found[one], suppressed) if one in found else suppressed
    return found


def find_hashes(hashes: Collection[Pseudonym]) -> dict[Pseudonym, Suppressed]:
    """Those of some hashes that are on the list."""
    found: dict[Pseudonym, Suppressed] = {}
    for version in {hash_.version for hash_ in hashes}:
        digests = [hash_.digest for hash_ in hashes if hash_.version == version]
        found |= {Pseudonym(version, digests[n]): suppressed for n, suppressed in _find(version, digests)}
    return found


def _find(version: int, digests: Sequence[bytes]) -> list[tuple[int, Suppressed]]:
    """The entries under one key, each with the place of its digest."""
    with readable(), connection.cursor() as cursor:
        cursor.execute(FIND, [b"".join(digests), len(digests), version])
        return [(n, Suppressed(erased_at, lifted_at)) for n, erased_at, lifted_at in cursor.fetchall()]


def joined(one: Suppressed, other: Suppressed) -> Suppressed:
    """Two entries of one identifier, under two keys: the later erasure counts, and what lifts that."""
    erased_at = max(one.erased_at, other.erased_at)
    lifts = [entry.lifted_at for entry in (one, other) if entry.lifted_at is not None and entry.lifted_at > erased_at]
    return Suppressed(erased_at, min(lifts, default=None))


def lift(lifted: Mapping[Identifier, datetime]) -> None:
    """Let identifiers be stored again from an instant on: who they name came back, by an act of their own.

    What was erased stays erased; of several such acts the first counts.
    """
    by_time: dict[datetime, list[Pseudonym]] = {}
    for one, at in lifted.items():
        by_time.setdefault(at, []).extend(pseudonyms(*one))
    for at in sorted(by_time):
        lift_hashes(by_time[at], at=at)


def lift_hashes(hashes: Sequence[Pseudonym], *, at: datetime) -> None:
    """The same for identifiers of which only the hashes are known."""
    with readable(), connection.cursor() as cursor:
        cursor.execute(LIFT, [[one.digest for one in hashes], [one.version for one in hashes], at, at, at])


@contextmanager
def readable() -> Iterator[None]:
    """Tell a list that cannot be read from a database that is away, which is tried again anyway."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        raise SuppressionUnreadable from None
