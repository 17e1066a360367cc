"""Which profile of today somebody has whom a request is about."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from consent.requests.kinds import ITSELF, SHARED
from consent.stores import REGISTRY
from profiles.models import Identifier, Source
from profiles.privacy.planning import StoreCount, evidence, stored_ids

Identifiers = Iterable[tuple[str, str]]


def profiles_of(identifiers: Identifiers) -> list[UUID]:
    """The profiles that hold canonical identifiers today, each once."""
    ids = stored_ids(identifiers)
    roots = Identifier.objects.filter(id__in=ids).values("root_id")
    return list(Identifier.objects.filter(id__in=roots).order_by("id").values_list("profile_id", flat=True))


class Counted(NamedTuple):
    """What a request would reach. `groups`: evidence group to how many identifiers it has, and the rows of each store.
    `profiles`: those that hold what was presented."""

    groups: dict[str, tuple[int, list[StoreCount]]]
    profiles: list[UUID]


def plan_at_once(identifiers: Identifiers) -> Counted:
    """A plan whose rows are all counted by one statement."""
    scope = evidence(identifiers)
    counted = count_groups({group: ids for group, ids in scope.items() if ids})
    roots = Identifier.objects.filter(id__in=[*scope[ITSELF], *scope[SHARED]]).values("root_id")
    profiles = list(Identifier.objects.filter(id__in=roots).order_by("id").values_list("profile_id", flat=True))
    return Counted({group: (len(ids), counted.get(group, [])) for group, ids in scope.items()}, profiles)


def count_groups(scope: Mapping[str, list[int]]) -> dict[str, list[StoreCount]]:
    """The rows of every store that belong to the identifiers of each group, as far as ids tell."""
    stores = [store for _, store in sorted(REGISTRY.stores.items()) if store.rows]
    counts = [
        f"SELECT '{group}', '{store.label}', '{store.table}', count(*) FROM {store.table}"  # noqa: S608 - our constants
        f" WHERE {store.rows.replace('%(ids)s', f'%({group})s')}"
        for group in scope
        for store in stores
    ]
    if not counts:
        return {}
    found: dict[str, list[StoreCount]] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts), dict(scope))
        for group, label, table, rows in cursor.fetchall():
            found.setdefault(group, []).append(StoreCount(label, table, int(rows)))
    return found


def source_names(ids: Iterable[int]) -> dict[int, str]:
    """Sources by their number."""
    return dict(Source.objects.filter(id__in=set(ids)).values_list("id", "name"))
