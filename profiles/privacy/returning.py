"""Who was erased and comes back by an act of deciding: a grant that can be used is a fresh consent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from consent.acts import Planned
from consent.erasure_log import note_lifts
from consent.suppression import Identifier, Suppressed, find_suppressed, lift
from profiles.privacy.beginning import ErasedPerson


def who_returns(identifiers: Sequence[Identifier], planned: Sequence[Planned]) -> dict[Identifier, datetime]:
    """Which of its identifiers an act brings back, from when on. Raises `ErasedPerson` where it may not be recorded.

    What waits to be confirmed is recorded, since the person cannot answer otherwise, and brings nobody back before it
    is. Ask behind the gate, before anything is stored.
    """
    barred = barred_by(find_suppressed(identifiers), [one.decided_at for one in planned])
    if not barred:
        return {}
    grants = [one.decided_at for one in planned if one.usable]
    if any(entry.is_past(one.decided_at) for entry in barred.values() for one in planned):
        raise ErasedPerson
    if grants:
        return dict.fromkeys(barred, min(grants))
    if any(one.confirmed_as for one in planned):
        return {}
    raise ErasedPerson


def barred_by(entries: Mapping[Identifier, Suppressed], times: Sequence[datetime]) -> dict[Identifier, Suppressed]:
    """The entries that bar something of some instants."""
    return {name: entry for name, entry in entries.items() if any(entry.bars(at) for at in times)}


def let_back(returning: Mapping[Identifier, datetime]) -> None:
    """Store of them again what happens from then on. Call it in the lane, in the transaction of the act."""
    if returning:
        lift(returning)
        note_lifts(returning)


def let_back_now(identifiers: Sequence[Identifier]) -> None:
    """The same for all who are barred now of some identifiers, whose own grant was just recorded."""
    now = datetime.now(UTC)
    let_back(dict.fromkeys(barred_by(find_suppressed(identifiers), [now]), now))
