"""The work list itself: what waits, by kind, the greatest stake first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.text import Truncator

from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.profile.identity_words import type_said
from cxprofiles.backoffice.profile.timeline_words import REASONS
from cxprofiles.backoffice.refusal_words import refusal_in_words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, screen, show
from cxprofiles.backoffice.work.words import EMPTY, STATES, answer_said
from profiles.configuration import Configuration, configuration
from profiles.models import Identifier, ReviewCase
from profiles.review.cases import is_claimed
from profiles.review.listing import MOST_COUNTED, BadCursor, CasePage, count_cases, list_cases, list_ended
from profiles.review.registry import KINDS

LIST = "/backoffice/work/"
WAITING = ("open", "later")
MOST_TYPES = 3
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class KindShown:
    """A kind to choose, with how many of it wait. `more`: so many or more."""

    name: str
    title: str | Promise
    number: int
    path: str
    here: bool
    more: bool = False


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A row of the list. `about`: in a few words, without naming anybody."""

    case: ReviewCase
    title: str | Promise
    stake: str
    about: str
    answer: str
    by: str
    taken_by: str


@screen(Right.DECIDE, "GET")
def list_page(request: HttpRequest) -> HttpResponse:
    """What the rules could not settle."""
    state = one_of(request.GET.get("state", ""), tuple(STATES), "open")
    kind = one_of(request.GET.get("kind", ""), tuple(KINDS), "")
    page, stray = read_page(state, kind, request.GET.get("after", ""))
    counts = count_cases(state) if state in WAITING else {}
    shown = {
        "states": [(name, word, path_of(name, kind), name == state) for name, word in STATES.items()],
        "kinds": [*kinds_shown(counts, state, kind)],
        "waiting": state in WAITING,
        "everything": all_shown(counts, state, kind),
        "state": state,
        "kind": kind,
        "rows": rows_shown(page.cases, configuration(), actor_of(request)),
        "next": path_of(state, kind, page.following) if page.following else "",
        "stray": stray,
        "empty": EMPTY[state],
    }
    return show(request, "work/list.html", shown, status=400 if stray else 200)


def one_of(given: str, known: Sequence[str], otherwise: str) -> str:
    """A word that is known, else another."""
    return given if given in known else otherwise


def read_page(state: str, kind: str, cursor: str) -> tuple[CasePage, bool]:
    """A page of cases, and whether the cursor leads nowhere: then it is the first."""
    read = list_cases if state in WAITING else list_ended
    try:
        return read(state=state, kind=kind, cursor=cursor), False
    except BadCursor:
        return read(state=state, kind=kind), True


def list_of(case: ReviewCase) -> str:
    """The list that a case stands in, by its state; that of the open ones where it waits no more."""
    return one_of(case.state, WAITING, "open")


def path_of(state: str, kind: str, cursor: str = "") -> str:
    """The list of a state and a kind."""
    asked = {"state": "" if state == "open" else state, "kind": kind, "after": cursor}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{LIST}?{query}" if query else LIST


def kinds_shown(counts: Mapping[str, int], state: str, chosen: str) -> list[KindShown]:
    """The kinds to choose from."""
    return [
        KindShown(name, kind.title, number, path_of(state, name), name == chosen, number >= MOST_COUNTED)
        for name, kind in KINDS.items()
        for number in [counts.get(name, 0)]
    ]


def all_shown(counts: Mapping[str, int], state: str, chosen: str) -> KindShown:
    """All kinds, to be chosen as one is."""
    more = any(number >= MOST_COUNTED for number in counts.values())
    return KindShown("", "", sum(counts.values()), path_of(state, ""), not chosen, more)


def rows_shown(cases: Sequence[ReviewCase], held: Configuration, actor: str) -> list[CaseShown]:
    """Cases as rows; those of kinds that are no longer there are left out."""
    types = types_about(cases, held)
    names = actor_names([*(case.claimed_by for case in cases), *(case.answered_by for case in cases)])
    return [
        CaseShown(
            case=case,
            title=KINDS[case.kind].title,
            stake=str(KINDS[case.kind].stake % {"n": case.stake}),
            about=about(case, types, held),
            answer=answer_said(case),
            by=actor_shown(case.answered_by, names) if case.answered_by else "",
            taken_by=actor_shown(case.claimed_by, names) if is_claimed(case, actor) else "",
        )
        for case in cases
        if case.kind in KINDS
    ]


def types_about(cases: Sequence[ReviewCase], held: Configuration) -> dict[int, str]:
    """The type of each identifier that some cases are about, in words."""
    ids = {id_ for case in cases for id_ in case.identifier_ids[:MOST_TYPES]}
    rows = Identifier.objects.filter(id__in=ids).values_list("id", "type_id") if ids else ()
    return {id_: type_said(held.types_by_id[type_id].name) for id_, type_id in rows}


def about(case: ReviewCase, types: Mapping[int, str], held: Configuration) -> str:
    """What a case is about: types of identifiers, or a source and a reason."""
    named = [types[id_] for id_ in case.identifier_ids[:MOST_TYPES] if id_ in types]
    if named:
        return " · ".join(named)
    source = held.sources.get(case.details.get("source", 0))
    reason = case.details.get("reason", "")
    why = str(REASONS.get(reason) or refusal_in_words(reason))
    parts = [source.name if source else "", case.details.get("type", ""), why]
    return " · ".join(Truncator(part).chars(LONGEST_NAME) for part in parts if part)
