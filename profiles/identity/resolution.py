"""Incremental resolution on the database: the pure algorithm's view of it, and what it decides written back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from consent.purposes import UNIFICATION
from consent.said import Said
from consent.times import microseconds
from profiles.configuration import Configuration
from profiles.database import BigInts, Booleans, Ints, Texts, binary_cursor, sent_ahead
from profiles.golden.cards import CardRow, Flags, Member, delete_cards, make_card, write_cards
from profiles.golden.survivorship import Ranks
from profiles.identity import sql
from profiles.identity.clustering import Decision, Edge, Node, Pair, find, latest_decisions
from profiles.identity.clusters import Clusters
from profiles.identity.denial import mark_denied
from profiles.identity.incremental import Changes, Outcome, Place, Settled, resolve
from profiles.identity.links import LinkHeld, Ties, read_links, store_decisions, store_links
from profiles.review.hints import is_nearly, note_contradictions, note_refused, note_shared

CARDS_A_STATEMENT = 250


@dataclass(slots=True)
class Touched:
    """The clusters whose cards must be written, by root, and the roots that head no cluster any more."""

    roots: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)


class StoredGraph:
    """The database as the algorithm needs it: clusters as they were, links and decisions as they are."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    def places(self, ids: Collection[int]) -> dict[int, Place]:
        """Where each of the identifiers stands."""
        self._clusters.load(ids)
        members, flags = self._clusters.members, self._clusters.flags
        return {
            id_: Place(member.root, flags[member.root].contested, member.shared or member.denied)
            for id_, member in ((id_, members[id_]) for id_ in ids)
        }

    def members(self, roots: Collection[int]) -> dict[int, list[Node]]:
        """The identifiers of each of the clusters."""
        self._clusters.load_roots(roots)
        return {root: [_node(member) for member in self._clusters.by_root[root].values()] for root in roots}

    def nodes(self, ids: Collection[int]) -> list[Node]:
        """The identifiers themselves."""
        self._clusters.load(ids)
        return [_node(self._clusters.members[id_]) for id_ in ids]

    def links_within(self, ids: Collection[int]) -> list[Edge]:
        """All links with both ends among `ids`."""
        some = BigInts(sorted(ids))
        return _read_links(sql.READ_LINKS_WITHIN, (some, some))

    def links_of(self, ids: Collection[int]) -> list[Edge]:
        """All links with an end among `ids`, each once."""
        some = BigInts(sorted(ids))
        return _read_links(sql.READ_LINKS_OF, (some, some))

    @staticmethod
    def decisions_of(ids: Collection[int]) -> list[Decision]:
        """All decisions in force with an end among `ids`, each once."""
        some = BigInts(sorted(ids))
        with binary_cursor() as cursor:
            cursor.execute(sql.READ_DECISIONS_OF, (some, some, some))
            return [Decision(a, b, verdict == "same", microseconds(at)) for a, b, verdict, at in cursor.fetchall()]

    def neighbours(self, ids: Collection[int], settled: Collection[Settled]) -> set[int]:
        """The roots of the other ends of refused but usable links, without those that are surely refused again."""
        some = BigInts(sorted(ids))
        covered = list(settled)
        columns = (
            BigInts([item.member for item in covered]),
            Texts([item.reason for item in covered]),
            Ints([item.rank for item in covered]),
            BigInts([item.at for item in covered]),
        )
        with binary_cursor() as cursor:
            cursor.execute(sql.READ_NEIGHBOURS, (*columns, some, some), prepare=False)
            return {row[0] for row in cursor.fetchall()}

    def disputed(self, ids: Collection[int], within: Collection[int]) -> set[int]:
        """Those of `ids` at a usable link to an identifier outside `within` that a rule refused."""
        with binary_cursor() as cursor:
            cursor.execute(sql.READ_DISPUTED, (BigInts(sorted(ids)), BigInts(sorted(within))), prepare=False)
            return {row[0] for row in cursor.fetchall()}


def _node(member: Member) -> Node:
    return Node(member.id, member.rule, member.value, member.shared, member.denied)


def _read_links(statement: str, parameters: tuple[BigInts, BigInts]) -> list[Edge]:
    with binary_cursor() as cursor:
        cursor.execute(statement.encode(), parameters, prepare=False)
        return [
            Edge(a, b, microseconds(first), microseconds(last), probabilistic, refused)
            for a, b, first, last, probabilistic, _, refused in cursor.fetchall()
        ]


def link_and_resolve(
    ties: Ties, likely_roots: Mapping[int, int], clusters: Clusters, said: Mapping[int, Mapping[str, list[Said]]]
) -> Touched:
    """Add the links and decisions of new interactions and bring the partition up to date.

    `said`: what the interactions say of purposes, by identifier and purpose.
    """
    named = ties.named
    with sent_ahead(), binary_cursor() as cursor:
        store_links(cursor, ties.links)
        clusters.load(named, likely_roots)
        links = read_links(cursor)
    verified = mark_verified(ties.verified, clusters)
    store_decisions(ties.decisions)
    shared = mark_shared(links, clusters)
    # What was claimed of an identifier weighs less once it is known otherwise.
    denial = mark_denied(said, clusters, also=(id_ for id_ in verified if UNIFICATION in clusters.members[id_].said))
    changes = Changes(
        links={link.pair for link in links},
        decisions={decision.pair for decision in ties.decisions},
        born={id_ for id_ in named if clusters.is_born(id_)},
        left_out=shared | denial.denied,
        readmitted=denial.allowed,
    )
    touched = resolve_changes(changes, clusters)
    _mark_claimed(links, clusters)
    touched.roots.update(clusters.members[id_].root for id_ in named)
    return touched


def resolve_changes(changes: Changes, clusters: Clusters) -> Touched:
    """Solve what the changes reach and write the new roots and the new reasons."""
    outcome = resolve(StoredGraph(clusters), changes)
    _move(outcome, clusters)
    if outcome.refused:
        pairs = sorted(outcome.refused)
        with binary_cursor() as cursor:
            cursor.execute(
                sql.MARK_REFUSED,
                (
                    BigInts([pair[0] for pair in pairs]),
                    BigInts([pair[1] for pair in pairs]),
                    Texts([outcome.refused[pair] for pair in pairs]),
                ),
            )
        note_refused(outcome.refused, lambda id_: clusters.members[id_].rule.person)
    _mark_flags(outcome, clusters)
    note_contradictions(outcome.contradictions)
    return Touched(roots=set(outcome.changed), gone=set(outcome.gone))


def _mark_flags(outcome: Outcome, clusters: Clusters) -> None:
    """Note what is known of the clusters that were solved; where nothing else of a card changes, write it here."""
    solved = {root for root in outcome.contested if root in clusters.by_root}
    claimed = _read_claimed(solved)
    changed = []
    for root in sorted(solved):
        flags = Flags(outcome.contested[root], root in claimed)
        if flags != clusters.flags[root]:
            clusters.flags[root] = flags
            changed.append((root, flags))
    if alone := [(root, flags) for root, flags in changed if root not in outcome.changed]:
        columns = (
            BigInts([root for root, _ in alone]),
            Booleans([flags.contested for _, flags in alone]),
            Booleans([flags.claimed for _, flags in alone]),
        )
        with binary_cursor() as cursor:
            cursor.execute(sql.MARK_FLAGS, columns)


def _mark_claimed(links: Iterable[LinkHeld], clusters: Clusters) -> None:
    """Note which clusters links hold together that only public sources claim; one may be more than a claim by now."""
    doubted = set()
    for link in links:
        one, other = (clusters.members[id_] for id_ in link.pair)
        if one.root != other.root or one.shared or one.denied or other.shared or other.denied:
            continue
        flags = clusters.flags[one.root]
        if not link.verified:
            flags.claimed = True
        elif flags.claimed and not link.is_new:
            doubted.add(one.root)
    for root in doubted - _read_claimed(doubted):
        clusters.flags[root].claimed = False


def _read_claimed(roots: set[int]) -> set[int]:
    if not roots:
        return set()
    with binary_cursor() as cursor:
        cursor.execute(sql.READ_CLAIMED, (BigInts(sorted(roots)),), prepare=False)
        return {row[0] for row in cursor.fetchall()}


def _move(outcome: Outcome, clusters: Clusters) -> None:
    if not outcome.root_of:
        return
    old_flags = dict(clusters.flags)
    for id_, root in outcome.root_of.items():
        before = old_flags[clusters.members[id_].root]
        clusters.move(id_, root)
        if before.claimed:
            clusters.flags[root].claimed = True
    moved = sorted(outcome.root_of)
    with binary_cursor() as cursor:
        cursor.execute(sql.MOVE_IDENTIFIERS, (BigInts(moved), BigInts([outcome.root_of[id_] for id_ in moved])))


def mark_verified(verified: Iterable[int], clusters: Clusters) -> set[int]:
    """Note which identifiers an interaction carried that was no mere claim; those of which it was not known."""
    found = {id_ for id_ in verified if not clusters.members[id_].verified}
    for id_ in found:
        clusters.members[id_].verified = True
    if found:
        with binary_cursor() as cursor:
            cursor.execute(sql.MARK_VERIFIED, (BigInts(sorted(found)),))
    return found


def mark_shared(links: Iterable[LinkHeld], clusters: Clusters) -> set[int]:
    """Find the identifiers that new links make shared, mark them and return them."""
    asked: dict[tuple[int, int], int] = {}
    for link in links:
        if link.is_new:
            _ask(clusters.members[link.pair[0]], clusters.members[link.pair[1]], asked)
    if not asked:
        return set()
    keys = sorted(asked)
    with binary_cursor() as cursor:
        columns = (
            BigInts([key[0] for key in keys]),
            Ints([key[1] for key in keys]),
            Ints([asked[key] for key in keys]),
        )
        cursor.execute(sql.COUNT_NEIGHBOURS, columns)
        counted = {(id_, type_id): count for id_, type_id, count in cursor.fetchall()}
        shared = {key[0] for key, count in counted.items() if count > asked[key]}
        if shared:
            cursor.execute(sql.MARK_SHARED, (BigInts(sorted(shared)),))
    note_shared(shared, nearly=False)
    note_shared({key[0] for key, count in counted.items() if is_nearly(count, asked[key])} - shared, nearly=True)
    for id_ in shared:
        clusters.members[id_].shared = True
    return shared


def _ask(one: Member, other: Member, asked: dict[tuple[int, int], int]) -> None:
    """Ask for the weaker end, unless it is shared already or its type never is."""
    if one.rule.rank == other.rule.rank:
        return
    weaker, stronger = (one, other) if one.rule.rank > other.rule.rank else (other, one)
    if weaker.rule.shared_above is not None and not weaker.shared:
        asked[(weaker.id, stronger.rule.id)] = weaker.rule.shared_above


def write_touched_cards(clusters: Clusters, touched: Touched, held: Configuration, ranks: Ranks) -> None:
    """Write the cards of clusters that changed, and drop those of roots that head none any more."""
    roots = sorted(root for root in touched.roots if root in clusters.by_root)
    bridged = find_bridged(roots, clusters)
    delete_cards([root for root in touched.gone if root not in clusters.by_root])
    for start in range(0, len(roots), CARDS_A_STATEMENT):  # the server writes some while we make the next
        some = roots[start : start + CARDS_A_STATEMENT]
        write_cards([_card_of(root, clusters, root in bridged, held, ranks) for root in some])


def _card_of(root: int, clusters: Clusters, bridged: bool, held: Configuration, ranks: Ranks) -> CardRow:
    members, flags = clusters.by_root[root].values(), clusters.flags.get(root, Flags())
    return make_card(root, members, flags, bridged, held, ranks)


def find_bridged(roots: Iterable[int], clusters: Clusters) -> set[int]:
    """The clusters in which people known from trusted sources are held together by claims alone."""
    suspects = {
        root: people
        for root in roots
        if clusters.flags[root].claimed and len(people := _verified_people(clusters.by_root[root].values())) > 1
    }
    if not suspects:
        return set()
    ids = sorted(id_ for root in suspects for id_ in clusters.by_root[root])
    parent = {id_: id_ for id_ in ids}
    for a, b in _verified_ties(ids):
        parent[find(parent, a)] = find(parent, b)
    return {root for root, people in suspects.items() if len({find(parent, id_) for id_ in people}) > 1}


def _verified_people(members: Iterable[Member]) -> list[int]:
    return [member.id for member in members if member.verified and member.rule.person]


def _verified_ties(ids: list[int]) -> set[Pair]:
    """The pairs among `ids` that a verified link in force or a *same person* decision ties."""
    some = BigInts(ids)
    with binary_cursor() as cursor:
        cursor.execute(sql.READ_LINKS_WITHIN, (some, some), prepare=False)
        ties = {(row[0], row[1]) for row in cursor.fetchall() if row[5] and not row[6]}
    same, _ = latest_decisions(StoredGraph.decisions_of(ids))
    known = set(ids)
    return ties | {pair for pair in same if known.issuperset(pair)}
