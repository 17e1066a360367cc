"""The kinds of cases, in the order in which the work list shows them."""

from profiles.review.kinds.case_kind import CaseKind
from profiles.review.kinds.contradictions import Contradiction
from profiles.review.kinds.proposals import ProposedMerge
from profiles.review.kinds.put_aside import DroppedIdentifiers, QuarantinedEvents
from profiles.review.kinds.refused_links import RefusedLink
from profiles.review.kinds.shared import NearlyShared, SharedIdentifier


class NoSuchKind(LookupError):
    """There is no kind of case of this name."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


KINDS: dict[str, CaseKind] = {
    kind.name: kind
    for kind in (
        ProposedMerge(),
        Contradiction(),
        RefusedLink(),
        SharedIdentifier(),
        NearlyShared(),
        QuarantinedEvents(),
        DroppedIdentifiers(),
    )
}


def kind_named(name: str) -> CaseKind:
    """A kind; raises `NoSuchKind`."""
    if name not in KINDS:
        raise NoSuchKind
    return KINDS[name]
