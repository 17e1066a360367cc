"""The privacy affairs of one profile: what was erased, refused or held of it, and what of it goes when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from consent.durations import add_duration
from consent.outcome import OBJECTED
from consent.retention import INTERACTION, TRAIT, Rule, kept_for
from consent.retention_rules import read_rules
from consent.said import EVERYTHING
from consent.suppression import Suppressed, find_entries
from consent.times import now_microseconds
from profiles.configuration import Configuration
from profiles.profile import Profile, ProfileIdentifier

MOST_PRESENTED = 50
# Of each identifier the earliest interaction: one step of the index interaction_timeline for each.
EARLIEST = """
    SELECT found.occurred_at
    FROM unnest(%(ids)s::bigint[]) AS asked(id)
    CROSS JOIN LATERAL (
        SELECT occurred_at FROM interaction
        WHERE anchor_id = asked.id AND source_id = ANY(%(sources)s)
        ORDER BY occurred_at, id LIMIT 1
    ) AS found
    ORDER BY found.occurred_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """What goes, and when the first of it does. `what`: interaction or trait; `name`: of the trait, or the sources."""

    what: str
    name: str
    keep_for: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Affairs:
    """`objections`: keys of purposes. `suppressed`: identifiers of the profile that were erased before, and how."""

    restricted: bool
    unreadable: bool
    objections: Sequence[str]
    suppressed: Mapping[int, Suppressed]


def affairs_of(profile: Profile, held: Configuration) -> Affairs:
    """What stands about a profile now."""
    now, standing = now_microseconds(), profile.standing
    return Affairs(
        restricted=bool(standing.code(EVERYTHING, now)),
        unreadable=standing.unreadable,
        objections=[one.key for one in held.purposes if standing.code(one.key, now) == OBJECTED],
        suppressed=suppressed_among(profile.identifiers),
    )


def suppressed_among(identifiers: Iterable[ProfileIdentifier]) -> dict[int, Suppressed]:
    """Those of some identifiers that are on the list of the erased: they came back, or are barred."""
    named = {(one.type, one.value): one.id for one in identifiers}
    return {named[pair]: entry for pair, entry in find_entries(list(named)).items()}


def endings_of(profile: Profile, held: Configuration) -> list[Ending]:
    """When retention removes the first of each kind of thing that it limits, the earliest first."""
    rules = read_rules()
    ids = [one.id for one in profile.identifiers]
    return sorted([*_of_interactions(ids, rules, held), *_of_traits(profile, rules, held)], key=lambda one: one.at)


def _of_interactions(ids: Collection[int], rules: Iterable[Rule], held: Configuration) -> list[Ending]:
    numbers = {source.name: source.id for source in held.sources.values()}
    own = [rule for rule in rules if rule.store == INTERACTION]
    by_duration: dict[str, list[str]] = {}
    for name, keep_for in kept_for(own, numbers).items():
        by_duration.setdefault(keep_for, []).append(name)
    found = []
    for keep_for, names in sorted(by_duration.items()):
        first = _earliest(ids, [numbers[name] for name in names])
        if first is not None:
            found.append(Ending(INTERACTION, ", ".join(sorted(names)), keep_for, add_duration(first, keep_for)))
    return found


def _earliest(ids: Collection[int], sources: Collection[int]) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(EARLIEST, {"ids": list(ids), "sources": list(sources)})
        row = cursor.fetchone()
    return row[0].astimezone(UTC) if row else None


def _of_traits(profile: Profile, rules: Iterable[Rule], held: Configuration) -> list[Ending]:
    own = [rule for rule in rules if rule.store == TRAIT]
    found = []
    for name, trait in profile.traits.items():
        category = held.trait_categories.get(name)
        if category is None or trait.at is None or trait.source is None:
            continue
        among = [one for one in own if one.category == category]
        keep_for = kept_for(among, [trait.source]).get(trait.source)
        if keep_for:
            found.append(Ending(TRAIT, name, keep_for, add_duration(trait.at, keep_for)))
    return found


def presentable(profile: Profile) -> list[ProfileIdentifier]:
    """The identifiers that a request about the profile can be made under: those that are theirs alone, people first."""
    own = [one for one in profile.identifiers if not one.shared]
    return sorted(own, key=lambda one: (not one.person, one.type, one.id))[:MOST_PRESENTED]
