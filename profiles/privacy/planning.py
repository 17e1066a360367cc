"""What a privacy request reaches, and how much of it is stored where: the plan, made before anything is done."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q

import consent.store_list  # noqa: F401 - declares what can be planned for
import profiles.privacy.stores  # noqa: F401
from consent.requests.kinds import DETERMINISTIC, GROUPS, ITSELF, SHARED
from consent.stores import REGISTRY
from profiles.configuration import configuration, held_configuration
from profiles.identity.canonical import digest_bytes
from profiles.identity.clustering import Pair, latest_decisions
from profiles.identity.identifiers import find_identifiers
from profiles.identity.resolution import StoredGraph
from profiles.intake.explode import Key
from profiles.models import Identifier, Link
from profiles.privacy.evidence import Tie, group_by_evidence


class StoreCount(NamedTuple):
    """How many rows of a table belong to some identifiers. `store` is the model's label."""

    store: str
    table: str
    rows: int


class Member(NamedTuple):
    """An identifier of a cluster. `strength`: the least is the strongest."""

    root: int
    person: bool
    strength: tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Identifiers that are tied to the verified ones in one way, and what is stored of them."""

    identifier_ids: list[int]
    stores: list[StoreCount]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request would reach, by evidence group (consent/requests/kinds.py)."""

    groups: Mapping[str, PlannedGroup] = field(default_factory=dict)


def evidence(identifiers: Iterable[tuple[str, str]]) -> dict[str, list[int]]:
    """How the stored identifiers of a person are tied to those presented: evidence group to identifier ids.

    `identifiers`: canonical (type, value). Every group is there; of somebody who is not known all are empty. Where some
    of them are of different people by a steward's decision, the strongest says who asks; the others await review.
    """
    presented = stored_ids(identifiers)
    shared = set(Identifier.objects.filter(id__in=presented, shared=True).values_list("id", flat=True))
    own = presented - shared
    members = _members_beside(own)
    same, different = latest_decisions(StoredGraph.decisions_of(members))
    persons = {id_: member.person for id_, member in members.items()}
    groups = group_by_evidence(persons, ties_within(members, same), own - told_apart(own, members, different))
    groups[SHARED] = shared | _shared_beside(groups[ITSELF] | groups[DETERMINISTIC])
    groups[SHARED] |= _people_on(shared) - members.keys()
    return {group: sorted(groups[group]) for group in GROUPS}


def plan(identifiers: Iterable[tuple[str, str]]) -> Plan:
    """The evidence, with the rows of each store. Reads only."""
    return Plan({group: PlannedGroup(ids, count_rows(ids)) for group, ids in evidence(identifiers).items()})


def stored_ids(identifiers: Iterable[tuple[str, str]]) -> set[int]:
    """The ids of canonical identifiers, those that are stored."""
    types = configuration().types
    keys: list[Key] = [
        (types[name].id, digest_bytes(settings.IDENTIFIER_KEY, value)) for name, value in identifiers if name in types
    ]
    return set(find_identifiers(keys).ids.values())


def count_rows(identifier_ids: Collection[int]) -> list[StoreCount]:
    """The rows of every store that belong to some identifiers, as far as ids tell."""
    stores = [store for _, store in sorted(REGISTRY.stores.items()) if store.rows]
    found = []
    with connection.cursor() as cursor:
        for store in stores if identifier_ids else ():
            cursor.execute(
                f"SELECT count(*) FROM {store.table} WHERE {store.rows}",  # noqa: S608 - our own constants
                {"ids": list(identifier_ids)},
            )
            found.append(StoreCount(store.label, store.table, int(cursor.fetchone()[0])))
    return found


def ties_within(ids: Collection[int], same: Iterable[Pair]) -> list[Tie]:
    """What ties identifiers of clusters: the links in force, and *same person* decisions."""
    rows = Link.objects.filter(a_id__in=ids, b_id__in=ids, refused="")
    links = [
        Tie(a, b, verified and not probabilistic)
        for a, b, verified, probabilistic in rows.values_list("a_id", "b_id", "verified", "probabilistic")
    ]
    return links + [Tie(a, b, sure=True) for a, b in same if a in ids and b in ids]


def told_apart(presented: Iterable[int], members: Mapping[int, Member], different: Iterable[Pair]) -> set[int]:
    """Those of some identifiers that a *different people* decision parts from a stronger one of them. `members`: all
    identifiers of their clusters."""
    parted = {frozenset((members[a].root, members[b].root)) for a, b in different if a in members and b in members}
    apart, accepted = set(), set[int]()
    for id_ in sorted(presented, key=lambda one: members[one].strength):
        root = members[id_].root
        if any(frozenset((root, other)) in parted for other in accepted - {root}):
            apart.add(id_)
        else:
            accepted.add(root)
    return apart


def _members_beside(ids: Collection[int]) -> dict[int, Member]:
    """The identifiers of the clusters of today that hold some."""
    roots = Identifier.objects.filter(id__in=ids).values("root_id")
    types = held_configuration().types_by_id  # `stored_ids` has just looked whether it is the newest
    rows = Identifier.objects.filter(root_id__in=roots).values_list("id", "root_id", "type_id", "value")
    return {
        id_: Member(root, types[type_id].person, (types[type_id].rank, value.encode()))
        for id_, root, type_id, value in rows
    }


def _shared_beside(ids: Collection[int]) -> set[int]:
    """Shared identifiers that were seen directly with some others."""
    links = Link.objects.filter(Q(a_id__in=ids) | Q(b_id__in=ids)).filter(refused__startswith="shared:")
    ends = {end for pair in links.values_list("a_id", "b_id") for end in pair}
    return set(Identifier.objects.filter(id__in=ends - set(ids), shared=True).values_list("id", flat=True))


def _people_on(shared: Collection[int]) -> set[int]:
    """The identifiers of all people that were seen with shared ones."""
    links = Link.objects.filter(Q(a_id__in=shared) | Q(b_id__in=shared)) if shared else Link.objects.none()
    ends = {end for pair in links.values_list("a_id", "b_id") for end in pair}
    roots = Identifier.objects.filter(id__in=ends).values("root_id")
    return set(Identifier.objects.filter(root_id__in=roots).values_list("id", flat=True))
