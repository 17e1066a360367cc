"""What is removed when a person is erased, store by store: each function does a piece, and says how much."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

from consent.holds import Hold, holds_in_force, keep_held
from profiles.configuration import configuration
from profiles.consents.taking import ranks_of
from profiles.golden.cards import delete_cards
from profiles.identity.clusters import Clusters
from profiles.identity.incremental import Changes
from profiles.identity.resolution import resolve_changes, write_touched_cards
from profiles.intake import lenient
from profiles.intake.store import unpack_body
from profiles.intake.stored import COLUMNS, StoredInteraction, prepare_stored
from profiles.pipeline import close_gate, enter_lane
from profiles.privacy import sql
from profiles.privacy.holding import held_of
from profiles.privacy.mentions import ErasedOnes
from profiles.privacy.redaction import Erased, Redactor
from profiles.privacy.rederiving import rederive
from profiles.review import sql as review_sql

INTERACTIONS_AT_ONCE = 1000
FACTS_AT_ONCE = 5000
NEIGHBOURS_AT_ONCE = 20
BODIES_AT_ONCE = 200
ABOUT = (
    ("profiles.ReviewCase", review_sql.DELETE_ABOUT),
    ("profiles.ReviewProposal", review_sql.DELETE_PROPOSED),
    ("profiles.ReviewHint", review_sql.DELETE_HINTS),
)


@contextmanager
def alone() -> Iterator[None]:
    """A transaction in which nobody else stores or derives anything."""
    with transaction.atomic():
        close_gate()
        enter_lane()
        yield


def take_out(erased: ErasedOnes) -> None:
    """Take identifiers out of their clusters, whose other members come together anew, and delete their cards: from
    here on nobody is recognised by them. Call it `alone`."""
    ids = erased.ids
    clusters = Clusters(configuration())
    clusters.load(ids)
    with connection.cursor() as cursor:
        cursor.execute(sql.TAKE_BACK_DECISIONS, {"ids": ids})
        pairs = {(a, b) for a, b in cursor.fetchall()}
        cursor.execute(sql.DENY, [ids])
        cursor.execute(sql.DELETE_FOLDS, [ids])
    clusters.load({end for pair in pairs for end in pair})
    for id_ in ids:
        clusters.members[id_].denied, clusters.members[id_].fold = True, None
    touched = resolve_changes(Changes(left_out=set(ids), decisions=pairs), clusters)
    touched.roots.difference_update(ids)
    write_touched_cards(clusters, touched, clusters.configuration, ranks_of(clusters.configuration))
    delete_cards(ids)


def remove_interactions(erased: ErasedOnes, request_id: UUID, count: Callable[[int, int], None]) -> int:
    """Remove some of what is on the timelines of identifiers, whatever its date; how many went. A transaction of its
    own, in which `count` is told how many and of how many something is kept under a legal hold. None are left where it
    finds none."""
    with transaction.atomic():
        rows = _anchored(erased)
        silent = _silent_ties([row.id for row in rows])
        if not silent:
            return _remove(rows, request_id, count)
    with alone():
        some = [row for row in _anchored(erased) if row.id in silent]
        named = {id_ for ids in silent.values() for id_ in ids}
        removed = _remove(some, request_id, count)
        rederive(named, erased=erased.ids)
    return removed


def _remove(rows: Collection[StoredInteraction], request_id: UUID, count: Callable[[int, int], None]) -> int:
    kept = _hold(rows, request_id, holds_in_force(datetime.now(UTC).date()))
    with connection.cursor() as cursor:
        cursor.execute(sql.DELETE_INTERACTIONS, [[row.id for row in rows]])
    count(len(rows), kept)
    return len(rows)


def _anchored(erased: ErasedOnes) -> list[StoredInteraction]:
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_ANCHORED.format(columns=COLUMNS), {"ids": erased.ids, "most": INTERACTIONS_AT_ONCE})
        return [StoredInteraction(*row) for row in cursor.fetchall()]


def _hold(rows: Collection[StoredInteraction], request_id: UUID, holds: list[Hold]) -> int:
    if not holds:
        return 0
    records = list(held_of(prepare_stored(rows, configuration()), holds, datetime.now(UTC)))
    keep_held(records, request_id)
    return len(records)


def _silent_ties(ids: Collection[UUID]) -> dict[UUID, list[int]]:
    """Those of some interactions that may name others whom no link leads to, with whom they name."""
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_SILENT_TIES, {"interactions": list(ids)})
        return dict(cursor.fetchall())


def part_from_neighbours(erased: ErasedOnes, count: Callable[[int], None]) -> int:
    """Derive anew some of those whom links tie to identifiers, without them; how many. A transaction of its own, in
    which `count` is told how many links went. None are left where it finds none."""
    with alone(), connection.cursor() as cursor:
        cursor.execute(sql.FIND_NEIGHBOURS, {"ids": erased.ids, "most": NEIGHBOURS_AT_ONCE})
        others = [row[0] for row in cursor.fetchall()]
        if others:
            cursor.execute(sql.PART_FROM, {"ids": erased.ids, "others": others})
            count(cursor.rowcount)
            rederive(others, erased=erased.ids, only_stale=True)
    return len(others)


def remove_facts(erased: ErasedOnes, count: Callable[[int], None]) -> int:
    """Remove some of the facts; none are left where it finds none. A transaction of its own, in which `count` is told
    how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.DELETE_SOME_FACTS, {"ids": erased.ids, "most": FACTS_AT_ONCE})
        count(cursor.rowcount)
        return int(cursor.rowcount)


def is_anything_left(erased: ErasedOnes) -> bool:
    """Whether anything is on the timelines of identifiers, or linked to them by others. Call it `alone`."""
    with connection.cursor() as cursor:
        cursor.execute(sql.IS_ANYTHING_LEFT, {"ids": erased.ids})
        return bool(cursor.fetchone()[0])


def remove_identifiers(erased: ErasedOnes) -> dict[str, int]:
    """Remove the identifiers themselves, with all that is still tied to them; rows by store. Call it `alone`."""
    take_out(erased)
    found = {}
    with connection.cursor() as cursor:
        for store, statement in (
            ("profiles.Link", sql.PART),
            ("profiles.Decision", sql.DELETE_DECISIONS),
            ("profiles.Identifier", "DELETE FROM identifier WHERE id = ANY(%(ids)s::bigint[])"),
        ):
            cursor.execute(statement, {"ids": erased.ids})
            found[store] = cursor.rowcount
        for store, statement in ABOUT:
            cursor.execute(statement, {"ids": erased.ids})
            found[store] = cursor.rowcount
        cursor.execute(sql.DELETE_FACTS, [erased.ids])
        cursor.execute(sql.DELETE_FOLDS, [erased.ids])
    return found


def remove_quarantined(erased: ErasedOnes, names: Collection[tuple[str, str]]) -> int:
    """Remove from quarantine what waits for the erased or holds a value of theirs; how many."""
    last, count, finder = 0, 0, Finder(names)
    while rows := _bodies(sql.READ_QUARANTINE, [last, BODIES_AT_ONCE]):
        last = rows[-1][0]
        gone = [row[0] for row in rows if row[3] in erased.names or finder.is_in(bytes(row[1]), row[2])]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.DELETE_QUARANTINE, [gone])
        count += len(gone)
    return count


def waits_in_inbox(names: Collection[tuple[str, str]], until: int) -> bool:
    """Whether a batch waits, up to a number, that holds a value of some identifiers."""
    last, finder = 0, Finder(names)
    while rows := _bodies(sql.READ_INBOX, [last, until, BODIES_AT_ONCE]):
        if any(finder.is_in(bytes(row[1]), row[2]) for row in rows):
            return True
        last = rows[-1][0]
    return False


def last_batch() -> int:
    """The number of the latest batch that was accepted; 0: none waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM inbox")
        return int(cursor.fetchone()[0])


def _bodies(statement: str, parameters: list[int]) -> list[tuple[int, bytes, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[int, bytes, str, int]] = cursor.fetchall()
        return rows


class Finder:
    """Looks for identifiers in bodies as they came."""

    def __init__(self, names: Collection[tuple[str, str]]) -> None:
        self._redactor = Redactor([Erased(*name) for name in names])
        self._raw = [value.casefold() for _, value in names]

    def is_in(self, body: bytes, context: str) -> bool:
        """Whether a body, packed or plain, or the JSON of its context holds one of them."""
        plain = unpack_body(body)
        return self._is_within(plain) or self._is_within(context.encode())

    def _is_within(self, raw: bytes) -> bool:
        try:
            value = lenient.decode(raw)
        except lenient.Unreadable:
            text = raw.decode("utf-8", "replace").casefold()
            return any(one in text for one in self._raw)
        return bool(self._redactor.redact([value]) != [value])
