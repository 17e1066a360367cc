"""Making what is derived of identifiers anew, after interactions that it followed from were removed or changed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from consent.erasing import delete_said, only_said_by_events
from consent.ledger_reading import read_decisions, said_by_identifier
from consent.times import microseconds
from profiles.configuration import Configuration, configuration
from profiles.consents.taking import ranks_of
from profiles.database import BigInts, Booleans, Ints, Moments, Texts, Uuids, binary_cursor
from profiles.golden.cards import delete_cards
from profiles.golden.facts import FactsSeen, facts_of, store_facts, store_folds
from profiles.golden.folds import Fold, add_to_identifier
from profiles.golden.survivorship import Ranks
from profiles.identity import sql as identity_sql
from profiles.identity.clusters import Clusters
from profiles.identity.denial import mark_denied
from profiles.identity.incremental import Changes
from profiles.identity.links import LinkSeen, Pair, decisions_of, links_of
from profiles.identity.resolution import Touched, resolve_changes, write_touched_cards
from profiles.intake.explode import Key, Prepared
from profiles.models import Interaction
from profiles.privacy import sql
from profiles.privacy.lasting import lasting
from profiles.privacy.naming import interactions_naming

FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Found:
    """What the stored interactions say of some identifiers."""

    folds: dict[int, Fold] = field(default_factory=dict)
    links: dict[Pair, LinkSeen] = field(default_factory=dict)
    verified: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)  # carried or mentioned
    told: set[UUID] = field(default_factory=set)  # decisions of aliases


def rederive(identifier_ids: Collection[int], *, erased: Collection[int] = (), only_stale: bool = False) -> None:
    """Recompute facts, folds, links, flags and cards of identifiers from their stored interactions and the ledger.

    Exact: `rebuild_identity --check` finds nothing to change afterwards. Identifiers of which nothing is left are
    deleted. Call it in a transaction that has closed the gate and entered the lane (profiles/pipeline.py), after
    removing interactions, with all identifiers that these named. `erased`: identifiers that get no card, whatever
    happens beside them, and to which links are gone already; with `only_stale` only those are read anew whose
    state hangs on what is gone (profiles/privacy/lasting.py).
    """
    held, ids = configuration(), set(identifier_ids) - set(erased)
    clusters = Clusters(held)
    clusters.load(ids)
    ids &= clusters.members.keys()
    if not ids:
        return
    stale = ids - lasting(ids, erased, clusters) if only_stale else ids
    found = _read(stale, held)
    _put_folds(stale, found, clusters)
    _put_verified(stale, found, clusters)
    loose = _put_links(stale, found)
    clusters.load(loose)
    changes = Changes(unsettled=loose, decisions=_forget_untold(stale, found))
    orphans = _orphans(stale, found)
    clusters.load({end for pair in changes.decisions for end in pair})
    unshared = _unshare(ids | loose, clusters)
    denial = mark_denied({}, clusters, also=ids)
    still_denied = {id_ for id_ in unshared if clusters.members[id_].denied}
    changes.left_out = denial.denied | still_denied  # their links are refused for another reason now
    changes.readmitted = denial.allowed | (unshared - still_denied)
    touched = resolve_changes(changes, clusters)
    touched.roots.update(clusters.members[id_].root for id_ in ids)
    touched.roots.difference_update(erased)
    forget_orphans(orphans, touched)
    write_touched_cards(clusters, touched, held, ranks_of(held))


def _read(ids: set[int], held: Configuration) -> Found:
    """Go through the interactions; facts are written as they come, so that their number does not matter."""
    found, ranks = Found(), ranks_of(held)
    if not ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(sql.DELETE_FACTS, [sorted(ids)])
    for items, keys in interactions_naming(ids, held):
        seen = facts_of(items, keys, held, ranks, hears=False)
        seen.facts = {key: stamps for key, stamps in seen.facts.items() if key[0] in ids}
        store_facts(seen)
        _add_folds(found, seen, ids, held, ranks)
        _add_ties(found, items, keys, ids)
    return found


def _add_folds(found: Found, seen: FactsSeen, ids: set[int], held: Configuration, ranks: Ranks) -> None:
    for id_, fold in seen.folds.items():
        if id_ in ids:
            found.folds[id_] = add_to_identifier(found.folds.get(id_), fold, held.trait_rules, ranks)


def _add_ties(found: Found, items: list[Prepared], keys: dict[Key, int], ids: set[int]) -> None:
    for item in items:
        carried = {keys[one.key] for one in item.named}
        found.named |= ids & carried
        found.named.update(keys[one.key] for one in item.same if keys[one.key] in ids)
        if item.verified:
            found.verified |= ids & carried
    found.told.update(decision.id for decision in decisions_of(items, keys))
    for pair, link in links_of(items, keys).items():
        if not ids.isdisjoint(pair):
            held = found.links.get(pair)
            found.links[pair] = link if held is None else _added(held, link)


def _added(one: LinkSeen, other: LinkSeen) -> LinkSeen:
    return LinkSeen(
        one.a_type,
        one.b_type,
        min(one.first, other.first),
        max(one.last, other.last),
        one.count + other.count,
        one.sources | other.sources,
        one.verified or other.verified,
    )


def _put_folds(ids: set[int], found: Found, clusters: Clusters) -> None:
    """Write the folds with what the ledger says; one that neither speaks of has none."""
    said = said_by_identifier(read_decisions(ids, received_by=FOR_EVER))
    for id_ in ids:
        fold = found.folds.get(id_)
        if id_ in said:
            fold = fold or Fold()
            fold.consents = said[id_]
        clusters.members[id_].fold = fold
    store_folds({id_: fold for id_ in ids if (fold := clusters.members[id_].fold) is not None})
    with connection.cursor() as cursor:
        cursor.execute(sql.DELETE_FOLDS, [sorted(id_ for id_ in ids if clusters.members[id_].fold is None)])


def _orphans(ids: set[int], found: Found) -> set[int]:
    """Those that nothing speaks of any more: no interaction, no decision, nobody's own word about a purpose."""
    lone = ids - found.named
    if not lone:
        return lone
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_DECIDED, {"ids": sorted(lone)})
        lone -= {row[0] for row in cursor.fetchall()}
    acts = only_said_by_events(lone)
    there = set(Interaction.objects.filter(id__in={act for some in acts.values() for act in some}).values_list("id"))
    return {id_ for id_, some in acts.items() if not any((act,) in there for act in some)}


def forget_orphans(orphans: Collection[int], touched: Touched) -> None:
    """Delete identifiers that are alone and of which nothing is left."""
    if not orphans:
        return
    some = sorted(orphans)
    delete_said(some)
    delete_cards(some)
    with connection.cursor() as cursor:
        cursor.execute(sql.DELETE_DECISIONS, {"ids": some})
        for statement in (sql.DELETE_FOLDS, sql.DELETE_IDENTIFIERS):
            cursor.execute(statement, [some])
    touched.roots.difference_update(orphans)


def _put_verified(ids: set[int], found: Found, clusters: Clusters) -> None:
    changed = sorted(id_ for id_ in ids if clusters.members[id_].verified != (id_ in found.verified))
    for id_ in changed:
        clusters.members[id_].verified = id_ in found.verified
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(sql.SET_VERIFIED, [changed, [id_ in found.verified for id_ in changed]])


def _put_links(ids: set[int], found: Found) -> set[int]:
    """Delete the links that nothing shows any more, narrow the others; the ends of all these."""
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_LINKS, {"ids": sorted(ids)})
        stored = {(row[0], row[1]): _as_seen(row[2:]) for row in cursor.fetchall()}
    gone = sorted(stored.keys() - found.links.keys())
    changed = sorted(pair for pair, link in found.links.items() if pair in stored and stored[pair] != _comparable(link))
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(sql.DELETE_LINKS, [[pair[0] for pair in gone], [pair[1] for pair in gone]])
    if changed:
        _change_links(changed, [found.links[pair] for pair in changed])
    return {end for pair in (*gone, *changed) for end in pair}


def _as_seen(row: tuple[Any, ...]) -> tuple[Any, ...]:
    first_at, last_at, count, sources, verified, first, last = row
    return microseconds(first_at), first, microseconds(last_at), last, count, set(sources), verified


def _comparable(link: LinkSeen) -> tuple[Any, ...]:
    return *link.first, *link.last, link.count, link.sources, link.verified


def _change_links(pairs: list[Pair], links: list[LinkSeen]) -> None:
    with binary_cursor() as cursor:
        cursor.execute(
            sql.CHANGE_LINKS,
            (
                BigInts([pair[0] for pair in pairs]),
                BigInts([pair[1] for pair in pairs]),
                Moments([link.first[0] for link in links]),
                Moments([link.last[0] for link in links]),
                BigInts([link.count for link in links]),
                Texts(["{" + ",".join(map(str, sorted(link.sources))) + "}" for link in links]),
                Booleans([link.verified for link in links]),
                Uuids([link.first[1] for link in links]),
                Uuids([link.last[1] for link in links]),
            ),
        )


def _forget_untold(ids: set[int], found: Found) -> set[Pair]:
    """Delete what aliases decided that are gone; the pairs that it was about."""
    with connection.cursor() as cursor:
        cursor.execute(sql.DELETE_UNTOLD, {"told": list(found.told), "ids": sorted(ids)})
        return {(a, b) for a, b in cursor.fetchall()}


def _unshare(ids: Iterable[int], clusters: Clusters) -> set[int]:
    """Find, mark and return those that were shared and link few enough now."""
    suspects = {id_ for id_ in ids if clusters.members[id_].shared}
    asked = [
        (id_, rule.id, most)
        for id_ in sorted(suspects)
        for rule in clusters.configuration.types.values()
        if (most := clusters.members[id_].rule.shared_above) is not None and rule.rank < clusters.members[id_].rule.rank
    ]
    if not asked:
        return set()
    most_of = {(id_, type_id): most for id_, type_id, most in asked}
    with binary_cursor() as cursor:
        cursor.execute(
            identity_sql.COUNT_NEIGHBOURS,
            (BigInts([one[0] for one in asked]), Ints([one[1] for one in asked]), Ints([one[2] for one in asked])),
        )
        suspects -= {id_ for id_, type_id, count in cursor.fetchall() if count > most_of[id_, type_id]}
    for id_ in suspects:
        clusters.members[id_].shared = False
    with connection.cursor() as cursor:
        cursor.execute(sql.UNSHARE, [sorted(suspects)])
    return suspects
