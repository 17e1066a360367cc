"""Answering a case, putting it off, giving it back, and taking an answer back."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.profile.identity_words import needs_two_said
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, go_to, screen, text_of
from cxprofiles.backoffice.staff_rights import rights_of
from cxprofiles.backoffice.undo import offer_undo, undoes
from cxprofiles.backoffice.work.listing import WAITING as WAITING_LISTS
from cxprofiles.backoffice.work.listing import list_of, one_of, path_of
from cxprofiles.backoffice.work.opening import case_here, show_case
from cxprofiles.backoffice.work.words import answer_said
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.configuration import rebuild_is_wanted
from profiles.identity.decisions import JoinsRestricted, NoSuchDecision, NoSuchIdentifier
from profiles.identity.type_changes import TypeRefused
from profiles.models import ReviewCase
from profiles.review.answering import CannotUndo, ChangedSince, NoSuchAnswer, answer_case, undo_case
from profiles.review.cases import NoSuchCase, NotWaiting, Taken, postpone_case, release_case
from profiles.review.deciding import NeedsTwo
from profiles.review.hints import NEARLY_SHARED, SHARED
from profiles.review.listing import cases_beside
from profiles.review.proposing import PROPOSED, NoSuchProposal, NotYourOwn, OnlyYourOwn
from profiles.review.registry import KINDS

LATER, BLOCK = "later", "block"
BLOCKING = (SHARED, NEARLY_SHARED)
LONGEST_NOTE = 1_000
FAILURES = (
    ChangedSince,
    JoinsRestricted,
    NeedsTwo,
    NoSuchAnswer,
    NoSuchCase,
    NoSuchDecision,
    NoSuchIdentifier,
    NoSuchProposal,
    NotWaiting,
    NotYourOwn,
    OnlyYourOwn,
    Taken,
    TypeRefused,
)


@screen(Right.DECIDE, "POST")
def answer_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Answer a case and open the next."""
    case = case_here(case_id)
    told = {"answer": request.POST.get("answer", "")[:50], "note": "", "reason": ""}
    try:
        told |= {"note": text_of(request, "note", longest=LONGEST_NOTE), "reason": reason_of(request, case)}
        check_filled(told)
        following = next_path(request, case, actor_of(request))
        give_answer(request, case, told)
    except Refused as refusal:
        return show_case(request, case_here(case_id), told={**told, "wrong": str(refusal)}, status=422)
    except FAILURES as failure:
        sentence = refusal_said(failure)
        return show_case(request, case_here(case_id), told={**told, "wrong": sentence}, status=409)
    return go_to(following)


def check_filled(told: dict[str, str]) -> None:
    """Raise `Refused` where an answer is missing, or why."""
    if not told["answer"]:
        raise Refused(_("Choose an answer."), 422)
    if told["answer"] != LATER and not (told["note"] or told["reason"]):
        raise Refused(_("Say why: choose a reason or write one. Whoever looks at it later reads it."), 422)


def reason_of(request: HttpRequest, case: ReviewCase) -> str:
    """The short reason that was chosen, in words; empty where none was."""
    number = request.POST.get("reason", "")
    reasons = KINDS[case.kind].reasons
    return str(reasons[int(number)]) if number in map(str, range(len(reasons))) else ""


def give_answer(request: HttpRequest, case: ReviewCase, told: dict[str, str]) -> None:
    """Put the answer into force, and offer to undo it."""
    actor, note = actor_of(request), ". ".join(part for part in (told["reason"], told["note"]) if part)
    if told["answer"] == LATER:
        postpone_case(id=case.id, note=note, actor=actor)
        offer_undo(request, _("Set aside for later."), "case", [str(case.id)])
        return
    rights = [right.value for right in rights_of(request.user)]
    seen = request.POST.get("seen", "")
    row = answer_case(id=case.id, answer=told["answer"], note=note, actor=actor, rights=rights, seen=seen)
    ask_for_rebuild(row.answer == BLOCK and rebuild_is_wanted())
    if row.answer == PROPOSED:
        offer_undo(request, _("Proposed: a colleague has to agree before they are joined."), "case", [str(row.id)])
    else:
        offer_undo(request, _("Answered: %(answer)s.") % {"answer": answer_said(row)}, "case", [str(row.id)])


def next_path(request: HttpRequest, case: ReviewCase, actor: str) -> str:
    """The next case of the list that one came from that nobody else works on, or the list where there is none."""
    chosen = one_of(request.GET.get("kind", ""), tuple(KINDS), "")
    beside = cases_beside(case, chosen, free_for=actor)
    following = beside.after or beside.before
    query = f"?kind={chosen}" if chosen else ""
    return f"/backoffice/work/{following}/{query}" if following else path_of(list_of(case), chosen)


def refusal_said(failure: Exception) -> str:
    """Why an answer was not taken, in the reader's language."""
    if isinstance(failure, Taken):
        name = actor_shown(failure.by, actor_names([failure.by]))
        return _("%(name)s works on this case at the moment. Nothing was changed.") % {"name": name}
    if isinstance(failure, JoinsRestricted):
        return _("The processing of one of them is restricted. They are joined with nobody until that is lifted.")
    if isinstance(failure, NeedsTwo):
        return needs_two_said()
    if isinstance(failure, NotYourOwn):
        return _("You proposed this yourself: a colleague has to look at it.")
    if isinstance(failure, TypeRefused):
        return _("The type takes no more blocked values, or not this one. Look at the identity rules.")
    if isinstance(failure, ChangedSince):
        return _("What this answer would do has changed since you opened the case. Nothing was done: look at it again.")
    if isinstance(failure, NoSuchAnswer):
        return _("This cannot be answered here, or you may not. Choose one of the answers.")
    return _("This was answered or settled meanwhile. Nothing was changed.")


@screen(Right.DECIDE, "POST")
def leave_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give a case back, and go to the list."""
    release_case(id=case_id, actor=actor_of(request), until=request.POST.get("until", ""))
    chosen = one_of(request.GET.get("kind", ""), tuple(KINDS), "")
    return go_to(path_of(one_of(request.POST.get("list", ""), WAITING_LISTS, "open"), chosen))


@undoes("case", Right.DECIDE)
def take_answers_back(ids: Sequence[str], actor: str) -> str:
    """Take answers back: profiles are as they were, and the cases are open again."""
    for one in ids:
        try:
            row = undo_case(id=UUID(one), actor=actor)
        except (CannotUndo, NoSuchCase, NoSuchDecision, NoSuchProposal, OnlyYourOwn):
            raise Refused(_("This cannot be taken back any more: somebody went on from it.")) from None
        ask_for_rebuild(row.kind in BLOCKING and rebuild_is_wanted())
    return _("Taken back. The case is open again.")
