"""People whose processing is restricted (GDPR, Art. 18): what arrives about them is kept aside, and nothing else."""

from collections.abc import Collection, Iterable, Iterator

from consent.collection import is_restricted
from consent.standing import read_standing
from consent.times import now_microseconds
from profiles.collection import sql
from profiles.database import Digests, Ints, binary_cursor
from profiles.intake.explode import Key, Prepared
from profiles.intake.quarantine import Quarantined, put_back
from profiles.models import Quarantine

HELD = "Processing is restricted for a person that this event names; it is kept here until the restriction is lifted."
MOST_PUT_BACK = 1000  # events at a time


def find_restricted(interactions: Iterable[Prepared]) -> dict[Key, int]:
    """Those of the identifiers that some events name whose profile is restricted now: id by key."""
    with binary_cursor() as cursor:
        cursor.execute(sql.FIND_ANY_RESTRICTED)
        if cursor.fetchone() is None:
            return {}
        keys = list({named.key for item in interactions for named in (*item.named, *item.same)})
        cursor.execute(
            sql.READ_RESTRICTED,
            (Ints(range(len(keys))), Ints([key[0] for key in keys]), Digests([key[1] for key in keys])),
        )
        now = now_microseconds()
        return {keys[n]: id_ for n, id_, consents in cursor.fetchall() if is_restricted(read_standing(consents), now)}


def held_for(interaction: Prepared, restricted: dict[Key, int]) -> int | None:
    """The strongest identifier of a restricted person that an event names; None: it names no such person."""
    named = (*interaction.named, *interaction.same)
    return next((restricted[item.key] for item in named if item.key in restricted), None)


def kept_aside(interaction: Prepared, identifier_id: int) -> Quarantined:
    """An event as the quarantine keeps it for such a person."""
    return Quarantined(
        source_id=interaction.source.id,
        received_at=interaction.received_at,
        dialect=interaction.dialect,
        context=interaction.context,
        body=interaction.observed.payload,
        reason=HELD,
        held_for=identifier_id,
    )


def release_lifted() -> int:
    """Put the events back into the inbox whose person is not restricted any more; how many they were."""
    free = list(_lifted())
    if not free:
        return 0
    held = Quarantine.objects.select_for_update().filter(held_for__in=free).order_by("id")
    return _put_back_all(held.values_list("id", flat=True))


def _put_back_all(ids: Iterable[int]) -> int:
    chosen = list(ids)
    for start in range(0, len(chosen), MOST_PUT_BACK):
        put_back(Quarantine.objects.filter(id__in=chosen[start : start + MOST_PUT_BACK]).order_by("id"))
    return len(chosen)


def _lifted() -> Iterator[int]:
    """Identifiers that events wait for, without need."""
    now = now_microseconds()
    with binary_cursor() as cursor:
        cursor.execute(sql.READ_WAITING)
        rows: Collection[tuple[int, bytes]] = cursor.fetchall()
    return (id_ for id_, consents in rows if not is_restricted(read_standing(consents), now))
