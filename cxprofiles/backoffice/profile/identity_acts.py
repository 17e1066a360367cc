"""Splitting identifiers off a profile and joining it with another one: what would come of it first, then the act."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxprofiles.backoffice.directions import spelt
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.masking import known_values, masked, masked_name
from cxprofiles.backoffice.profile.identity import FIELDS, Asked, base_of, may_see, open_identity, show_identity
from cxprofiles.backoffice.profile.identity_words import needs_two_said, type_said
from cxprofiles.backoffice.profile.opening import Opened, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, go_to, screen, text_of
from cxprofiles.backoffice.undo import offer_undo, undoes
from profiles.identity.clustering import Pair
from profiles.identity.decisions import (
    JoinsRestricted,
    NoSuchDecision,
    reinstate_decisions,
    withdraw_decisions,
)
from profiles.identity.foreseeing import DecisionPreview
from profiles.identity.foreseen_cards import ForeseenCard, foreseen_cards
from profiles.identity.meant import find_meant
from profiles.identity.previewing import Survey, TooMuchToForesee, preview_within, survey
from profiles.identity.splitting import NothingToSplit, NotOfTheProfile, TooManyTies, pairs_to_join, pairs_to_split
from profiles.lookup.guesses import BadWords
from profiles.models import Decision, Identifier
from profiles.naming import display_name
from profiles.review.deciding import (
    Decided,
    NeedsTwo,
    Proposed,
    decide_pairs,
    nobody_else_decides,
    take_back_decisions,
)

SPLIT, JOIN = "split", "join"
VERDICTS = {SPLIT: Decision.Verdict.DIFFERENT.value, JOIN: Decision.Verdict.SAME.value}
MOST_CHOSEN = 500
MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be decided, and what would come of it. `seen` is a digest of both, so that what was seen is done."""

    act: str
    chosen: list[int]
    pairs: list[Pair]
    preview: DecisionPreview
    found: Survey

    @property
    def seen(self) -> str:
        """The digest."""
        parts = [one.identifier_ids for one in (*self.preview.before, *self.preview.after)]
        return hashlib.sha256(repr((self.act, self.pairs, parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SideRow:
    """A profile before or after, as the preview shows it. `more`: how many identifiers are not listed."""

    profile_id: UUID
    path: str
    name: str
    known: bool
    here: bool
    identifiers: list[tuple[str, str, bool]]
    count: int
    more: int
    interactions: int


@screen(Right.DECIDE, "POST")
def preview(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """What would come of splitting the chosen identifiers off, or of joining with another profile."""
    opened = open_identity(request, profile_id)
    try:
        plan = make_plan(request, opened)
    except Refused as refused:
        return show_refusal(request, opened, refused)
    return show_preview(request, opened, plan)


@screen(Right.DECIDE, "POST")
def decide(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """Do what the preview showed, with a reason; it can be taken back."""
    opened = open_identity(request, profile_id)
    plan = None
    try:
        with nobody_else_decides():
            plan = make_plan(request, opened)
            outcome = carry_out(request, plan)
    except Refused as refused:
        if plan is None:
            return show_refusal(request, opened, refused)
        where = "wrong" if refused.status == 422 else "problem"
        return show_preview(request, opened, plan, status=refused.status, **{where: str(refused)})
    tell_of(request, plan, outcome)
    return go_to(base_of(opened) + "identity/")


def carry_out(request: HttpRequest, plan: Plan) -> Decided | Proposed:
    """Record the decisions of a plan, as it was seen. Raises `Refused`: with 422 where the reason is not in order."""
    if request.POST.get("seen", "") != plan.seen:
        raise Refused(_("Something has changed since. This is what would come of it now: look again."), 409)
    reason = text_of(request, "reason", required=True)
    try:
        return decide_pairs(pairs=plan.pairs, verdict=VERDICTS[plan.act], reason=reason, actor=actor_of(request))
    except JoinsRestricted:
        sentence = _("Processing is restricted for one of the two people: they are joined once that is lifted.")
        raise Refused(sentence, 409) from None


def tell_of(request: HttpRequest, plan: Plan, outcome: Decided | Proposed) -> None:
    """Say what was done, with the way to take it back, or that it waits for a colleague."""
    if isinstance(outcome, Proposed):
        messages.info(
            request, _("This makes a large profile, so a second member of staff has to agree. It is on the work list.")
        )
    else:
        offer_undo(request, done_said(plan), "decisions", [str(one.id) for one in outcome.decisions])


def done_said(plan: Plan) -> str:
    """What was just done, in words."""
    if plan.act == JOIN:
        return _("The two profiles are one now.")
    count = len(plan.chosen)
    return ngettext("%(count)s identifier was split off.", "%(count)s identifiers were split off.", count) % {
        "count": count
    }


@undoes("decisions", Right.DECIDE)
def take_back(ids: list[str], actor: str) -> str:
    """Take decisions back, as if they had not been made."""
    try:
        withdraw_decisions(ids=[UUID(id_) for id_ in ids], actor=actor)
    except NoSuchDecision:
        raise Refused(_("This decision is not in force any more.")) from None
    return _("Taken back: the profiles are as they were before.")


@undoes("decisions taken back", Right.DECIDE)
def put_back(ids: list[str], actor: str) -> str:
    """Put decisions that were taken back into force again."""
    try:
        reinstate_decisions(ids=[UUID(id_) for id_ in ids])
    except NoSuchDecision:
        raise Refused(_("This cannot be taken back any more: somebody went on from it.")) from None
    return _("The decision is in force again: the profiles are as they were before.")


@screen(Right.DECIDE, "POST")
def take_decision_back(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """Take back one decision that is about an identifier of this profile."""
    opened = open_identity(request, profile_id)
    own = {one.id for one in opened.profile.identifiers}
    asked = uuid_of(request.POST.get("decision", ""))
    row = None if asked is None else Decision.objects.filter(id=asked, withdrawn_at=None).first()
    if row is None or not own & {row.a_id, row.b_id}:
        gone = Refused(_("This decision is not in force any more."), 404)
        return show_refusal(request, opened, gone)
    try:
        take_back_decisions(ids=[row.id], actor=actor_of(request))
    except NoSuchDecision:
        return show_refusal(request, opened, Refused(_("This decision is not in force any more."), 404))
    except NeedsTwo:
        return show_refusal(request, opened, Refused(needs_two_said(), 409))
    offer_undo(request, _("The decision was taken back."), "decisions taken back", [str(row.id)])
    return go_to(base_of(opened) + "identity/")


def make_plan(request: HttpRequest, opened: Opened) -> Plan:
    """What the form asks for, foreseen. Raises `Refused` with a sentence."""
    act = request.POST.get("act", "")
    if act not in VERDICTS:
        raise Refused(_("Choose what to do: split off or join."), 422)
    chosen = chosen_ids(request)
    other = other_root(request, opened, chosen) if act == JOIN else None
    try:
        found = survey({opened.root_id} if other is None else {opened.root_id, other}, opened.held, folds=True)
    except TooMuchToForesee:
        raise Refused(
            _("More than 2,000 identifiers are tied to these profiles: what comes of it cannot be foreseen."), 422
        ) from None
    pairs = pairs_of(found, opened, chosen, other)
    return Plan(act, chosen, pairs, preview_within(found, [(a, b, VERDICTS[act]) for a, b in pairs]), found)


def pairs_of(found: Survey, opened: Opened, chosen: list[int], other: int | None) -> list[Pair]:
    """The pairs to decide about: `other` is the cluster to join with, None to split. Raises `Refused`."""
    try:
        if other is None:
            return pairs_to_split(found.around, opened.root_id, chosen)
        return pairs_to_join(found.around, opened.root_id, other)
    except NothingToSplit:
        raise Refused(
            _("Choose some of the profile's identifiers, but not all of them: the others stay."), 422
        ) from None
    except TooManyTies:
        raise Refused(_("More than 1,000 links tie these to the others. Split fewer off at once."), 422) from None
    except NotOfTheProfile:
        sentence = _("Choose identifiers of this profile only, to split them off.")
        raise Refused(sentence if other is None else _("This profile is no longer here."), 422) from None


def other_root(request: HttpRequest, opened: Opened, chosen: Sequence[int]) -> int:
    """The cluster to join with: of what was typed, else of the chosen identifiers that are another profile's."""
    typed = text_of(request, "other", longest=500)
    if typed:
        roots = {row.root_id for row in meant(typed, opened)} - {opened.root_id}
        if not roots:
            raise Refused(_("Nobody else is found by these words."), 422)
    else:
        rows = Identifier.objects.filter(id__in=chosen).exclude(root_id=opened.root_id)
        roots = set(rows.values_list("root_id", flat=True))
        if not roots:
            raise Refused(_("Choose an identifier of another profile, or type one of its identifiers or its id."), 422)
    if len(roots) > 1:
        raise Refused(_("These are several other profiles. Join with one at a time."), 422)
    return roots.pop()


def meant(typed: str, opened: Opened) -> list[Identifier]:
    """The identifiers that some words may be. Raises `Refused`."""
    try:
        return find_meant(typed, opened.held)
    except BadWords:
        raise Refused(_("This cannot be an identifier. Type an address, a number or an id."), 422) from None


def chosen_ids(request: HttpRequest) -> list[int]:
    """The identifiers that were chosen, by their numbers. Raises `Refused`."""
    given = request.POST.getlist("chosen")
    if len(given) > MOST_CHOSEN:
        raise Refused(_("Choose at most 500 identifiers at once."), 422)
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in given):
        raise Refused(_("Choose again: this is no identifier of the picture."), 422)
    return sorted({int(one) for one in given})


def uuid_of(given: str) -> UUID | None:
    """The id in a form; None: it is none."""
    try:
        return UUID(given) if len(given) <= 40 else None
    except ValueError:
        return None


def show_refusal(request: HttpRequest, opened: Opened, refused: Refused) -> HttpResponse:
    """The tab with the reason why nothing was done, and with what was chosen still chosen."""
    given = [one for one in request.POST.getlist("chosen") if one.isascii() and one.isdecimal() and len(one) < 19]
    chosen = [int(one) for one in given[:MOST_CHOSEN]]
    return show_identity(request, opened, Asked(), status=refused.status, refusal=str(refused), chosen=chosen)


def show_preview(
    request: HttpRequest, opened: Opened, plan: Plan, *, problem: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    """The profiles before and after, side by side."""
    before = foreseen_cards(plan.preview.before, plan.found.members, opened.held)
    after = foreseen_cards(plan.preview.after, plan.found.members, opened.held)
    concerned = {opened.profile_id, *(one.profile_id for one in before)}
    note_reads(request, "staff.identity", sorted(concerned), FIELDS)
    owners = {one.id: card.profile_id for card in before for one in card.members}
    shown = {
        "plan": plan,
        "before": sides_of(before, owners, request, opened, plan),
        "after": sides_of(after, owners, request, opened, plan),
        "contradicts": len(plan.preview.contradicts),
        "problem": problem,
        "wrong": wrong,
        "reason": request.POST.get("reason", "")[:2_000].replace("\x00", ""),
        "other": request.POST.get("other", "")[:500] if plan.act == JOIN else "",
    }
    return show_tab(request, opened, "profile/identity_preview.html", shown, status=status)


def sides_of(
    cards: Iterable[ForeseenCard], owners: Mapping[int, UUID], request: HttpRequest, opened: Opened, plan: Plan
) -> list[SideRow]:
    """The profiles of one side, this one first. `owners`: whose each identifier is today."""
    rows = [side_of(card, owners, request, opened, set(plan.chosen)) for card in cards]
    return sorted(rows, key=lambda row: (not row.here, not row.known, -row.count))


def values_of(card: ForeseenCard) -> frozenset[str]:
    """The values of a profile that must stand in no text."""
    return known_values((one.rule.name, one.value) for one in card.members)


def side_of(
    card: ForeseenCard, owners: Mapping[int, UUID], request: HttpRequest, opened: Opened, chosen: set[int]
) -> SideRow:
    """One profile; nothing in the clear of whom it was not revealed."""
    clear = {one.id: may_see(request, opened, owners[one.id]) for one in card.members}
    name = display_name(card.traits)
    listed = card.members[:MOST_LISTED]
    return SideRow(
        profile_id=card.profile_id,
        path=f"/backoffice/profiles/{card.profile_id}/identity/",
        name=name if all(clear.values()) else masked_name(name, values_of(card)),
        known=card.known,
        here=opened.root_id in clear,
        identifiers=[
            (
                type_said(one.rule.name),
                spelt(one.value if clear[one.id] else masked(one.rule.name, one.value)),
                one.id in chosen,
            )
            for one in listed
        ],
        count=len(card.members),
        more=len(card.members) - len(listed),
        interactions=card.interactions,
    )
