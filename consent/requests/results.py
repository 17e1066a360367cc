"""What the runs of an execution come to together: rows by store, gaps, and the evidence groups that are settled. Pure.

A result is a JSON object: `rows` {store: count}, `gaps` [{store, group, rows, why}], `groups` that were executed,
`left` those that a review left alone, `parts` {groups of a run: {store: count}}, `next` the groups of the next run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consent.requests.kinds import ACCESS, AUTOMATIC, ERASURE, GROUPS, PORTABILITY

Result = Mapping[str, Any]
Gap = Mapping[str, Any]

# What deletes or hands out data asks a human about the groups that the evidence does not settle. A choice needs no
# such review: what is in force is worked out over all that is the person, and one refusal among them is enough.
REVIEWED = frozenset({ACCESS, PORTABILITY, ERASURE})
AWAITS_REVIEW = "awaits review"
IDENTIFIERS = "identifier"
JOINT = "+"


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to."""

    rows: Mapping[str, int] = field(default_factory=dict)
    gaps: Sequence[Gap] = ()


def groups_to_run(result: Result) -> frozenset[str]:
    """The evidence groups of the run that comes: those that a review or a retry named, else those that need neither."""
    return frozenset(result.get("next") or AUTOMATIC)


def part_of(groups: Collection[str]) -> str:
    """The name of some groups together."""
    return JOINT.join(sorted(groups))


def awaits_review(result: Result, gap: Gap) -> bool:
    """Whether a gap is of a group that nobody decided about, rather than something that failed."""
    return gap["group"] in GROUPS and gap["group"] not in {*AUTOMATIC, *result.get("groups", ())}


def gaps_that_failed(result: Result) -> list[Gap]:
    """What was tried and not done."""
    return [gap for gap in result.get("gaps", ()) if not awaits_review(result, gap)]


def groups_to_review(result: Result) -> set[str]:
    """The groups that await a human's answer."""
    return {gap["group"] for gap in result.get("gaps", ()) if awaits_review(result, gap)}


def groups_that_failed(result: Result) -> set[str]:
    """The groups that a human had included and that could not be done."""
    return {gap["group"] for gap in gaps_that_failed(result) if gap["group"] in {*GROUPS} - AUTOMATIC}


def merge_run(result: Result, done: Done, *, type: str, scope: Mapping[str, Sequence[int]]) -> dict[str, Any]:  # noqa: A002
    """The result after another run. What a run says of a part replaces what an earlier one said of it."""
    ran = groups_to_run(result)
    groups = sorted({*result.get("groups", ()), *ran})
    left = sorted(result.get("left", ()))
    parts = {**result.get("parts", {}), part_of(ran): _best(result.get("parts", {}).get(part_of(ran), {}), done.rows)}
    gaps = [dict(gap) for gap in result.get("gaps", ()) if not ran & set(gap["group"].split(JOINT))]
    gaps += [dict(gap) for gap in done.gaps]
    if type in REVIEWED:
        settled = {*groups, *left, *(gap["group"] for gap in gaps)}
        gaps += [_to_review(group, scope) for group in GROUPS if scope.get(group) and group not in settled]
    return {"rows": _sum(parts.values()), "gaps": gaps, "groups": groups, "left": left, "parts": parts}


def answer_review(result: Result, answers: Mapping[str, bool]) -> dict[str, Any]:
    """The result after a review: whether each group is to be executed too (then it is `next`) or left alone."""
    included = sorted(group for group, include in answers.items() if include)
    gaps = [gap for gap in result.get("gaps", ()) if gap["group"] not in answers]
    left = sorted({*result.get("left", ()), *(answers.keys() - set(included))})
    return {**result, "gaps": gaps, "left": left} | ({"next": included} if included else {})


def _best(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """A store that had answered says less when it is asked again; the most that it said counts."""
    return {store: max(before.get(store, 0), now.get(store, 0)) for store in {*before, *now}}


def _sum(parts: Collection[Mapping[str, int]]) -> dict[str, int]:
    stores = sorted({store for part in parts for store in part})
    return {store: sum(part.get(store, 0) for part in parts) for store in stores}


def _to_review(group: str, scope: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    return {"store": IDENTIFIERS, "group": group, "rows": len(scope[group]), "why": AWAITS_REVIEW}
