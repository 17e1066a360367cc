"""Telling recipients at once what people decide outside of requests: a withdrawal takes effect there too.

Grants are told to nobody: whoever wants to use data asks what is in force now. What ordinary events say beside all else
neither; what an event says whose one job is to change consent is told, unless it is history that is being imported.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from consent.acts import Planned
from consent.purposes import SALE_SHARE
from consent.recipients import is_anyone_told, tell_recipients
from consent.requests.kinds import OBJECTION, OPT_OUT, RESTRICTION, WITHDRAW
from consent.said import STATE_NAMES
from consent.states import REFUSALS
from consent.times import microseconds, moment
from profiles.configuration import Configuration
from profiles.consents.spread import people_of
from profiles.intake.explode import Named, Prepared
from profiles.models import Identifier

if TYPE_CHECKING:
    from profiles.consents.events import Spoken

MOST_LATE = 30 * 24 * 3600 * 1_000_000  # microseconds
# States to the kind of what is told, and whether it ends one.
BARRED = {
    "ObjectionRaised": (OBJECTION, False),
    "ObjectionLifted": (OBJECTION, True),
    "ProcessingRestricted": (RESTRICTION, False),
    "RestrictionLifted": (RESTRICTION, True),
}


def tell_of_act(
    *, act_id: UUID, named: Sequence[Named], ids: Collection[int], planned: Iterable[Planned], held: Configuration
) -> None:
    """Put down for the recipients concerned what an act forbids, or forbids no longer, in its own transaction.

    `ids`: all identifiers that the act was written for. Recipients that say by which types they know people are told
    the person's of these, since they may not know what was presented.
    """
    forbids = [(one, kind) for one in planned if (kind := kind_of(one.state, one.purpose))]
    if not forbids or not is_anyone_told():
        return
    said = [(kind, one.purpose) for one, kind in forbids]
    also = names_of({*ids, *people_of(ids)}, held)
    tell(act_id, max(one.decided_at for one, _ in forbids), [(one.rule.name, one.value) for one in named], said, also)


def tell_of_changes(spoken: Iterable["Spoken"], held: Configuration) -> None:
    """The same for events whose one job is to change consent. `spoken`: what is new, all of an event together."""
    changes = [one for one in spoken if one.interaction.observed.decides_unification and is_news(one.interaction)]
    said = [(one, kind) for one in changes if (kind := kind_of(STATE_NAMES[one.said.letter], one.purpose))]
    if not said or not is_anyone_told():
        return
    for act_id, group in groupby(sorted(said, key=_act), key=_act):
        rows = list(group)
        presented = [(one.rule.name, one.value) for one in rows[0][0].interaction.named]
        also = names_of(people_of({one.identifier_id for one, _ in rows}), held)
        decided_at = max(one.said.at for one, _ in rows)
        tell(act_id, moment(decided_at), presented, [(kind, one.purpose) for one, kind in rows], also)


def is_news(interaction: Prepared) -> bool:
    """Whether an event tells of something that happened of late."""
    return microseconds(interaction.received_at) - interaction.observed.occurred_at <= MOST_LATE


def _act(said: tuple["Spoken", tuple[str, bool]]) -> UUID:
    return said[0].act_id


def kind_of(state: str, purpose: str) -> tuple[str, bool] | None:
    """As what a decision is told, and whether it takes one back; None: it is not."""
    if state in REFUSALS:
        return (OPT_OUT if purpose == SALE_SHARE else WITHDRAW), False
    return BARRED.get(state)


def names_of(identifier_ids: Iterable[int], held: Configuration) -> list[tuple[str, str]]:
    """Types and values of identifiers, without those that several people share."""
    rows = Identifier.objects.filter(id__in=list(identifier_ids), shared=False).order_by("id")
    return [(held.types_by_id[row.type_id].name, row.value) for row in rows]


def tell(
    act_id: UUID,
    decided_at: datetime,
    presented: Sequence[tuple[str, str]],
    said: Iterable[tuple[tuple[str, bool], str]],
    also: Sequence[tuple[str, str]],
) -> None:
    """One message of each kind, with all the purposes that it is about. By `decided_at` recipients order what they are
    told: a message can come late."""
    grouped: dict[tuple[str, bool], dict[str, None]] = {}
    for kind, purpose in said:
        grouped.setdefault(kind, {})[purpose] = None
    for (name, lift), purposes in grouped.items():
        content = {"purposes": list(purposes), "lift": lift, "decided_at": decided_at}
        tell_recipients(
            kind=name, identifiers=presented, content=content, act_id=act_id, purposes=list(purposes), also=also
        )
