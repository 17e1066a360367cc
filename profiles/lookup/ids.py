"""What an id that somebody pasted leads to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from consent.finding import find_accessed, find_receipted, is_request
from profiles.configuration import Configuration
from profiles.intake.explode import interaction_id
from profiles.lookup.guesses import Guesses
from profiles.models import Decision, Identifier, Interaction

PROFILE, FORMER, INTERACTION, MESSAGE = "profile_id", "former_id", "interaction_id", "message_id"
DECISION, ACCESS, RECEIPT = "decision_id", "access_id", "receipt_id"


@dataclass(slots=True)
class Led:
    """Where an id leads: the kinds of ids by the identifier whose profile it is, and requests."""

    identifiers: dict[int, list[str]] = field(default_factory=dict)
    requests: list[UUID] = field(default_factory=list)

    def add(self, kind: str, identifier_ids: Iterable[int | None]) -> None:
        """Note that an id of a kind leads to the profiles of some identifiers."""
        for id_ in identifier_ids:
            if id_ is not None:
                self.identifiers.setdefault(id_, []).append(kind)


def follow_ids(guesses: Guesses, held: Configuration) -> Led:
    """Whatever the words are the id of."""
    led = Led()
    _follow_interactions(guesses, held, led)
    if guesses.id is None:
        return led
    accessed = find_accessed(guesses.id)
    for id_, profile_id in Identifier.objects.filter(profile_id__in={guesses.id, accessed or guesses.id}).values_list(
        "id", "profile_id"
    ):
        led.add(PROFILE if profile_id == guesses.id else ACCESS, [id_])
    led.add(DECISION, _ends_of(guesses.id))
    led.add(RECEIPT, find_receipted(guesses.id)[:1])
    if is_request(guesses.id):
        led.requests.append(guesses.id)
    return led


def _follow_interactions(guesses: Guesses, held: Configuration, led: Led) -> None:
    """By their own id, or by the message id that a client gave, which is unique within its source."""
    ids = [interaction_id(source, guesses.message_id) for source in held.sources] if guesses.message_id else []
    asked = ids if guesses.id is None else [*ids, guesses.id]
    if asked:
        for id_, anchor in Interaction.objects.filter(id__in=asked).values_list("id", "anchor_id"):
            led.add(INTERACTION if id_ == guesses.id else MESSAGE, [anchor])


def _ends_of(decision_id: UUID) -> Iterable[int]:
    ends = Decision.objects.filter(id=decision_id).values_list("a_id", "b_id").first()
    return ends or ()
