"""What stewards decide about two identifiers, and take back."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from django.db import transaction

from consent.collection import is_restricted
from consent.standing import read_standing
from consent.times import now_microseconds
from profiles.configuration import Configuration, configuration
from profiles.identity.clusters import Clusters
from profiles.identity.identifiers import ensure_identifiers
from profiles.identity.incremental import Changes
from profiles.identity.resolution import resolve_changes, write_touched_cards
from profiles.intake.explode import Canoniser, Named
from profiles.models import Card, Decision, Identifier
from profiles.pipeline import enter_lane, go_through_gate
from profiles.privacy.beginning import refuse_erased

RawIdentifier = tuple[str, str]


class NotAnIdentifier(Exception):
    """A named identifier is blocked, malformed or of a type that does not exist; `position` tells which one."""

    def __init__(self, position: str, reason: str) -> None:
        super().__init__(f"`{position}` is no identifier: {reason}.")
        self.position = position
        self.reason = reason


class SameIdentifier(Exception):
    """Both ends of the decision are one identifier; a decision is about two."""


class NoSuchDecision(Exception):
    """No decision in force has this id."""


class JoinsRestricted(Exception):
    """Processing is restricted for one of the two people: they are joined with nobody until that is lifted."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def record_decision(*, a: RawIdentifier, b: RawIdentifier, verdict: str, reason: str, actor: str) -> Decision:
    """Decide that two identifiers are the `same` person or `different` people; profiles follow at once.

    The identifiers may be ones that no interaction has carried yet: the decision waits for them. Raises
    `NotAnIdentifier`, `SameIdentifier`, `JoinsRestricted`, and `ErasedPerson` where nothing may be stored of one.
    """
    with transaction.atomic():
        held = configuration()
        one, other = _named("a", a, held), _named("b", b, held)
        if one.key == other.key:
            raise SameIdentifier("Both ends name the same identifier; a decision is about two.")
        go_through_gate()
        refuse_erased([one, other])
        ids = ensure_identifiers([one, other]).ids
        low, high = sorted((ids[one.key], ids[other.key]))
        enter_lane()
        held = configuration()
        if verdict == Decision.Verdict.SAME and is_any_restricted((low, high)):
            raise JoinsRestricted
        decision = Decision.objects.create(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            a_id=low,
            b_id=high,
            verdict=verdict,
            decided_at=datetime.now(UTC),
            actor=actor,
            reason=reason,
        )
        resolve_decisions({(low, high)}, held)
    return decision


def withdraw_decision(*, id: UUID, actor: str) -> Decision:  # noqa: A002 - the field's name
    """Take a decision back: it is as if it had not been made. The row stays, with who withdrew it and when."""
    with transaction.atomic():
        enter_lane()
        held = configuration()
        decision = Decision.objects.filter(id=id, withdrawn_at=None).first()
        if decision is None:
            raise NoSuchDecision("No decision in force has this id.")
        decision.withdrawn_at = datetime.now(UTC)
        decision.withdrawn_by = actor
        decision.save(update_fields=["withdrawn_at", "withdrawn_by"])
        resolve_decisions({(decision.a_id, decision.b_id)}, held)
    return decision


def resolve_decisions(pairs: set[tuple[int, int]], held: Configuration) -> None:
    """Bring clusters and cards up to date after decisions about some pairs were made or taken back."""
    ids = {id_ for pair in pairs for id_ in pair}
    clusters = Clusters(held)
    clusters.load(ids)
    changes = Changes(decisions=set(pairs), born={id_ for id_ in ids if clusters.is_born(id_)})
    touched = resolve_changes(changes, clusters)
    touched.roots.update(clusters.members[id_].root for id_ in ids)
    ranks = {source.id: source.rank for source in held.sources.values()}
    write_touched_cards(clusters, touched, held, ranks)


def is_any_restricted(identifier_ids: Collection[int]) -> bool:
    """Whether all processing is restricted for one of the profiles that hold some identifiers."""
    roots = Identifier.objects.filter(id__in=identifier_ids).values("root_id")
    cards = Card.objects.filter(root_id__in=roots).values_list("consents", flat=True)
    return any(is_restricted(read_standing(bytes(consents)), now_microseconds()) for consents in cards)


def _named(position: str, raw: RawIdentifier, held: Configuration) -> Named:
    named = Canoniser(held).named(raw, "")
    if isinstance(named, str):
        raise NotAnIdentifier(position, named)
    return named
