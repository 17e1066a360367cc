"""A case: what is compared, what is at stake, and what can be answered. To open it is to claim it for ten minutes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.requests.reading import open_types_about
from cxprofiles.backoffice.actors import actor_names, actor_shown, staff_in, with_names
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.masking import masked, masked_text
from cxprofiles.backoffice.profile.identity_words import VERDICTS, refusal_said, times_said, type_said
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, actor_of, screen, show
from cxprofiles.backoffice.staff_rights import rights_of
from cxprofiles.backoffice.work.comparing import groups_of, is_shown, sides_shown, values_of
from cxprofiles.backoffice.work.events import events_shown
from cxprofiles.backoffice.work.listing import list_of, one_of
from cxprofiles.backoffice.work.words import answer_said, stakes_said
from profiles.configuration import Configuration, configuration
from profiles.models import Decision, Identifier, Link, ReviewCase
from profiles.review.answering import mark_of
from profiles.review.cases import WAITING, NoSuchCase, claim_case, find_case, settle_case
from profiles.review.kinds.case_kind import Answer, CaseKind
from profiles.review.listing import cases_beside
from profiles.review.registry import KINDS
from profiles.review.sides import SideSeen, read_sides

FIELDS = ("identifiers", "traits", "consents", "recent")
MOST_IDENTIFIERS_ASKED = 50
MOST_SOURCES = 5


@screen(Right.DECIDE, "GET")
def case_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A case, ready to be answered."""
    case = case_here(case_id)
    return show_case(request, case)


def case_here(case_id: UUID) -> ReviewCase:
    """A case of a kind that there is; raises `NotHere`."""
    try:
        case = find_case(case_id)
    except NoSuchCase:
        raise NotHere from None
    if case.kind not in KINDS:
        raise NotHere
    return case


def show_case(
    request: HttpRequest, case: ReviewCase, *, told: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The screen of a case. `told`: what was filled in and what was wrong with it, where it was refused."""
    kind, actor, held = KINDS[case.kind], actor_of(request), configuration()
    if case.state in WAITING and not kind.still_open(case):
        settle_case(case=case)
    waiting = case.state in WAITING
    mine = waiting and claim_case(case=case, actor=actor)
    sides = read_sides(kind.sides(case), held)
    decisions = list(kind.decisions(case)) if waiting else []
    names = names_shown(case, mine, decisions)
    chosen = one_of(request.GET.get("kind", ""), tuple(KINDS), "")
    shown = {
        "case": case,
        "kind": kind,
        "waiting": waiting,
        "mine": mine,
        **answering_shown(request, kind, case, sides, actor if mine else ""),
        **who_shown(case, names, waiting=waiting),
        "decisions": decisions_shown(request, decisions, sides, names, held),
        "subject": subject_shown(kind.subject(case), held) if waiting else None,
        "answered": answer_said(case),
        "because": masked_text(kind.asked_because(case), hidden_values(request, sides)) if waiting else "",
        "noted": masked_text(case.note, hidden_values(request, sides)),
        "list": list_of(case),
        "chosen": chosen,
        "query": f"?kind={chosen}" if chosen else "",
        "beside": cases_beside(case, chosen),
        **(people_shown(request, sides, held) if kind.shows == "people" else events_shown(case, held)),
        "tie": tie_shown(kind.tie(case), sides, held, request),
        **(told or {}),
    }
    note_reads(request, "staff.work", [side.profile_id for side in sides], FIELDS if sides else ("interactions",))
    return show(request, "work/case.html", shown, status=status)


def answers_shown(request: HttpRequest, kind: CaseKind, case: ReviewCase, actor: str) -> Sequence[Answer]:
    """The answers that this member of staff may give."""
    rights = {right.value for right in rights_of(request.user)}
    return [one for one in kind.answers(case, actor) if not one.right or one.right in rights]


def answering_shown(
    request: HttpRequest, kind: CaseKind, case: ReviewCase, sides: Sequence[SideSeen], actor: str
) -> dict[str, Any]:
    """The answers, where this member of staff (empty: not now) may give any, and whether what they do is foreseen.

    `seen` tells what they would do, so that an answer does nothing else.
    """
    answers = answers_shown(request, kind, case, actor) if actor else []
    foreseeable = any(one.foreseeable for one in answers)
    return {"answers": answers, "foreseeable": foreseeable, "seen": mark_of(answers, sides)}


def names_shown(case: ReviewCase, mine: bool, decisions: Sequence[Decision]) -> dict[str, str]:
    """The names of all who are named on the page, by actor. One query, none where nobody is."""
    actors = ["" if mine else case.claimed_by, case.answered_by, str(case.details.get("by", ""))]
    deciders = (actor for row in decisions for actor in (row.actor, *staff_in(row.reason)))
    return actor_names(actor for actor in (*actors, *deciders) if actor)


def who_shown(case: ReviewCase, names: Mapping[str, str], *, waiting: bool) -> dict[str, str]:
    """Who works on it, who answered, who proposed: by name."""
    actors = {
        "claimed_by": case.claimed_by if waiting else "",
        "answered_by": case.answered_by,
        "proposed_by": str(case.details.get("by", "")),
    }
    return {part: actor_shown(actor, names) if actor else "" for part, actor in actors.items()}


def subject_shown(identifier_id: int | None, held: Configuration) -> dict[str, Any] | None:
    """The one identifier that a case is about, masked, and from how many neighbours on it is shared."""
    row = None if identifier_id is None else Identifier.objects.filter(id=identifier_id).first()
    if row is None:
        return None
    rule = held.types_by_id[row.type_id]
    return {"type": type_said(rule.name), "value": masked(rule.name, row.value), "most": rule.shared_above}


def decisions_shown(
    request: HttpRequest,
    decisions: Sequence[Decision],
    sides: Sequence[SideSeen],
    names: Mapping[str, str],
    held: Configuration,
) -> list[dict[str, Any]]:
    """The decisions that raise the question, about identifiers of one profile: what each says, who decided and when."""
    ids = {end for row in decisions for end in (row.a_id, row.b_id)}
    rows = Identifier.objects.filter(id__in=ids) if ids else ()
    revealed = all(is_shown(request, side) for side in sides)
    ends = {row.id: named_shown(held.types_by_id[row.type_id].name, row.value, revealed) for row in rows}
    known = hidden_values(request, sides)
    return [
        {
            "verdict": VERDICTS[row.verdict],
            "ends": [ends[end] for end in (row.a_id, row.b_id) if end in ends],
            "by": actor_shown(row.actor, names),
            "at": row.decided_at,
            "reason": with_names(masked_text(row.reason, known), names),
        }
        for row in decisions
    ]


def hidden_values(request: HttpRequest, sides: Sequence[SideSeen]) -> frozenset[str]:
    """The values that must stand in no text: those of the sides that are not revealed."""
    return frozenset().union(*(values_of(side) for side in sides if not is_shown(request, side)))


def named_shown(type_name: str, value: str, revealed: bool) -> tuple[str, str]:
    """An identifier: what kind it is, and its value as it may be shown."""
    return type_said(type_name), value if revealed else masked(type_name, value)


def tie_shown(
    link: Link | None, sides: Sequence[SideSeen], held: Configuration, request: HttpRequest
) -> dict[str, Any] | None:
    """The link that raises the question: both ends, masked as the sides are, how often, and why it joins nobody."""
    if link is None:
        return None
    ends = {one.id: (side, one) for side in sides for one in side.members}
    if not {link.a_id, link.b_id} <= ends.keys():
        return None
    found = [ends[id_] for id_ in (link.a_id, link.b_id)]
    shown = [named_shown(one.rule.name, one.value, is_shown(request, side)) for side, one in found]
    names = [held.sources[id_].name for id_ in link.sources if id_ in held.sources]
    return {
        "a": shown[0],
        "b": shown[1],
        "times": times_said(link.count),
        "last_at": link.last_at,
        "sources": ", ".join(names[:MOST_SOURCES]),
        "refused": refusal_said(link.refused, held.types),
    }


def people_shown(request: HttpRequest, sides: Sequence[SideSeen], held: Configuration) -> dict[str, Any]:
    """Profiles, or identifiers, side by side, with what hangs on them."""
    heads = sides_shown(request, sides)
    pairs = [(one.rule.name, one.value) for side in sides for one in side.members][:MOST_IDENTIFIERS_ASKED]
    return {
        "sides": heads,
        "groups": groups_of(heads, held),
        "stakes": stakes_said(sides, open_types_about(pairs) if pairs else []),
    }
