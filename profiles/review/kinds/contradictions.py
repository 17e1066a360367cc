"""Decisions that cannot all hold: *different people* about two whom *same person* decisions tie."""

from collections.abc import Collection, Sequence
from typing import ClassVar
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from profiles.identity.clustering import Pair
from profiles.identity.reasons import shortest_path
from profiles.models import Decision, Identifier, ReviewCase
from profiles.review import sql
from profiles.review.hints import CONTRADICTION, take_hints
from profiles.review.kinds.case_kind import Answer, Candidate, CaseKind, Found, Side
from profiles.review.kinds.refused_links import ends_of
from profiles.review.knowledge import known_about_people
from profiles.review.stakes import read_interactions

NIL = UUID(int=0)


class Contradiction(CaseKind):
    """Somebody decided that two are different people, and others tie them as the same."""

    name: ClassVar[str] = CONTRADICTION
    title = _("Decisions that contradict each other")
    question = _("One decision says that these are different people, others make them the same. Which is wrong?")
    reasons = (_("The later decision is right"), _("The person told us"), _("Decided by mistake"))

    def find(self, position: str, most: int) -> Found:
        """Those that just came up, and a piece of all *different people* decisions."""
        told = [(a, b) for a, b in take_hints(self.name, most) if b is not None]
        with connection.cursor() as cursor:
            cursor.execute(sql.WALK_DIFFERENT, {"after": UUID(position) if position else NIL, "most": most})
            walked = cursor.fetchall()
        found = read_contradicted(told + [(a, b) for _id, a, b in walked])
        counts = read_interactions({a for a, _b in found})
        following = "" if len(walked) < most else str(walked[-1][0])
        return Found([Candidate(f"{a}-{b}", (a, b), counts.get(a, 0), {"a": a, "b": b}) for a, b in found], following)

    def still_open(self, case: ReviewCase) -> bool:
        """Whether the two are still decided to differ, and in one profile."""
        return bool(read_contradicted([ends_of(case)]))

    def still_open_among(self, cases: Collection[ReviewCase]) -> set[UUID]:
        """Those of some cases that still stand: one query."""
        found = set(read_contradicted([ends_of(case) for case in cases]))
        return {case.id for case in cases if ends_of(case) in found}

    def known_about(self, cases: Collection[ReviewCase]) -> dict[UUID, str]:
        """How many identifiers and traits the two have."""
        return known_about_people(cases)

    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """The two identifiers, each with what is known by it alone: they are in one profile."""
        return [Side(end, whole=False) for end in ends_of(case)]

    def decisions(self, case: ReviewCase) -> Sequence[Decision]:
        """The one that parts them, then those that tie them."""
        parting, ties = opposed(*ends_of(case))
        return [*parting, *(row for step in ties for row in step)]

    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """Which decision to take back: the one that parts them, or one of those that tie them."""
        parting, ties = opposed(*ends_of(case))
        found, number = [], len(parting) + 1
        if parting:
            ids = [row.id for row in parting]
            found.append(Answer("same", _("Same person"), numbered(1, number), "s", withdrawn=ids))
        for place, step in enumerate(ties):
            name, key = ("different", "d") if place == 0 else (f"different-{place + 1}", "")
            does, ids = numbered(number, number + len(step)), [row.id for row in step]
            found.append(Answer(name, _("Different people"), does, key, withdrawn=ids))
            number += len(step)
        return found


def numbered(first: int, end: int) -> str:
    """Which decisions an answer takes back, by their numbers."""
    numbers = ", ".join(map(str, range(first, end)))
    return ngettext("Takes decision %(n)s back.", "Takes the decisions %(n)s back.", end - first) % {"n": numbers}


def opposed(a: int, b: int) -> tuple[list[Decision], list[list[Decision]]]:
    """The decisions that part two identifiers, and those that tie them, step by step."""
    rows = decisions_around(a)
    parting = [row for row in rows if row.verdict == "different" and (row.a_id, row.b_id) == (a, b)]
    return parting, tying(rows, a, b)


def read_contradicted(pairs: Sequence[Pair]) -> list[Pair]:
    """Those of some pairs that are decided to differ and in one profile nevertheless."""
    if not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_CONTRADICTED, {"a": [a for a, _b in pairs], "b": [b for _a, b in pairs]})
        return sorted({(a, b) for a, b, _root in cursor.fetchall()})


def decisions_around(a: int) -> list[Decision]:
    """All decisions in force about two of the profile that an identifier is in."""
    root = Identifier.objects.filter(id=a).values("root_id")
    members = Identifier.objects.filter(root_id__in=root).values("id")
    return list(Decision.objects.filter(withdrawn_at=None, a_id__in=members, b_id__in=members))


def tying(rows: Sequence[Decision], a: int, b: int) -> list[list[Decision]]:
    """The decisions that tie two identifiers, each step of the shortest way: those made last first."""
    steps: dict[Pair, list[Decision]] = {}
    for row in rows:
        if row.verdict == "same":
            steps.setdefault((row.a_id, row.b_id), []).append(row)
    path = shortest_path(steps, a, b) or []
    taken = [steps[(min(step), max(step))] for step in path]
    return sorted(taken, key=lambda rows: max(row.decided_at for row in rows), reverse=True)
