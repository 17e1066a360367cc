"""What stewards decide about two identifiers, and take back."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from django.db import transaction

from consent.collection import is_restricted
from consent.standing import read_standing
from consent.times import now_microseconds
from profiles.configuration import Configuration, configuration
from profiles.identity.clustering import Pair, pair
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


class NoSuchIdentifier(Exception):
    """One of the identifiers is not stored, or no longer."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


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
        [decision] = store_verdict([(low, high)], verdict, reason, actor)
        resolve_decisions({(low, high)}, held)
    return decision


def record_decisions(*, pairs: Sequence[Pair], verdict: str, reason: str, actor: str) -> list[Decision]:
    """Decide the same of several pairs of stored identifiers, by their ids, in one act; profiles follow at once.

    The decisions are in the order of the pairs, of which each counts once, whichever end is named first. Raises
    `SameIdentifier`, `NoSuchIdentifier` and `JoinsRestricted`, and then nothing is decided.
    """
    ordered = list(dict.fromkeys(pair(*ends) for ends in pairs))
    if any(low == high for low, high in ordered):
        raise SameIdentifier("Both ends name the same identifier; a decision is about two.")
    ids = {end for ends in ordered for end in ends}
    with transaction.atomic():
        enter_lane()
        held = configuration()
        if Identifier.objects.filter(id__in=ids).count() != len(ids):
            raise NoSuchIdentifier
        if verdict == Decision.Verdict.SAME and is_any_restricted(ids):
            raise JoinsRestricted
        decisions = store_verdict(ordered, verdict, reason, actor)
        if decisions:
            resolve_decisions(set(ordered), held)
    return decisions


def store_verdict(pairs: Sequence[Pair], verdict: str, reason: str, actor: str) -> list[Decision]:
    """The rows of a verdict about some pairs, all of one instant."""
    now = datetime.now(UTC)
    return Decision.objects.bulk_create(
        Decision(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            a_id=low,
            b_id=high,
            verdict=verdict,
            decided_at=now,
            actor=actor,
            reason=reason,
        )
        for low, high in pairs
    )


def withdraw_decision(*, id: UUID, actor: str) -> Decision:  # noqa: A002 - the field's name
    """Take a decision back: it is as if it had not been made. The row stays, with who withdrew it and when."""
    [decision] = withdraw_decisions(ids=[id], actor=actor)
    return decision


def withdraw_decisions(*, ids: Collection[UUID], actor: str) -> list[Decision]:
    """Take several decisions back in one act, all or none: raises `NoSuchDecision` where one is not in force."""
    with transaction.atomic():
        enter_lane()
        held = configuration()
        decisions = list(Decision.objects.filter(id__in=ids, withdrawn_at=None))
        if not decisions or len(decisions) != len(set(ids)):
            raise NoSuchDecision("No decision in force has this id.")
        now = datetime.now(UTC)
        for decision in decisions:
            decision.withdrawn_at, decision.withdrawn_by = now, actor
        Decision.objects.bulk_update(decisions, ["withdrawn_at", "withdrawn_by"])
        resolve_decisions({(decision.a_id, decision.b_id) for decision in decisions}, held)
    return decisions


def reinstate_decisions(*, ids: Collection[UUID]) -> None:
    """Put decisions that were taken back into force again, as they stood: the act of taking back is undone.

    Raises `NoSuchDecision` where one is not there, or was not taken back.
    """
    with transaction.atomic():
        enter_lane()
        held = configuration()
        decisions = list(Decision.objects.filter(id__in=ids, withdrawn_at__isnull=False))
        if len(decisions) != len(set(ids)):
            raise NoSuchDecision("No decision that was taken back has this id.")
        Decision.objects.filter(id__in=ids).update(withdrawn_at=None, withdrawn_by="")
        resolve_decisions({(decision.a_id, decision.b_id) for decision in decisions}, held)


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
