"""Two profiles that a limit kept apart though something was seen of both together: one person, or two?"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from profiles.configuration import Configuration, held_configuration
from profiles.identity.clustering import Pair
from profiles.identity.previewing import read_pairs_to_join
from profiles.models import Link, ReviewCase
from profiles.review import sql
from profiles.review.hints import REFUSED, take_hints
from profiles.review.kinds.case_kind import Answer, Candidate, CaseKind, Found, Side
from profiles.review.knowledge import known_about_people
from profiles.review.stakes import read_interactions

Held = tuple[int, int, int, int]  # the ends of a link and the roots of both


class RefusedLink(CaseKind):
    """Identifiers of two people were seen together, and a limit refused to join them."""

    name = REFUSED
    title = _("One person or two?")
    question = _("These two were seen together, but a limit keeps them apart. Are they one person?")
    reasons = (
        _("Same name and address"),
        _("The person told us"),
        _("Two people who share it"),
        _("A typing mistake"),
    )

    def find(self, position: str, most: int) -> Found:
        """Those that were just refused, and a piece of all that are."""
        held = held_configuration()
        told = [(a, b) for a, b in take_hints(self.name, most) if b is not None]
        walked = walk_refused(position, most)
        people = {rule.id for rule in held.types.values() if rule.person}
        pairs = told + [(row[0], row[1]) for row in walked if {row[2], row[3]} <= people]
        found = read_refused(pairs, people)
        following = "" if len(walked) < most else f"{walked[-1][0]}-{walked[-1][1]}"
        return Found(candidates_of(found, held), following)

    def still_open(self, case: ReviewCase) -> bool:
        """Whether a limit still refuses the link, and its ends are in the two profiles that the case is about."""
        return bool(self.still_open_among([case]))

    def still_open_among(self, cases: Collection[ReviewCase]) -> set[UUID]:
        """Those of some cases that still stand: one query. Where one of the two has become part of another profile,
        the question is about that one, and a case of its own."""
        people = [rule.id for rule in held_configuration().types.values() if rule.person]
        found = {(a, b): key_of(one, other) for a, b, one, other in read_refused(map(ends_of, cases), people)}
        return {case.id for case in cases if found.get(ends_of(case)) == case.key}

    def known_about(self, cases: Collection[ReviewCase]) -> dict[UUID, str]:
        """How many identifiers and traits the two have."""
        return known_about_people(cases)

    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """The two profiles."""
        return [Side(end) for end in ends_of(case)]

    def tie(self, case: ReviewCase) -> Link | None:
        """The link that was refused."""
        a, b = ends_of(case)
        return Link.objects.filter(a_id=a, b_id=b).first()

    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """One person, or two."""
        pairs = read_pairs_to_join(*ends_of(case), held_configuration())
        if not pairs:
            return []
        same = [(a, b, "same") for a, b in pairs]
        apart = [(a, b, "different") for a, b in pairs[:1]]
        return [
            Answer("same", _("Same person"), _("Both become one profile."), "s", told=same),
            Answer("different", _("Different people"), _("They stay apart for good."), "d", told=apart),
        ]


def walk_refused(position: str, most: int) -> list[Held]:
    """A piece of all refused links after a position: their ends and the types of both."""
    a, _dash, b = position.partition("-")
    with connection.cursor() as cursor:
        cursor.execute(sql.WALK_REFUSED, {"a": int(a or 0), "b": int(b or 0), "most": most})
        rows: list[Held] = cursor.fetchall()
    return rows


def read_refused(pairs: Iterable[Pair], people: Iterable[int]) -> list[Held]:
    """Those of some links between people that a limit refuses now, with the roots of their ends."""
    asked = sorted(set(pairs))
    if not asked:
        return []
    parameters = {"a": [one[0] for one in asked], "b": [one[1] for one in asked], "people": list(people)}
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_REFUSED, parameters)
        rows: list[Held] = cursor.fetchall()
    return rows


def candidates_of(found: Iterable[Held], held: Configuration) -> list[Candidate]:
    """A candidate for each two profiles, whichever links are refused between them."""
    between: dict[Pair, Pair] = {}
    for a, b, one, other in sorted(found):
        between.setdefault((min(one, other), max(one, other)), (a, b))
    counts = read_interactions({end for ends in between.values() for end in ends})
    return [
        Candidate(
            key=key_of(*roots),
            identifier_ids=ends,
            stake=sum(counts.get(end, 0) for end in ends),
            details={"a": ends[0], "b": ends[1]},
        )
        for roots, ends in between.items()
    ]


def key_of(one: int, other: int) -> str:
    """What a case about two profiles is known by: their roots."""
    return f"{min(one, other)}-{max(one, other)}"


def ends_of(case: ReviewCase) -> Pair:
    """The two identifiers that a case about a pair is about."""
    return int(case.details["a"]), int(case.details["b"])
