"""Merges that need two members of staff: proposed by one, approved or refused by another, withdrawn by the first."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from django.conf import settings
from django.db import transaction

from profiles.identity.decisions import record_decisions
from profiles.models import Identifier, Interaction, ReviewCase, ReviewProposal
from profiles.pipeline import enter_lane

MERGES = "merge"
PROPOSED = "proposed"
Pair = tuple[int, int]


class NoSuchProposal(LookupError):
    """Nothing of this number waits for a second pair of eyes."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotYourOwn(Exception):
    """Whoever proposed a merge cannot approve or refuse it: a second member of staff has to look."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class OnlyYourOwn(Exception):
    """Only whoever proposed a merge can withdraw it; refuse it instead."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def size_held_back(identifier_ids: Collection[int]) -> int | None:
    """How many identifiers the largest of the profiles of some identifiers holds, where two members of staff have to
    agree to one so large; None: one is enough. By identifiers or by interactions, whichever is above the number."""
    if MERGES not in settings.FOUR_EYES:
        return None
    roots = Identifier.objects.filter(id__in=identifier_ids).values("root_id")
    profiles: dict[int, list[int]] = {}
    for id_, root in Identifier.objects.filter(root_id__in=roots).values_list("id", "root_id"):
        profiles.setdefault(root, []).append(id_)
    large = [len(ids) for ids in profiles.values() if is_large(ids)]
    return max(large) if large else None


def is_large(identifier_ids: Collection[int]) -> bool:
    """Whether these are more identifiers, or have more interactions, than one member of staff may join."""
    above = settings.FOUR_EYES_ABOVE
    if len(identifier_ids) > above:
        return True
    return Interaction.objects.filter(anchor_id__in=identifier_ids)[: above + 1].count() > above


def propose_decisions(*, pairs: Sequence[Pair], verdict: str, reason: str, size: int, actor: str) -> ReviewProposal:
    """Keep decisions until another member of staff agrees to them. The same, proposed again, is one proposal."""
    a_ids, b_ids = [min(one) for one in pairs], [max(one) for one in pairs]
    waiting = ReviewProposal.objects.filter(a_ids=a_ids, b_ids=b_ids, verdict=verdict, actor=actor, state="waiting")
    return waiting.first() or ReviewProposal.objects.create(
        id=UUID(bytes=uuid_utils.uuid7().bytes),
        a_ids=a_ids,
        b_ids=b_ids,
        verdict=verdict,
        reason=reason,
        size=size,
        actor=actor,
    )


def approve_proposal(*, id: UUID, note: str, actor: str) -> list[UUID]:  # noqa: A002 - the field's name
    """Decide what a colleague proposed, under both names; the decisions' ids.

    Raises `NoSuchProposal`, `NotYourOwn`, and what `record_decisions` raises.
    """
    with transaction.atomic():
        enter_lane()
        row = _locked(id)
        if row.actor == actor:
            raise NotYourOwn
        reason = "\n".join(filter(None, [row.reason, f"Proposed by {row.actor}, approved by {actor}.", note]))
        pairs = list(zip(row.a_ids, row.b_ids, strict=True))
        made = record_decisions(pairs=pairs, verdict=row.verdict, reason=reason, actor=row.actor)
        row.decision_ids = [one.id for one in made]
        _end(row, ReviewProposal.State.APPROVED, note, actor)
        return list(row.decision_ids)


def refuse_proposal(*, id: UUID, note: str, actor: str) -> list[UUID]:  # noqa: A002
    """Refuse what a colleague proposed: nothing follows. Raises `NoSuchProposal` and `NotYourOwn`."""
    with transaction.atomic():
        row = _locked(id)
        if row.actor == actor:
            raise NotYourOwn
        _end(row, ReviewProposal.State.REFUSED, note, actor)
        _ask_again(row)
    return []


def withdraw_proposal(*, id: UUID, note: str, actor: str) -> list[UUID]:  # noqa: A002
    """Take back what one proposed. Raises `NoSuchProposal` and `OnlyYourOwn`."""
    with transaction.atomic():
        row = _locked(id)
        if row.actor != actor:
            raise OnlyYourOwn
        _end(row, ReviewProposal.State.WITHDRAWN, note, actor)
        _ask_again(row)
    return []


def propose_anew(decision_ids: Collection[UUID]) -> None:
    """Let a proposal wait again whose approval was taken back."""
    rows = ReviewProposal.objects.filter(decision_ids__overlap=list(decision_ids), state="approved")
    rows.update(state=ReviewProposal.State.WAITING, ended_by="", ended_at=None, note="", decision_ids=[])


def _locked(id_: UUID) -> ReviewProposal:
    row = ReviewProposal.objects.select_for_update().filter(id=id_, state="waiting").first()
    if row is None:
        raise NoSuchProposal
    return row


def _end(row: ReviewProposal, state: str, note: str, actor: str) -> None:
    row.state, row.note, row.ended_by, row.ended_at = state, note, actor, datetime.now(UTC)
    row.save()


def _ask_again(row: ReviewProposal) -> None:
    """Open the case anew whose answer was this proposal: nothing came of it."""
    cases = ReviewCase.objects.filter(answer=PROPOSED, details__proposal=str(row.id), state="answered")
    cases.update(state="open", answer="", note="", answered_by="", answered_at=None, last_at=datetime.now(UTC))
