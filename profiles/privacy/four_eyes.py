"""Which erasures two people approve: of somebody of whom much is stored, where the deployment wants it (ADR 0035).

How much is stored is counted when it is asked, over what is done without a review.
"""

from django.conf import settings

from consent.requests.approvals import ONE, TWO
from consent.requests.kinds import AUTOMATIC, ERASURE
from profiles.models import Interaction
from profiles.privacy.people import Person

ERASURES = "erasure"


def needs_two(type_name: str, person: Person) -> bool:
    """Whether a request of a type about this person is done only once two approved it."""
    return type_name == ERASURE and ERASURES in settings.FOUR_EYES and is_large(person, settings.FOUR_EYES_ABOVE)


def approvals_wanted(type_name: str, person: Person) -> int:
    """How many have to approve a request that awaits approval."""
    return TWO if needs_two(type_name, person) else ONE


def is_large(person: Person, above: int) -> bool:
    """Whether somebody has more identifiers, or more interactions, than a number; no more than those are counted."""
    ids = [id_ for group in sorted(AUTOMATIC) for id_ in person.scope.get(group, ())]
    return len(ids) > above or Interaction.objects.filter(anchor_id__in=ids)[: above + 1].count() > above
