"""One request on the desk: how it stands, what comes next, and what can be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consent.requests.appeals import ANSWERED
from consent.requests.clocks import NEVER_EXTENDED
from consent.requests.desk_file import Opened, draft_refusal, open_on_desk
from consent.requests.kinds import (
    AWAITING_APPROVAL,
    CLOSED,
    DENIALS,
    ERASURE,
    EXECUTING,
    IDENTITY_LEVELS,
    IN_PROGRESS,
    NONE,
    PARTIALLY_COMPLETED,
)
from consent.requests.letters import Letter
from consent.requests.machine import UNVERIFIED, WAITING
from consent.requests.refusals import NoSuchRequest
from consent.requests.results import AWAITS_REVIEW
from consent.requests.shown import Shown, ShownEvent, ShownGap
from cxprofiles.backoffice.actors import names_of
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.bulk import erase_word, languages_of
from cxprofiles.backoffice.desk.deadlines import bar_of
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.steps import groups_in_words, parts_of, steps_of
from cxprofiles.backoffice.disclosing import is_revealed, note_reads
from cxprofiles.backoffice.masking import masked
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, actor_of, screen, show
from cxprofiles.backoffice.staff_rights import has_right
from cxprofiles.day_words import day_in_words
from cxprofiles.portal.words import IDENTIFIERS
from profiles.privacy.known import profiles_of

OPERATION = "staff.request"
SHOWN_DELIVERIES = 50
APPEAL_OPEN = "received"
ANSWERS = ("include", "leave")


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier that was presented, masked unless its profile, or a request of nobody known, is revealed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    at: datetime
    words: str
    actor: str
    state: str
    aside: str


@screen(Right.SEE_REQUESTS, "GET")
def request_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request."""
    return show_request(request, request_id)


def show_request(
    request: HttpRequest,
    request_id: UUID,
    *,
    refusal: Mapping[str, str] | None = None,
    letter: Letter | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page. `refusal`: the form that was refused, and why; `letter`: a draft that is shown beside its form."""
    opened = opened_or_missing(request_id)
    known = profiles_of(opened.subject.identifiers) if opened.subject else []
    note_reads(request, OPERATION, known, ["identifiers"])
    revealed = all(is_revealed(request, one) for one in known or [request_id])
    shown = {
        **header_of(opened),
        **whom(opened, known, revealed=revealed),
        **moves_of(request, opened),
        **parts_shown(opened),
        "refusal": refusal or {},
        "letter": letter,
        "typed": request.POST if refusal or letter else {},
    }
    return show(request, "desk/request.html", shown, status=status)


def opened_or_missing(request_id: UUID) -> Opened:
    """A request; raises `NotHere`."""
    try:
        return open_on_desk(request_id)
    except NoSuchRequest:
        raise NotHere from None


def header_of(opened: Opened) -> dict[str, Any]:
    """What stands on top of the page."""
    one = opened.shown
    before = one.extension.due_before if one.extension else None
    return {
        "one": one,
        "type": words.word(words.TYPES, one.type),
        "state": words.word(words.STATES, one.state),
        "tone": words.TONES.get(one.state, ""),
        "source": words.word(words.SOURCES, one.source),
        "regulation": words.word(words.REGULATIONS, one.regulation),
        "reason": words.word(words.REASONS, one.reason) if one.reason else "",
        "bar": bar_of(one, extended=one.extension is not None, before=before),
        "next": next_of(opened),
        "closed": one.state in CLOSED,
        "verified": one.verified_at is not None,
        "level": words.word(words.LEVELS, one.identity_level),
        "needed": words.word(words.LEVELS, one.identity_needed),
        "method": words.method_word(one.identity_method) if one.identity_method else "",
        "certified_until": opened.certified_until,
        "live": one.state == EXECUTING,
    }


def next_of(opened: Opened) -> str:
    """What happens next and by when, in a sentence."""
    one = opened.shown
    due = {"day": day_in_words(one.internal_due_on), "legal": day_in_words(one.due_on)}
    if any(appeal.state == APPEAL_OPEN for appeal in one.appeals):
        appeal = next(appeal for appeal in one.appeals if appeal.state == APPEAL_OPEN)
        return _("The person appealed: decide it by %(day)s.") % {"day": day_in_words(appeal.due_on)}
    if one.state in UNVERIFIED:
        return _("The person has to prove who they are. The clock runs on meanwhile: our day is %(day)s.") % due
    if one.state == AWAITING_APPROVAL:
        return approval_next(opened, due)
    if one.state == IN_PROGRESS:
        return cooling_next(one)
    if one.state == EXECUTING:
        return _("The stores are answering one after the other. Nothing is to be done.")
    if one.state == PARTIALLY_COMPLETED:
        return _("Decide what was left: review the rest of the data, or try again what failed.")
    return _("Nothing more is to be done.")


def approval_next(opened: Opened, due: Mapping[str, str]) -> str:
    """What an approval waits for."""
    if opened.approved_first:
        first = names_of(opened.approved_first)[opened.approved_first[0]]
        return _("%(name)s has approved it. A second person approves or refuses it by %(day)s.") % {
            **due,
            "name": first,
        }
    if due["day"] == due["legal"]:
        return _("Approve or refuse it by %(day)s, which is the legal day.") % due
    return _("Approve or refuse it by %(day)s; the legal day is %(legal)s.") % due


def cooling_next(one: Shown) -> str:
    """What a request that is in progress waits for."""
    if one.execute_after is not None and one.execute_after > datetime.now(UTC):
        until = day_in_words(localtime(one.execute_after))
        return _("It can be cancelled until %(until)s; it is carried out then.") % {"until": until}
    return _("It is carried out in a moment, by the worker.")


def whom(opened: Opened, known: Sequence[UUID], *, revealed: bool) -> dict[str, Any]:
    """The person, as far as they are known."""
    named = [] if opened.subject is None else opened.subject.identifiers
    return {
        "named": [
            Named(str(IDENTIFIERS.get(type_, type_)), value if revealed else masked(type_, value))
            for type_, value in named
        ],
        "profiles": known,
        "revealed": revealed,
        "details": detail_words(opened),
        "appeal_words": opened.appeal_words,
    }


def detail_words(opened: Opened) -> list[str]:
    """What was asked beside the type: names of traits and purposes, no values."""
    details = {} if opened.subject is None else opened.subject.details
    found = []
    if details.get("lift"):
        found.append(_("takes it back"))
    if details.get("purposes"):
        found.append(_("purposes: %(names)s") % {"names": ", ".join(details["purposes"])})
    if details.get("traits"):
        found.append(_("traits to correct: %(names)s") % {"names": ", ".join(sorted(details["traits"]))})
    if details.get("identifiers"):
        found.append(_("identifiers to correct: %(n)s") % {"n": len(details["identifiers"])})
    return found


def moves_of(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    """What this member of staff can do now, each under the name of its form."""
    one, now = opened.shown, datetime.now(UTC)
    handles = has_right(request.user, Right.HANDLE_REQUESTS)
    cooled = one.execute_after is not None and now >= one.execute_after
    extendable = one.state not in CLOSED and one.extension is None and one.type not in NEVER_EXTENDED
    open_appeal = next((appeal for appeal in one.appeals if appeal.state == APPEAL_OPEN), None)
    can = {
        "verify": one.state in UNVERIFIED,
        "approve": one.state == AWAITING_APPROVAL and actor_of(request) not in opened.approved_first,
        "deny": one.state in WAITING,
        "cancel": one.state in WAITING and not cooled,
        "extend": extendable and now.date() <= one.due_on,
        "review": one.state == PARTIALLY_COMPLETED and bool(opened.to_review),
        "retry": one.state == PARTIALLY_COMPLETED and opened.failed,
        "acknowledge": one.acknowledged_at is None and one.state not in CLOSED,
        "appeal": open_appeal is None and one.state in ANSWERED,
        "decide": open_appeal is not None,
    }
    return {
        "can": {name: handles and possible for name, possible in can.items()},
        "approved_by_me": actor_of(request) in opened.approved_first and one.state == AWAITING_APPROVAL,
        "erases": one.type == ERASURE,
        "word": erase_word(),
        "levels": [(level, words.word(words.LEVELS, level)) for level in IDENTITY_LEVELS if level != "none"],
        "methods": list(words.METHODS.items()),
        "written_in": languages_of([one]),
        "reasons": [(name, words.word(words.DENIALS, name)) for name in DENIALS],
    }


def parts_shown(opened: Opened) -> dict[str, Any]:
    """Execution, recipients, letters, history and appeals."""
    one = opened.shown
    actors = {*(event.actor for event in opened.events), one.requester, one.approved_by, *opened.approved_first}
    names = names_of(actors | {appeal.decided_by for appeal in one.appeals})
    return {
        "steps": steps_of(one),
        "parts": parts_of(opened),
        "gaps": [gap_shown(gap) for gap in one.gaps],
        "to_review": [
            (name, words.word(words.GROUPS, name), words.word(words.GROUPS_MEAN, name), len(opened.scope.get(name, ())))
            for name in sorted(opened.to_review)
        ],
        "told": [
            (
                replace(one_told, problem=said_anew(one_told.problem)),
                words.word(words.DELIVERIES, one_told.state),
                words.DELIVERY_TONES.get(one_told.state, ""),
            )
            for one_told in opened.told[:SHOWN_DELIVERIES]
        ],
        "told_more": max(0, len(opened.told) - SHOWN_DELIVERIES),
        "letters": [(kind, words.word(words.LETTERS, letter.kind), letter) for kind, letter in opened.letters.items()],
        "history": [happened(event, names) for event in reversed(opened.events)],
        "requester": names.get(one.requester, one.requester),
        "approved_by": names.get(one.approved_by, ""),
        "verified_by": verified_by(opened, names),
        "first_by": [names[actor] for actor in opened.approved_first],
        "appeals": [
            (appeal, words.word(words.APPEALS, appeal.state), names.get(appeal.decided_by, ""))
            for appeal in one.appeals
        ],
    }


def gap_shown(gap: ShownGap) -> dict[str, Any]:
    """What is left, in words. `why` empty: it awaits review."""
    return {
        "groups": groups_in_words(gap.group),
        "store": words.store_word(gap.store),
        "rows": gap.rows,
        "why": "" if gap.why == AWAITS_REVIEW else said_anew(gap.why),
    }


def verified_by(opened: Opened, names: Mapping[str, str]) -> str:
    """Who vouched for the identity: who noted it, else who made the request; empty where nobody did."""
    noted = [names.get(event.actor, event.actor) for event in opened.events if event.name == "identity_noted"]
    if noted:
        return noted[-1]
    return names.get(opened.shown.requester, "") if opened.shown.identity_level != NONE else ""


def happened(event: ShownEvent, names: Mapping[str, str]) -> Happened:
    """One line of the history."""
    changed = event.to_state if event.to_state != event.from_state else ""
    return Happened(
        at=event.at,
        words=words.word(words.EVENTS, event.name),
        actor=names.get(event.actor, event.actor),
        state=words.word(words.STATES, changed) if changed else "",
        aside=aside_of(event),
    )


def aside_of(event: ShownEvent) -> str:
    """What an event says beside its name."""
    detail = event.detail
    if "due_on" in detail:
        return _("new legal day: %(day)s") % {"day": day_in_words(date.fromisoformat(detail["due_on"]))}
    if "reason" in detail:
        return words.word(words.REASONS, str(detail["reason"]))
    if "level" in detail:
        return f"{words.word(words.LEVELS, str(detail['level']))}: {words.method_word(str(detail.get('method', '')))}"
    said = {"include": _("included"), "leave": _("left alone")}
    return "; ".join(
        f"{words.word(words.GROUPS, group)}: {said[one]}" for group, one in detail.items() if one in ANSWERS
    )


def preview_of(request_id: UUID, reason: str, explanation: str) -> Letter:
    """The letter that a refusal would be; raises `NotHere`."""
    try:
        return draft_refusal(request_id, reason=reason, explanation=explanation)
    except NoSuchRequest:
        raise NotHere from None
