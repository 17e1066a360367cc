"""What each answer to a case would do, said before it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.times import now_microseconds
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, is_fragment, screen, show
from cxprofiles.backoffice.work.opening import answers_shown, case_here
from profiles.configuration import Configuration, configuration
from profiles.identity.decisions import NoSuchDecision
from profiles.identity.foreseeing import DecisionPreview, Surroundings, foresee, without
from profiles.identity.previewing import TooMuchToForesee, ends_in_force, read_surroundings
from profiles.review.cases import WAITING
from profiles.review.kinds.case_kind import Answer
from profiles.review.proposing import MERGES, is_large
from profiles.review.registry import KINDS
from profiles.snapshot import one_snapshot

MOST_SIZES = 5


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an answer would do, a sentence each."""

    name: str
    label: str | Promise
    sentences: Sequence[str]


@screen(Right.DECIDE, "GET")
def previews_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What each answer would make of the profiles: a part of the case's page, or a page of its own."""
    case = case_here(case_id)
    kind = KINDS[case.kind]
    with one_snapshot():
        held = configuration()
        answers = answers_shown(request, kind, case, actor_of(request)) if case.state in WAITING else []
        foreseen = foresee_all(answers, held)
    template = "work/previews.html" if is_fragment(request) else "work/previews_page.html"
    return show(request, template, {"case": case, "kind": kind, "foreseen": foreseen})


def foresee_all(answers: Sequence[Answer], held: Configuration) -> list[Foreseen]:
    """What each of some answers would do; what they change is read once."""
    changing = [one for one in answers if one.foreseeable]
    around = surroundings_of(changing, held) if changing else None
    return [Foreseen(one.name, one.label, sentences_of(one, around)) for one in answers]


def surroundings_of(answers: Sequence[Answer], held: Configuration) -> Surroundings | None:
    """All that the profiles around the answers hang on; None: it is too much to foresee."""
    ids = {end for one in answers for a, b, _said in one.told for end in (a, b)}
    ids |= {one.without for one in answers if one.without is not None}
    withdrawn = {id_ for one in answers for id_ in one.withdrawn}
    try:
        return read_surroundings(ids | ends_in_force(withdrawn), held)
    except (TooMuchToForesee, NoSuchDecision):
        return None


def sentences_of(answer: Answer, around: Surroundings | None) -> list[str]:
    """What an answer would do, in words."""
    if not answer.foreseeable:
        return [str(answer.does)] if answer.does else []
    if around is None:
        return [_("So much is tied to these profiles that what would come of it is not computed here.")]
    if answer.without is not None:
        return [str(answer.does), *without_said(around, answer.without)]
    standing = {one.id for one in around.standing}
    withdrawn = [id_ for id_ in answer.withdrawn if id_ in standing]
    return said_of(foresee(around, answer.told, withdrawn, now_microseconds()), answer)


def without_said(around: Surroundings, gone: int) -> list[str]:
    """What would become of the profiles if an identifier named nobody."""
    preview = foresee(without(around, gone), (), (), now_microseconds())
    if not preview.changes:
        return [_("No profile that there is would come out otherwise.")]
    sizes = sorted((len(seen.identifier_ids) for seen in preview.after), reverse=True)
    return [change_said(preview, len(preview.before), len(preview.after), sizes)]


def said_of(preview: DecisionPreview, answer: Answer) -> list[str]:
    """What would become of the profiles, and who else has to agree."""
    before, after = len(preview.before), len(preview.after)
    sizes = sorted((len(seen.identifier_ids) for seen in preview.after), reverse=True)
    found = [str(answer.does)] if answer.withdrawn else []  # which of several decisions it is about
    found.append(change_said(preview, before, after, sizes))
    if any(said == "different" for _a, _b, said in answer.told):
        found.append(_("No later event can join them."))
    if preview.contradicts:
        n = len(preview.contradicts)
        found.append(
            ngettext(
                "It runs against %(n)s decision that stays in force.",
                "It runs against %(n)s decisions that stay in force.",
                n,
            )
            % {"n": n}
        )
    if answer.perform is None and after < before and needs_two(preview):
        found.append(_("The profile would be so large that a colleague has to agree first."))
    return found


def needs_two(preview: DecisionPreview) -> bool:
    """Whether a profile that would come out is so large that a colleague has to agree."""
    if MERGES not in settings.FOUR_EYES:
        return False
    held = {seen.identifier_ids for seen in preview.before}
    return any(is_large(seen.identifier_ids) for seen in preview.after if seen.identifier_ids not in held)


def change_said(preview: DecisionPreview, before: int, after: int, sizes: Sequence[int]) -> str:
    """How the number of profiles changes, and how large they are then."""
    listed = get_text_list([str(size) for size in sizes[:MOST_SIZES]], _("and"))
    if not preview.changes:
        return ngettext(
            "No profile changes: it stays %(n)s profile.", "No profile changes: they stay %(n)s profiles.", before
        ) % {"n": before}
    if after == 1:
        return _("%(before)s profiles become one, with %(sizes)s identifiers.") % {"before": before, "sizes": listed}
    if before == 1:
        return _("One profile becomes %(after)s, with %(sizes)s identifiers.") % {"after": after, "sizes": listed}
    return _("%(before)s profiles become %(after)s, with %(sizes)s identifiers.") % {
        "before": before,
        "after": after,
        "sizes": listed,
    }
