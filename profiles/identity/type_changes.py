"""Changing the rules of an identifier type, and what a change would do before it is made."""

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from profiles.configuration import Configuration, configuration, record_change, type_rule, want_rebuild
from profiles.identity.recomputed import nodes_named, number_keys, recompute, steward_decisions
from profiles.identity.types import TypeRule
from profiles.intake.explode import Canoniser, Key, Named, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction, prepare_stored
from profiles.models import Decision, Identifier, IdentifierType, Interaction

HIGHEST = 2_147_483_647
MOST_BLOCKED = 1_000
LONGEST_BLOCKED = 200
MOST_PREVIEWED = 50_000
MOST_SHOWN = 100
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class TypeRefused(ValueError):
    """Why a type cannot be as asked, in a sentence. `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class RankTaken(ValueError):
    """Another type has this rank, and no two may have the same."""

    def __init__(self, rank: int, name: str) -> None:
        super().__init__(f"The type {name} has the rank {rank} already; choose another one, gaps are allowed.")
        self.name = name


class TypeChanged(Exception):
    """Somebody changed this type meanwhile; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TooMuchToPreview(ValueError):
    """There are more than 50,000 interactions; a preview would take too long. Try the change on a copy."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class TypeFields:
    """What staff may set on a type (identity.md, "Identifier types")."""

    rank: int
    person: bool
    per_profile: int | None = None
    ownership: str = IdentifierType.Ownership.FIRST.value
    shared_above: int | None = None
    normaliser: str = IdentifierType.Normaliser.TRIM.value
    blocked: tuple[str, ...] = ()

    def described(self) -> dict[str, Any]:
        """As audit rows show it."""
        return {**dataclasses.asdict(self), "blocked": list(self.blocked)}


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What a change came to. `needs_rebuild`: what is stored would come out otherwise under the new rules."""

    row: IdentifierType
    created: bool
    needs_rebuild: bool


@dataclass(frozen=True, slots=True)
class Split:
    """A profile that would fall apart, into the profiles with these ids (None: one that is not yet known)."""

    profile_id: UUID
    into: list[UUID | None]


@dataclass(frozen=True, slots=True)
class Join:
    """Profiles that would become one, with this id."""

    profile_ids: list[UUID]
    into: UUID | None


@dataclass(slots=True)
class Preview:
    """What a change would do. The lists show the first hundred; the counts are of all."""

    profiles_before: int
    profiles_after: int
    splits: list[Split] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    split_count: int = 0
    join_count: int = 0

    @property
    def truncated(self) -> bool:
        """Whether there is more than the lists show."""
        return self.split_count > len(self.splits) or self.join_count > len(self.joins)


def change_type(*, name: str, fields: TypeFields, actor: str) -> TypeChange:
    """Create or replace a type, audited and in force at once for what arrives from now on.

    Raises `TypeRefused` or `RankTaken`.
    """
    check_type(name, fields)
    with transaction.atomic():
        before = IdentifierType.objects.select_for_update().filter(name=name).first()
        held = None if before is None else fields_of(before)
        if before is not None and held == fields:
            return TypeChange(before, created=False, needs_rebuild=False)
        record_change(
            actor=actor,
            subject=f"identifier_type:{name}",
            before=None if held is None else held.described(),
            after=fields.described(),
        )
        # After `record_change`: its row lock makes the changes of the configuration one after another.
        check_rank(name, fields.rank)
        row, created = IdentifierType.objects.update_or_create(name=name, defaults=fields.described())
        return TypeChange(row, created, needs_rebuild=want_rebuild(touches_stored(row)))


def change_type_as_seen(*, name: str, fields: TypeFields, seen: TypeFields | None, actor: str) -> TypeChange:
    """Change a type that still is as somebody saw it (None: there was none), so that nobody's change is lost unseen.

    Raises `TypeChanged`, and what `change_type` raises.
    """
    with transaction.atomic():
        row = IdentifierType.objects.select_for_update().filter(name=name).first()
        if (None if row is None else fields_of(row)) not in (seen, fields):
            raise TypeChanged
        return change_type(name=name, fields=fields, actor=actor)


def touches_stored(row: IdentifierType) -> bool:
    """Whether any stored interaction carried, or tried to carry, an identifier of the type."""
    if Identifier.objects.filter(type=row).exists():
        return True
    with_dropped = Interaction.objects.exclude(dropped_identifiers=[])
    return with_dropped.filter(dropped_identifiers__contains=[{"type": row.name}]).exists()


def fields_of(row: IdentifierType) -> TypeFields:
    """What staff may set, as it is set now."""
    return TypeFields(
        rank=row.rank,
        person=row.person,
        per_profile=row.per_profile,
        ownership=row.ownership,
        shared_above=row.shared_above,
        normaliser=row.normaliser,
        blocked=tuple(row.blocked),
    )


def check_type(name: str, fields: TypeFields) -> None:
    """Raise `TypeRefused` with the first thing that is wrong."""
    if not NAME.fullmatch(name):
        raise TypeRefused(
            "name", "A type's name is lower_snake: a letter, then up to 62 letters, digits and underscores."
        )
    if not 1 <= fields.rank <= HIGHEST:
        raise TypeRefused("rank", f"A rank is 1, the strongest, to {HIGHEST}.")
    for limit in ("per_profile", "shared_above"):
        value = getattr(fields, limit)
        if value is not None and not 1 <= value <= HIGHEST:
            raise TypeRefused(limit, f"This limit is 1 to {HIGHEST}, or null for none.")
    if fields.ownership not in IdentifierType.Ownership.values:
        raise TypeRefused("ownership", f"Ownership is one of: {', '.join(IdentifierType.Ownership.values)}.")
    if fields.normaliser not in IdentifierType.Normaliser.values:
        raise TypeRefused("normaliser", f"A normaliser is one of: {', '.join(IdentifierType.Normaliser.values)}.")
    check_blocked(fields.blocked)


def check_blocked(blocked: tuple[str, ...]) -> None:
    """Raise `TypeRefused` unless these are values and patterns that can be compared quickly."""
    if len(blocked) > MOST_BLOCKED:
        raise TypeRefused("blocked", f"A type blocks at most {MOST_BLOCKED} values and patterns.")
    if not all(0 < len(value) <= LONGEST_BLOCKED and "\x00" not in value for value in blocked):
        raise TypeRefused("blocked", f"A blocked value or pattern is 1 to {LONGEST_BLOCKED} characters without NUL.")


def check_rank(name: str, rank: int) -> None:
    """Raise `RankTaken` where another type has the rank."""
    other = IdentifierType.objects.filter(rank=rank).exclude(name=name).values_list("name", flat=True).first()
    if other is not None:
        raise RankTaken(rank, other)


def preview_type(*, name: str, fields: TypeFields) -> Preview:
    """Which profiles would split or join if the type were this, on the real data. Writes nothing.

    Call it in one snapshot. Raises `TypeRefused`, `RankTaken` or `TooMuchToPreview`.
    """
    check_type(name, fields)
    check_rank(name, fields.rank)
    held = configuration()
    changed = with_type(held, name, fields)
    interactions = list(prepare_stored(read_all(), changed))
    ids = number_keys(named.key for item in interactions for named in (*item.named, *item.same))
    told = steward_decisions(Decision.objects.filter(withdrawn_at=None))
    withdrawn = Decision.objects.exclude(withdrawn_at=None).values_list("id", flat=True)
    after = recompute(interactions, ids, nodes_named(told, changed), told, withdrawn=set(withdrawn))
    successors = find_successors(interactions, ids, held, changed)
    return compare(after.solution.cluster_of, successors)


def with_type(held: Configuration, name: str, fields: TypeFields) -> Configuration:
    """The configuration as it would be."""
    old = held.types.get(name)
    number = old.id if old is not None else max(held.types_by_id, default=0) + 1
    rule = type_rule(IdentifierType(id=number, name=name, **fields.described()))
    types: dict[str, TypeRule] = {**held.types, name: rule}
    return dataclasses.replace(held, types=types, types_by_id={rule.id: rule for rule in types.values()})


def read_all() -> list[StoredInteraction]:
    """Every interaction; raises `TooMuchToPreview`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM interaction LIMIT %s", [MOST_PREVIEWED + 1])  # noqa: S608 - a constant
        rows = [StoredInteraction(*row) for row in cursor.fetchall()]
    if len(rows) > MOST_PREVIEWED:
        raise TooMuchToPreview
    return rows


def find_successors(
    interactions: Iterable[Prepared], ids: dict[Key, int], held: Configuration, changed: Configuration
) -> dict[int, set[int]]:
    """For each identifier of today, what it would be: the same raw value may have another canonical form."""
    before, after = Canoniser(held), Canoniser(changed)
    keys: dict[Key, set[int]] = {}
    for item in interactions:
        for raw in (*item.observed.identifiers, *item.observed.same):
            old, new = before.named(raw, item.source.region), after.named(raw, item.source.region)
            if isinstance(old, Named) and isinstance(new, Named):
                keys.setdefault(old.key, set()).add(ids[new.key])
    stored = number_keys(keys)
    return {stored[key]: found for key, found in keys.items()}


def compare(cluster_of: dict[int, int], successors: dict[int, set[int]]) -> Preview:
    """The partition that is stored against the one that would be."""
    profile_ids, roots = {}, {}
    for id_, root, profile_id in Identifier.objects.values_list("id", "root_id", "profile_id"):
        profile_ids[id_], roots[id_] = profile_id, root
    parts: dict[int, set[int]] = {}
    origins: dict[int, set[int]] = {}
    for id_, root in sorted(roots.items()):
        for cluster in {cluster_of[new] for new in successors.get(id_, {id_}) if new in cluster_of}:
            parts.setdefault(root, set()).add(cluster)
            origins.setdefault(cluster, set()).add(root)
    splits = {root: clusters for root, clusters in parts.items() if len(clusters) > 1}
    joins = {cluster: sources for cluster, sources in origins.items() if len(sources) > 1}
    return Preview(
        profiles_before=len(set(roots.values())),
        profiles_after=len(set(cluster_of.values())),
        splits=[
            Split(profile_ids[root], [profile_ids.get(cluster) for cluster in sorted(clusters)])
            for root, clusters in sorted(splits.items())[:MOST_SHOWN]
        ],
        joins=[
            Join([profile_ids[root] for root in sorted(sources)], profile_ids.get(cluster))
            for cluster, sources in sorted(joins.items())[:MOST_SHOWN]
        ],
        split_count=len(splits),
        join_count=len(joins),
    )
