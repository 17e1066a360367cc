"""What is done with one request: each a form of its page, and each refusal on that form."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consent.requests import moves
from consent.requests.kinds import DENIALS, ERASURE, GROUPS, IDENTITY_LEVELS
from consent.requests.moves import INCLUDE, LEAVE
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.bulk import erase_word
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import PATH
from cxprofiles.backoffice.desk.one import preview_of, show_request
from cxprofiles.backoffice.desk.reading import choice_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, actor_of, confirmed, go_to, screen, text_of
from cxprofiles.day_words import day_in_words
from profiles.privacy.asking import RequestRefused
from profiles.privacy.requests import (
    NoSuchRequest,
    NotNow,
    Shown,
    acknowledge_request,
    appeal_request,
    approve_request,
    cancel_request,
    decide_appeal,
    deny_request,
    extend_request,
    retry_request,
    review_request,
    verify_request,
)

moving = screen(Right.HANDLE_REQUESTS, "POST")


def moved(
    request: HttpRequest, request_id: UUID, form: str, move: Callable[[], Shown], sentence: Callable[[Shown], str]
) -> HttpResponse:
    """Do it, and go to the request again; what the engine refuses is said on the form."""
    try:
        shown = move()
    except NoSuchRequest:
        raise NotHere from None
    except NotNow as refusal:
        return refused(request, request_id, form, said_anew(str(refusal)), 409)
    except RequestRefused as refusal:
        return refused(request, request_id, form, said_anew(str(refusal)), 422)
    messages.success(request, sentence(shown))
    return go_to(f"{PATH}{request_id}/")


def refused(request: HttpRequest, request_id: UUID, form: str, sentence: str, status: int = 422) -> HttpResponse:
    """The page of the request, with a sentence on the form that was refused."""
    return show_request(request, request_id, refusal={"form": form, "sentence": sentence}, status=status)


@moving
def verify(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Say how the person proved who they are."""
    level = choice_of(request.POST, "level", IDENTITY_LEVELS)
    method = choice_of(request.POST, "method", words.METHODS)
    if not (level and method):
        return refused(request, request_id, "verify", _("Say what was checked, and how."))
    return moved(
        request,
        request_id,
        "verify",
        lambda: verify_request(id=request_id, level=level, method=method, actor=actor_of(request)),
        lambda shown: _("Noted. The request is now: %(state)s.") % {"state": state_of(shown)},
    )


@moving
def approve(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Let it be carried out; an erasure only with its word typed."""
    if type_of(request_id) == ERASURE and not confirmed(request, erase_word()):
        sentence = _("An erasure cannot be undone: type “%(word)s” to approve it.") % {"word": erase_word()}
        return refused(request, request_id, "approve", sentence)
    return moved(
        request,
        request_id,
        "approve",
        lambda: approve_request(id=request_id, actor=actor_of(request)),
        approved_words,
    )


def approved_words(shown: Shown) -> str:
    """What became of an approval."""
    if shown.state == "awaiting_approval":
        return _("Your approval is recorded. A second one, of somebody else, is wanted.")
    if shown.state == "in_progress" and shown.execute_after is not None:
        until = day_in_words(localtime(shown.execute_after))
        return _("Approved. It can still be cancelled until %(until)s.") % {"until": until}
    return _("Approved: %(state)s.") % {"state": state_of(shown)}


@moving
def deny(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Refuse it with a reason and words, or show the letter that this would be."""
    reason, explanation = choice_of(request.POST, "reason", DENIALS), text_of(request, "explanation")
    if not (reason and explanation):
        return refused(request, request_id, "deny", _("Choose a reason and write the words of the letter."))
    if request.POST.get("step") == "preview":
        letter = preview_of(request_id, reason, explanation)
        return show_request(request, request_id, letter=letter)
    return moved(
        request,
        request_id,
        "deny",
        lambda: deny_request(id=request_id, reason=reason, explanation=explanation, actor=actor_of(request)),
        lambda _shown: _("Refused. The letter is on its way where the person left an address."),
    )


@moving
def extend(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take the longer period."""
    reason = text_of(request, "reason")
    return moved(
        request,
        request_id,
        "extend",
        lambda: extend_request(id=request_id, reason=reason, actor=actor_of(request)),
        lambda shown: _("More time is taken: the legal day is now %(day)s.") % {"day": day_in_words(shown.due_on)},
    )


@moving
def cancel(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Cancel it, as the person asked."""
    return moved(
        request,
        request_id,
        "cancel",
        lambda: cancel_request(id=request_id, actor=actor_of(request)),
        lambda _shown: _("Cancelled. Nothing was done."),
    )


@moving
def acknowledge(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Note that receipt was confirmed."""
    return moved(
        request,
        request_id,
        "acknowledge",
        lambda: acknowledge_request(id=request_id, actor=actor_of(request)),
        lambda _shown: _("Noted: receipt was confirmed to the person."),
    )


@moving
def review(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Include a group of the evidence, or leave it alone."""
    group = choice_of(request.POST, "group", GROUPS)
    answer = choice_of(request.POST, "answer", (INCLUDE, LEAVE))
    if not (group and answer):
        return refused(request, request_id, "review", _("Say of which data, and whether to include it."))
    if answer == INCLUDE and type_of(request_id) == ERASURE and not confirmed(request, erase_word()):
        sentence = _("An erasure cannot be undone: type “%(word)s” to include this.") % {"word": erase_word()}
        return refused(request, request_id, "review", sentence)
    return moved(
        request,
        request_id,
        "review",
        lambda: review_request(id=request_id, groups={group: answer}, actor=actor_of(request)),
        lambda shown: _("Noted. The request is now: %(state)s.") % {"state": state_of(shown)},
    )


@moving
def retry(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Try again what failed."""
    return moved(
        request,
        request_id,
        "retry",
        lambda: retry_request(id=request_id, actor=actor_of(request)),
        lambda _shown: _("It is tried again."),
    )


@moving
def appeal(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take the person's appeal, as they said it by phone or letter."""
    said = text_of(request, "words", longest=4_000)
    return moved(
        request,
        request_id,
        "appeal",
        lambda: appeal_request(id=request_id, words=said, actor=actor_of(request)),
        lambda _shown: _("The appeal is taken; it has a deadline of its own."),
    )


@moving
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Decide the open appeal."""
    answer, outcome = choice_of(request.POST, "answer", ("upheld", "rejected")), text_of(request, "outcome")
    if not (answer and outcome):
        return refused(request, request_id, "decide", _("Choose an answer and say it in words: the person reads them."))
    return moved(
        request,
        request_id,
        "decide",
        lambda: decide_appeal(id=request_id, upheld=answer == "upheld", outcome=outcome, actor=actor_of(request)),
        lambda _shown: _("The appeal is decided. Its letter is below."),
    )


def type_of(request_id: UUID) -> str:
    """What a request asks for; raises `NotHere`."""
    try:
        return moves.type_of(request_id)
    except NoSuchRequest:
        raise NotHere from None


def state_of(shown: Shown) -> str:
    """The state of a request in words."""
    return words.word(words.STATES, shown.state)
