"""What one act says for further identifiers: those that are the person's, and what a device's user takes along."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from consent.acts import Planned
from consent.ledger import Decided
from consent.ledger_reading import latest_of, read_latest
from consent.purposes import UNIFICATION
from consent.states import ANSWERS, BARS, GRANTS, REFUSALS
from profiles.models import Identifier

CARRIED_FOR = timedelta(hours=24)  # what was said longer ago was said in another session
# A word that lets identifiers come together again, and the words that it takes back.
TAKES_BACK = {**dict.fromkeys(GRANTS, REFUSALS), "ObjectionLifted": frozenset({"ObjectionRaised"})}
KEEPS_APART = REFUSALS | {"ObjectionRaised"}

# What stands in a row's proof for the service itself.
INTERNAL = frozenset({"request", "reach", "reached", "reached_from"})


def shown_proof(proof: dict[str, Any] | None) -> dict[str, Any]:
    """What was shown and done, without what the service noted for itself; that others were reached is told."""
    held = proof or {}
    shown = {name: value for name, value in held.items() if name not in INTERNAL}
    return shown | ({"reach": held["reach"]} if "reach" in held else {})


def reached_rows(rows: Sequence[Decided], presented: Sequence[int]) -> list[Decided]:
    """The rows of an act, with what it says of being unified for all identifiers of the person too.

    Each presented identifier's own row holds which others were reached: after a refusal the person has fallen apart
    into them, and by this alone a later grant finds them again.
    """
    said = next((row for row in rows if row.purpose == UNIFICATION), None)
    if said is None or said.state not in TAKES_BACK.keys() | KEEPS_APART:
        return list(rows)
    others = people_of(presented)
    if said.state in TAKES_BACK:
        others |= kept_apart(presented, TAKES_BACK[said.state], said.decided_at)
    reached = sorted(others - set(presented))
    proof = dict(said.proof or {})
    own = [
        row._replace(proof={**proof, "reach": "person", "reached": reached})
        for row in rows
        if row.purpose == UNIFICATION
    ]
    further = [
        said._replace(identifier_id=id_, proof={**proof, "reach": "person", "reached_from": list(presented)})
        for id_ in reached
    ]
    return [*(row for row in rows if row.purpose != UNIFICATION), *own, *further]


def people_of(identifier_ids: Iterable[int]) -> set[int]:
    """The identifiers of the profiles of today that hold some identifiers."""
    roots = Identifier.objects.filter(id__in=list(identifier_ids)).values("root_id")
    return set(Identifier.objects.filter(root_id__in=roots).values_list("id", flat=True))


def kept_apart(presented: Sequence[int], refusals: Collection[str], at: datetime) -> set[int]:
    """The identifiers that an earlier act reached from a presented one, and whose last word is still that act's."""
    family = ANSWERS if refusals == REFUSALS else BARS
    acts = {
        row.act_id: (row.proof or {}).get("reached", ())
        for row in last_words(presented, family, at)
        if row.state in refusals and (row.proof or {}).get("reach") == "person"
    }
    reached = sorted({id_ for others in acts.values() for id_ in others})
    return {row.identifier_id for row in last_words(reached, family, at) if row.act_id in acts}


def last_words(identifier_ids: Sequence[int], states: Collection[str], at: datetime) -> list[Decided]:
    """What was last said of being unified under each identifier by an instant."""
    rows = [row for row in read_latest(identifier_ids, decided_by=at) if row.purpose == UNIFICATION]
    return list(latest_of(rows, states).values())


def carried_rows(
    device: tuple[str, int],
    presented: Sequence[int],
    planned: Iterable[Planned],
    at: datetime,
    purposes: Collection[str] | None,
) -> list[tuple[int, Decided, dict[str, Any]]]:
    """What stands under a device and was said in the day before: identifier to write it for, the row, its proof.

    What the act itself decides is not carried, nor what is over.
    """
    type_name, device_id = device
    decided = {one.purpose for one in planned}
    carried = [
        row
        for row in standing_answers(device_id, at)
        if row.purpose not in decided and (purposes is None or row.purpose in purposes)
    ]
    return [
        (id_, row, {**shown_proof(row.proof), "carried_from": {"type": type_name, "acts": [str(row.act_id)]}})
        for row in carried
        for id_ in presented
        if id_ != device_id
    ]


def standing_answers(device_id: int, at: datetime) -> list[Decided]:
    """The last answer to each purpose under a device, where it was given in the day before and is not over."""
    last = latest_of(read_latest([device_id], decided_by=at), ANSWERS)
    return [
        row
        for row in last.values()
        if row.decided_at >= at - CARRIED_FOR and (row.expires_at is None or row.expires_at > at)
    ]
