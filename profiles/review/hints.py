"""Where the resolver leaves word of what a steward may have to look at; the search of each kind takes it up.

The words are rows of the resolver's own transaction, so that none is lost and none is of what was rolled back.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from django.db import connection

from profiles.database import BigInts, binary_cursor
from profiles.identity.clustering import LIMIT, SIZE, Pair

REFUSED = "refused_link"
CONTRADICTION = "contradiction"
SHARED = "shared_identifier"
NEARLY_SHARED = "nearly_shared"

NOTE = """
    INSERT INTO review_hint (kind, a_id, b_id)
    SELECT %b::text, new.a_id, new.b_id FROM unnest(%b::bigint[], %b::bigint[]) AS new(a_id, b_id)
"""
# Another process that takes some at this moment has them: nobody waits.
TAKE = """
    DELETE FROM review_hint WHERE id IN (
        SELECT id FROM review_hint WHERE kind = %(kind)s ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    RETURNING a_id, b_id
"""


def is_by_limit(reason: str) -> bool:
    """Whether a link was refused by a limit, which a steward can overrule, and not by a decision or a denial."""
    return reason == SIZE or reason.startswith(LIMIT)


def is_nearly(count: int, shared_above: int) -> bool:
    """Whether an identifier with so many neighbours of one stronger type will soon be shared: at four fifths of what
    it may have, and never with a single one."""
    return max(2, -(-4 * shared_above // 5)) <= count <= shared_above


def note_refused(reasons: Mapping[Pair, str], names_person: Callable[[int], bool]) -> None:
    """Note the links between two identifiers that name a person that a limit has just refused."""
    found = [ends for ends, why in reasons.items() if is_by_limit(why)]
    _note(REFUSED, [(a, b) for a, b in found if names_person(a) and names_person(b)])


def note_contradictions(pairs: Collection[Pair]) -> None:
    """Note *different people* decisions that do not hold, since *same person* decisions tie their ends."""
    _note(CONTRADICTION, list(pairs))


def note_shared(identifier_ids: Iterable[int], *, nearly: bool) -> None:
    """Note identifiers that have just become shared, or nearly so."""
    _note(NEARLY_SHARED if nearly else SHARED, [(id_, None) for id_ in identifier_ids])


def take_hints(kind: str, most: int) -> list[tuple[int, int | None]]:
    """Some of what was noted for a kind, the oldest first; it is gone then."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"kind": kind, "most": most})
        return [(a, b) for a, b in cursor.fetchall()]


def _note(kind: str, pairs: Sequence[tuple[int, int | None]]) -> None:
    if pairs:
        with binary_cursor() as cursor:
            cursor.execute(NOTE, (kind, BigInts([pair[0] for pair in pairs]), BigInts([pair[1] for pair in pairs])))
