"""For any two identifiers: why they are, or are not, the same person, with the evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from consent.times import microseconds
from profiles.configuration import Configuration
from profiles.identity.clustering import Decision as Told
from profiles.identity.clustering import Pair, latest_decisions, pair
from profiles.identity.graph import (
    MOST_LINKS,
    ShownIdentifier,
    ShownLink,
    read_decisions_within,
    read_links_between,
    read_links_of_both,
    read_links_within,
    read_members,
    read_shown,
)
from profiles.identity.reasons import shortest_path, times_in_words
from profiles.models import Decision

MOST_SENTENCES = 5

Around = tuple[list[ShownLink], list[ShownLink]]  # the links around one cluster, and around the other


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path: from one identifier to the next, by a link or by a decision."""

    a: int
    b: int
    link: ShownLink | None
    decision: Decision | None


@dataclass(slots=True)
class Explanation:
    """The evidence. `missing` names which of the two were never seen.

    `path` leads from the one to the other where they are the same person; `refused` are links that did not join
    them; `apart` are the decisions in force that keep their profiles apart.
    """

    same: bool
    missing: tuple[str, ...] = ()
    path: list[Step] = field(default_factory=list)
    refused: list[ShownLink] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    apart: list[Decision] = field(default_factory=list)
    identifiers: dict[int, ShownIdentifier] = field(default_factory=dict)


def explain(a: int | None, b: int | None, held: Configuration) -> Explanation:
    """The explanation for two identifiers, by id; None, or one that is not stored: never seen. Call it in one snapshot.

    Three queries at the most, four where no link leads from the one to the other.
    """
    members = read_members([end for end in (a, b) if end is not None], held)
    one, other = (None if end is None else members.get(end) for end in (a, b))
    if one is None or other is None:
        return Explanation(False, tuple(name for name, end in (("first", one), ("second", other)) if end is None))
    if one.id == other.id:
        return Explanation(True, identifiers={one.id: one})
    if one.root_id == other.root_id:
        return explain_same(one, other, members, held)
    return explain_apart(one, other, members, held)


def explain_same(
    a: ShownIdentifier, b: ShownIdentifier, members: dict[int, ShownIdentifier], held: Configuration
) -> Explanation:
    """The shortest way between two identifiers of one profile, over links and decisions that joined it."""
    links = read_links_within(members, held)
    decisions = read_decisions_within(members)
    return Explanation(
        same=True,
        path=joining_path(links, decisions, a.id, b.id),
        refused=[link for link in links if not link.accepted],
        decisions=decisions,
        identifiers=members,
    )


def joining_path(links: Iterable[ShownLink], decisions: Iterable[Decision], start: int, goal: int) -> list[Step]:
    """The shortest way from one identifier to another, over accepted links and decisions in force; empty: there is
    none, or they are one."""
    joining = {pair(link.a, link.b): link for link in links if link.accepted}
    agreed, _ = in_force(decisions)
    path = shortest_path([*joining, *agreed], start, goal) or []
    return [Step(here, there, joining.get(pair(here, there)), agreed.get(pair(here, there))) for here, there in path]


def explain_apart(
    a: ShownIdentifier, b: ShownIdentifier, members: dict[int, ShownIdentifier], held: Configuration
) -> Explanation:
    """The refused links that would have led from one profile to the other, directly or through one other profile."""
    ones, others = ([id_ for id_, one in members.items() if one.root_id == end.root_id] for end in (a, b))
    around = read_links_of_both(ones, others, held)
    refused = read_links_across(ones, others, around, held)
    shown = members
    if not refused:
        refused, between = read_links_through(members, (a.root_id, b.root_id), around, held)
        shown = {**members, **between}
    decisions = read_decisions_within(members)
    _, kept_apart = in_force(decisions)
    left = set(ones)
    return Explanation(
        same=False,
        refused=refused,
        decisions=decisions,
        apart=[item for item in kept_apart.values() if (item.a_id in left) != (item.b_id in left)],
        identifiers=shown,
    )


def read_links_across(ones: list[int], others: list[int], around: Around, held: Configuration) -> list[ShownLink]:
    """The links between two clusters: they are among those around both, unless there are more than were read."""
    if all(len(links) > MOST_LINKS for links in around):
        return read_links_between(ones, others, held)
    sides = set(ones), set(others)
    return [link for link in min(around, key=len) if all(not side.isdisjoint((link.a, link.b)) for side in sides)]


def read_links_through(
    members: Mapping[int, ShownIdentifier], own: tuple[int, int], around: Around, held: Configuration
) -> tuple[list[ShownLink], dict[int, ShownIdentifier]]:
    """The refused links by which both sides touch one and the same other profile, and the other ends of those."""
    from_ones, from_others = (links[:MOST_LINKS] for links in around)
    ends = {end for link in (*from_ones, *from_others) for end in (link.a, link.b)} - members.keys()
    shown = read_shown(ends, held) if ends else {}
    root_of = {id_: item.root_id for id_, item in (*members.items(), *shown.items())}
    between = (roots_touched(from_ones, root_of) & roots_touched(from_others, root_of)) - set(own)
    touching = {pair(link.a, link.b): link for link in (*from_ones, *from_others)}
    through = [
        link for link in touching.values() if not link.accepted and {root_of.get(link.a), root_of.get(link.b)} & between
    ]
    return through, {end: shown[end] for link in through for end in (link.a, link.b) if end in shown}


def roots_touched(links: Iterable[ShownLink], root_of: dict[int, int]) -> set[int]:
    """The clusters that the refused links lead to."""
    return {root_of[end] for link in links if not link.accepted for end in (link.a, link.b) if end in root_of}


def in_force(decisions: Iterable[Decision]) -> tuple[dict[Pair, Decision], dict[Pair, Decision]]:
    """The decisions that join and those that keep apart: of each pair the latest, the latest come first."""
    standing = [item for item in decisions if item.withdrawn_at is None]
    same, different = latest_decisions(
        Told(item.a_id, item.b_id, item.verdict == Decision.Verdict.SAME, microseconds(item.decided_at))
        for item in standing
    )
    joining: dict[Pair, Decision] = {}
    parting: dict[Pair, Decision] = {}
    for item in standing:
        key = (item.a_id, item.b_id)
        if key in same and item.verdict == Decision.Verdict.SAME:
            joining.setdefault(key, item)
        elif key in different and item.verdict == Decision.Verdict.DIFFERENT:
            parting.setdefault(key, item)
    return joining, parting


def explanation_in_words(found: Explanation, names: Mapping[int, str]) -> str:
    """The evidence as sentences; `names` says how each identifier is called in them."""
    if found.missing:
        verb = "was" if len(found.missing) == 1 else "were"
        return f"Nothing ties them: the {' and the '.join(found.missing)} {verb} never seen."
    if found.same:
        steps = [step_in_words(step, names) for step in found.path]
        return " ".join(["They are the same person.", *steps]) if steps else "They are one and the same identifier."
    sentences = [
        f"{names[item.a_id]} and {names[item.b_id]} are different people by a decision of {item.actor} "
        f"on {item.decided_at.date()}."
        for item in found.apart
    ]
    sentences += [
        f"The link between {names[link.a]} and {names[link.b]}, seen {times_in_words(link.count)}, "
        f"was refused. {link.reason}"
        for link in found.refused
    ]
    if not sentences:
        return "They are not the same person: nothing that was seen or decided ties their profiles to each other."
    if len(sentences) > MOST_SENTENCES:
        sentences = [*sentences[:MOST_SENTENCES], f"There are {len(sentences) - MOST_SENTENCES} more such reasons."]
    return " ".join(["They are not the same person.", *sentences])


def step_in_words(step: Step, names: Mapping[int, str]) -> str:
    """One step of the path as a sentence."""
    named = f"{names[step.a]} and {names[step.b]}"
    if step.link is not None:
        first, last = step.link.first_at.date(), step.link.last_at.date()
        when = f"on {first}" if first == last else f"from {first} to {last}"
        claimed = ", as public sources alone claim" if step.link.kind == "claimed" else ""
        seen = f"were seen together {times_in_words(step.link.count)} {when} by {', '.join(step.link.sources)}"
        return f"{named} {seen}{claimed}."
    if step.decision is not None:
        return (
            f"{named} are the same person by a decision of {step.decision.actor} on {step.decision.decided_at.date()}."
        )
    return f"{named} are tied."
