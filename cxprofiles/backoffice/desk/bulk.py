"""Several requests approved or refused at once: marked in the list, looked over, done one by one, each answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.requests.desk import OnDesk, desk_rows
from consent.requests.desk_file import draft_refusal
from consent.requests.kinds import DENIALS, ERASURE
from consent.requests.letters import language_of
from consent.requests.shown import Standing
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import Line, lines_of
from cxprofiles.backoffice.desk.reading import choice_of, marked_ids
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, confirmed, screen, show, text_of
from profiles.privacy.asking import RequestRefused
from profiles.privacy.requests import NoSuchRequest, NotNow, approve_request, deny_request

APPROVE, REFUSE = "approve", "refuse"
ACTS = (APPROVE, REFUSE)
LOOK, PREVIEW, DO = "look", "preview", "do"
STEPS = (LOOK, PREVIEW, DO)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done with the marked requests. `problem`: why not yet; empty: nothing is missing."""

    act: str
    reason: str
    explanation: str
    problem: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request."""

    line: Line
    done: bool
    sentence: str


@screen(Right.HANDLE_REQUESTS, "POST")
def bulk_page(request: HttpRequest) -> HttpResponse:
    """Look the marked requests over, preview the letter, or do what is asked with each of them."""
    ids, step = marked_ids(request), choice_of(request.POST, "step", STEPS, LOOK)
    rows = desk_rows(ids)
    if not rows:
        raise Refused(_("None of the marked requests is there."), 404)
    asked = asked_of(request, rows, checked=step != LOOK)
    if step == DO and not asked.problem:
        return done_page(request, rows, asked)
    status = 422 if asked.problem and step != LOOK else 200
    gone = len(ids) - len(rows)
    return look_page(request, rows, asked, gone=gone, preview=step == PREVIEW and not asked.problem, status=status)


def asked_of(request: HttpRequest, rows: Sequence[OnDesk], *, checked: bool) -> Asked:
    """The form of the page that looks them over."""
    act = choice_of(request.POST, "act", ACTS, APPROVE)
    reason = choice_of(request.POST, "reason", DENIALS)
    explanation = text_of(request, "explanation")
    problem = problem_of(request, act, reason, explanation, rows) if checked else ""
    return Asked(act, reason, explanation, problem)


def problem_of(request: HttpRequest, act: str, reason: str, explanation: str, rows: Sequence[OnDesk]) -> str:
    """What is missing; empty: nothing."""
    if act == REFUSE and not (reason and explanation):
        return _("Choose a reason and write the words of the letter; nothing was refused.")
    erases = act == APPROVE and any(one.type == ERASURE for one in rows)
    if erases and not confirmed(request, erase_word()):
        return _("Erasures cannot be undone: type the word that is asked for. Nothing was approved.")
    return ""


def erase_word() -> str:
    """What is typed before an erasure is approved."""
    return _("erase")


def look_page(
    request: HttpRequest, rows: Sequence[OnDesk], asked: Asked, *, gone: int, preview: bool, status: int
) -> HttpResponse:
    """The marked requests, and what is to be said before something is done with them. `gone`: how many of them are not
    there."""
    letter = draft_refusal(rows[0].id, reason=asked.reason, explanation=asked.explanation) if preview else None
    shown = {
        "lines": lines_of(rows, actor_of(request)),
        "asked": asked,
        "erases": asked.act == APPROVE and any(one.type == ERASURE for one in rows),
        "word": erase_word(),
        "reasons": [(one, words.word(words.DENIALS, one)) for one in DENIALS],
        "letter": letter,
        "gone": gone,
        "written_in": languages_of(rows),
    }
    return show(request, "desk/bulk.html", shown, status=status)


def languages_of(rows: Sequence[Standing]) -> str:
    """The languages in which the letters about some requests are written, each by its own name."""
    named = dict(settings.LANGUAGES)
    return ", ".join(named[code] for code in sorted({language_of(one.language) for one in rows}))


def done_page(request: HttpRequest, rows: Sequence[OnDesk], asked: Asked) -> HttpResponse:
    """Do it with each, and say one by one what became of them."""
    results = [result_of(line, lambda id_: act_on(id_, asked, actor_of(request))) for line in lines_of(rows, "")]
    done = sum(one.done for one in results)
    return show(request, "desk/bulk_done.html", {"results": results, "done": done, "asked": asked})


def act_on(id_: UUID, asked: Asked, actor: str) -> str:
    """Approve or refuse one; what became of it, in a sentence."""
    if asked.act == REFUSE:
        deny_request(id=id_, reason=asked.reason, explanation=asked.explanation, actor=actor)
        return _("Refused. The letter is on its way where the person left an address.")
    shown = approve_request(id=id_, actor=actor)
    if shown.state == "awaiting_approval":
        return _("Your approval is recorded. A second one, of somebody else, is wanted.")
    return _("Approved: %(state)s.") % {"state": words.word(words.STATES, shown.state)}


def result_of(line: Line, act: Callable[[UUID], str]) -> Result:
    """Do something with one request; a refusal is its result."""
    try:
        return Result(line, True, act(line.one.id))
    except (NotNow, NoSuchRequest, RequestRefused) as refusal:
        return Result(line, False, said_anew(str(refusal)))
