"""What people may see of their own data: of the identifiers that they proved, and of what is surely theirs too.

What is tied to them by a device alone, by likelihood, or by an identifier that several people use is not shown: it may
be somebody else's (consent.md, "Requests").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from consent.requests.kinds import AUTOMATIC
from profiles.configuration import Configuration
from profiles.golden.cards import counters_of, traits_of
from profiles.golden.folds import decode_fold, fold_together
from profiles.models import Fold, Identifier
from profiles.privacy.planning import evidence
from profiles.profile import ProfileIdentifier, TraitValue, profile_identifier, trait_values
from profiles.timeline import Cursor, TimelinePage, read_anchored


@dataclass(frozen=True, slots=True)
class Own:
    """Whose data it is. `rows`: the identifiers whose data may be shown, `proven_ids` those of them that were proven;
    `shared`: the proven ones, canonical (type, value), that several people use."""

    proven: Sequence[tuple[str, str]]
    rows: Sequence[Identifier]
    proven_ids: frozenset[int]
    shared: Sequence[tuple[str, str]]

    @property
    def ids(self) -> list[int]:
        """The identifiers whose data may be shown."""
        return [row.id for row in self.rows]

    @property
    def profile_ids(self) -> list[UUID]:
        """The ids that these identifiers were born with: whatever was read of the person was read under one."""
        return [row.profile_id for row in self.rows]


@dataclass(frozen=True, slots=True)
class OwnData:
    """What is known: identifiers with when and where they were seen, traits with where they are from, counts."""

    identifiers: list[ProfileIdentifier]
    traits: dict[str, TraitValue]
    counters: dict[str, Any]
    first_seen: datetime | None
    last_seen: datetime | None


def find_own(proven: Sequence[tuple[str, str]], held: Configuration) -> Own:
    """What of the stored identifiers is the person's who proved some, canonical (type, value). In one snapshot."""
    groups = evidence(proven)
    ids = sorted({id_ for group in AUTOMATIC for id_ in groups.get(group, ())})
    rows = list(Identifier.objects.filter(id__in=ids, shared=False).order_by("id"))
    names = {row.id: (held.types_by_id[row.type_id].name, row.value) for row in rows}
    wanted = set(proven)
    return Own(
        proven=proven,
        rows=rows,
        proven_ids=frozenset(id_ for id_, name in names.items() if name in wanted),
        shared=_shared(groups.values(), wanted, held),
    )


def read_own(own: Own, held: Configuration) -> OwnData:
    """What is known of the person. Call it in the snapshot of `find_own`."""
    states = Fold.objects.filter(identifier_id__in=own.ids).values_list("identifier_id", "state")
    folds = {id_: decode_fold(state) for id_, state in states}
    ranks = {source.id: source.rank for source in held.sources.values()}
    whole = fold_together(list(folds.values()), held.trait_rules, ranks)
    values, origins = traits_of(whole, held.trait_rules, ranks)
    shown = [profile_identifier(row, folds.get(row.id), held) for row in own.rows]
    seen = [one for one in shown if one.first_seen is not None]
    return OwnData(
        identifiers=sorted(shown, key=lambda one: (held.types[one.type].rank, one.value)),
        traits=trait_values(msgspec.json.decode(values), msgspec.json.decode(origins), held),
        counters=msgspec.json.decode(counters_of(whole)),
        first_seen=min((one.first_seen for one in seen if one.first_seen), default=None),
        last_seen=max((one.last_seen for one in seen if one.last_seen), default=None),
    )


def read_interactions(own: Own, held: Configuration, *, limit: int, cursor: Cursor | None = None) -> TimelinePage:
    """A page of what happened, the latest first: each may name identifiers of others, which are not for showing."""
    return read_anchored(own.ids, held, limit=limit, cursor=cursor)


def _shared(
    groups: Iterable[Sequence[int]], wanted: set[tuple[str, str]], held: Configuration
) -> list[tuple[str, str]]:
    ids = {id_ for group in groups for id_ in group}
    rows = Identifier.objects.filter(id__in=ids, shared=True)
    return sorted({(held.types_by_id[row.type_id].name, row.value) for row in rows} & wanted)
