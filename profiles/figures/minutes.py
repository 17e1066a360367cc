"""The figures of sources by minute: added to by workers, in one statement a transaction, and kept for eight days."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from consent.times import now_microseconds
from profiles.database import BigInts, Ints, Moments, Texts, binary_cursor
from profiles.figures import sql
from profiles.figures.tally import Tally

KEPT_FOR = timedelta(days=8)
AT_ONCE = 5000
OUTCOMES = ("events", "duplicates", "quarantined", "dropped", "suppressed")


def save_tally(tally: Tally) -> None:
    """Add to the figures. Call it last: the rows stay locked until the end of the transaction.

    Their order is always the same, so that two workers who count in the same minutes only wait for one another. What
    comes out of quarantine after its minute was forgotten is not counted.
    """
    now = now_microseconds()
    forgotten = now - KEPT_FOR // timedelta(microseconds=1)
    minutes = {key: one for key, one in tally.minutes(now).items() if one.quarantined >= 0 or key[1] > forgotten}
    if not minutes:
        return
    held = list(minutes.values())

    def column(name: str) -> Iterable[int]:
        return [getattr(one, name) for one in held]

    with binary_cursor() as cursor:
        cursor.execute(
            sql.ADD_MINUTES,
            (
                Ints([source_id for source_id, _ in minutes]),
                Moments([minute for _, minute in minutes]),
                *(Ints(list(column(name))) for name in OUTCOMES),
                BigInts(list(column("bytes"))),
                Texts([_int_array(one.lag) for one in held]),
                Texts([_int_array(one.skew) for one in held]),
                BigInts(list(column("skew_sum"))),
                BigInts(list(column("skew_max"))),
                Moments(list(column("last_received"))),
                Moments([now] * len(held)),
            ),
        )


def remove_old_minutes(now: datetime) -> int:
    """Remove the figures of minutes longer ago than `KEPT_FOR`, in pieces; how many rows they were."""
    return in_pieces(lambda: _remove_some(now - KEPT_FOR))


def in_pieces(piece: Callable[[], int]) -> int:
    """Do it until nothing is left; the sum of what it answers."""
    total = 0
    while count := piece():
        total += count
    return total


def _remove_some(before: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.REMOVE_SOME, [before, AT_ONCE])
        return int(cursor.rowcount)


def _int_array(counts: list[int]) -> str:
    return "{" + ",".join(map(str, counts)) + "}"
