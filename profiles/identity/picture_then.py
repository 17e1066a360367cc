"""The picture of a profile as it was believed to be at an earlier instant: of what was received and decided by then.

As in profiles/history.py the rules are those of today; only the facts are those of then.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Q

from consent.times import moment
from profiles.configuration import Configuration
from profiles.history import reach_everything, read_received, solve_then
from profiles.identity.clustering import Pair
from profiles.identity.graph import ShownLink
from profiles.identity.links import LinkSeen
from profiles.identity.picture import MOST_SPOTS, Neighbour, Picture, Spot
from profiles.identity.reasons import refusal_in_words, times_in_words
from profiles.identity.recomputed import Recomputed
from profiles.intake.stored import prepare_stored
from profiles.models import Decision, Identifier


def read_picture_then(root_id: int, members: Collection[int], at: datetime, held: Configuration) -> Picture:
    """What was believed at an instant of the identifiers of a cluster of today; empty where nothing was known yet.

    `inside` are those that were together with the cluster's first identifier; the others of today's cluster, and
    whoever a refused link led to, are shown as the other profiles that they were. Three queries.
    Raises `TooMuchHistory`.
    """
    rows = reach_everything(members)
    interactions = list(prepare_stored(read_received(sorted(rows), at), held))
    decisions = list(Decision.objects.filter(Q(a_id__in=rows) | Q(b_id__in=rows), recorded_at__lte=at))
    then = solve_then(interactions, rows, decisions, at, held).solved
    together = set(then.cluster_with(root_id))
    links = [link for link in links_then(then, held) if drawn(link, {*members, *together}, together)]
    ends = {end for link in links for end in (link.a, link.b)}
    shown = [id_ for id_ in then.nodes if id_ in together or id_ in members or id_ in ends]
    spots = sorted(
        (spot_then(then, id_, together) for id_ in shown), key=lambda spot: (not spot.inside, spot.type.rank)
    )
    return Picture(
        spots=spots[:MOST_SPOTS],
        links=links,
        own_count=len(together),
        decisions=[item for item in decisions if {item.a_id, item.b_id} & (together | set(members))],
        neighbours=neighbours_then(then, rows, spots),
    )


def drawn(link: ShownLink, own: Collection[int], together: Collection[int]) -> bool:
    """Whether a link is in the picture: among the profile's own, of today or of then, or refused at its edge."""
    return (link.a in own and link.b in own) or ((link.a in together or link.b in together) and not link.accepted)


def links_then(then: Recomputed, held: Configuration) -> list[ShownLink]:
    """The links that were known, in the order of when they were first seen."""
    shown = (link_then(ends, seen, then.solution.refused.get(ends, ""), held) for ends, seen in then.links.items())
    return sorted(shown, key=lambda link: (link.first_at, link.a, link.b))


def link_then(ends: Pair, seen: LinkSeen, refused: str, held: Configuration) -> ShownLink:
    """A link as it stood."""
    return ShownLink(
        a=ends[0],
        b=ends[1],
        accepted=not refused,
        rule=refused,
        reason=refusal_in_words(refused, held.types) or f"Seen together {times_in_words(seen.count)}.",
        kind="deterministic" if seen.verified else "claimed",
        weight=None,
        first_at=moment(seen.first[0]),
        last_at=moment(seen.last[0]),
        count=seen.count,
        sources=[held.sources[id_].name for id_ in sorted(seen.sources) if id_ in held.sources],
        first_interaction=seen.first[1],
        last_interaction=seen.last[1],
    )


def spot_then(then: Recomputed, id_: int, together: Collection[int]) -> Spot:
    """An identifier as it stood."""
    node = then.nodes[id_]
    return Spot(id_, node.type, node.value, then.solution.cluster_of[id_], id_ in together, node.shared)


def neighbours_then(then: Recomputed, rows: Mapping[int, Identifier], spots: Iterable[Spot]) -> dict[int, Neighbour]:
    """The other profiles as they were, by root; what they were called is not worked out."""
    names = {spot.root_id for spot in spots if not spot.inside and spot.root_id in rows}
    known: set[int] = set()
    for id_, root in then.solution.cluster_of.items():
        if root in names and then.nodes[id_].type.person:
            known.add(root)
    return {root: Neighbour(rows[root].profile_id, root in known, {}) for root in names}
