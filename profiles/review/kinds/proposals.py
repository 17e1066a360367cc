"""Decisions that one member of staff asked for and another must agree to."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from profiles.models import ReviewCase, ReviewProposal
from profiles.review.kinds.case_kind import Answer, Candidate, CaseKind, Done, Found, Side, Words
from profiles.review.knowledge import known_about_people
from profiles.review.proposing import approve_proposal, refuse_proposal, withdraw_proposal

NAME = "proposed_merge"


class ProposedMerge(CaseKind):
    """A merge above the size that one member of staff may decide alone."""

    name: ClassVar[str] = NAME
    title: ClassVar[Words] = _("Merges that need a second pair of eyes")
    question: ClassVar[Words] = _("A colleague wants to join these into one large profile. Do you agree?")
    stake: ClassVar[Any] = ngettext_lazy("%(n)s identifier", "%(n)s identifiers", "n")
    reasons = (_("I checked both"), _("The evidence is too thin"), _("Two people who share a device"))

    def find(self, position: str, most: int) -> Found:
        """None: whoever proposes one opens its case. One that was left behind is found by its state."""
        return Found([candidate_of(row) for row in ReviewProposal.objects.filter(state="waiting")[:most]])

    def still_open(self, case: ReviewCase) -> bool:
        """Whether nobody has approved, refused or withdrawn it."""
        return waiting(case) is not None

    def known_about(self, cases: Collection[ReviewCase]) -> dict[UUID, str]:
        """How many identifiers and traits those concerned have."""
        return known_about_people(cases)

    def asked_because(self, case: ReviewCase) -> str:
        """Why whoever proposed it wants it."""
        row = waiting(case)
        return "" if row is None else row.reason

    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """The profiles that would be joined."""
        row = waiting(case)
        ends = [] if row is None else list(dict.fromkeys([*row.a_ids, *row.b_ids]))
        return [Side(end) for end in ends]

    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """Approve or refuse what a colleague proposes; take back what one proposed oneself."""
        row = waiting(case)
        if row is None:
            return []
        if row.actor == actor:
            return [_answer("withdraw", _("Take it back"), _("Nothing is joined."), "d", row.id)]
        told = [(a, b, row.verdict) for a, b in zip(row.a_ids, row.b_ids, strict=True)]
        return [
            _answer("approve", _("Approve"), _("They become one profile, under both your names."), "s", row.id, told),
            _answer("refuse", _("Refuse"), _("Nothing is joined."), "d", row.id),
        ]


def candidate_of(row: ReviewProposal) -> Candidate:
    """The case of a proposal."""
    ids = tuple(dict.fromkeys([*row.a_ids, *row.b_ids]))
    return Candidate(str(row.id), ids, row.size, {"proposal": str(row.id), "by": row.actor})


def waiting(case: ReviewCase) -> ReviewProposal | None:
    """The proposal of a case, while it waits."""
    return ReviewProposal.objects.filter(id=case.details["proposal"], state="waiting").first()


ACTS = {"approve": approve_proposal, "refuse": refuse_proposal, "withdraw": withdraw_proposal}


def _answer(name: str, label: Words, does: Words, key: str, id_: UUID, told: Any = ()) -> Answer:
    def perform(note: str, by: str) -> Done:
        return Done(decision_ids=ACTS[name](id=id_, note=note, actor=by))

    return Answer(name, label, does, key, told=told, perform=perform, final=name != "approve")
