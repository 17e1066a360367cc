"""From accepted batches to interactions that are ready to be stored."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from consent.times import microseconds
from profiles.configuration import Configuration, SourceSettings
from profiles.identity.canonical import Dropped, canonical, digest_bytes
from profiles.identity.types import TypeRule
from profiles.intake.observed import NotUnderstood, Observed, RawIdentifier
from profiles.intake.wire import read_batch

Key = tuple[int, bytes]  # identifier type id, digest


@dataclass(slots=True)
class Batch:
    """An inbox row. `tried_again`: it comes out of quarantine."""

    id: int
    source: SourceSettings
    received_at: datetime
    dialect: str
    context: dict[str, Any]
    body: bytes
    events: int
    tried_again: bool = False


@dataclass(slots=True)
class Named:
    """An identifier in its canonical form."""

    key: Key
    rule: TypeRule
    value: str


@dataclass(slots=True)
class Prepared:
    """An interaction, canonical. `named` is sorted, the anchor first; `same` is what an alias ties.

    `tried_again`: it comes out of quarantine.
    """

    id: UUID
    source: SourceSettings
    received_at: datetime
    dialect: str
    context: dict[str, Any]
    observed: Observed
    verified: bool
    linkable: bool
    named: list[Named]
    same: list[Named]
    dropped: list[dict[str, str]] = field(default_factory=list)
    tried_again: bool = False


@dataclass(slots=True)
class Refused:
    """An event for the quarantine."""

    batch: Batch
    body: bytes
    reason: str


class Canoniser:
    """Turns raw identifiers into canonical ones, once each for a batch."""

    def __init__(self, configuration: Configuration) -> None:
        self._types = configuration.types
        self._key: bytes = settings.IDENTIFIER_KEY
        self._held: dict[tuple[str, str, str], Named | str] = {}

    def named(self, raw: RawIdentifier, region: str) -> Named | str:
        """The identifier, or the reason why it is none."""
        held = self._held.get((*raw, region))
        if held is None:
            held = self._held[(*raw, region)] = self._look(raw, region)
        return held

    def _look(self, raw: RawIdentifier, region: str) -> Named | str:
        rule = self._types.get(raw[0])
        if rule is None:
            return "unknown type"
        try:
            value = canonical(rule, raw[1], region=region)
        except Dropped as dropped:
            return dropped.reason
        return Named((rule.id, digest_bytes(self._key, value)), rule, value)


def interaction_id(source_id: int, message_id: str) -> UUID:
    """The id of an interaction, made of what identifies it: (source, message id)."""
    return UUID(bytes=hashlib.sha256(f"{source_id}\n{message_id}".encode()).digest()[:16])


def explode(batches: Iterable[Batch], configuration: Configuration) -> Iterator[Prepared | Refused]:
    """Every event of the batches, in order: prepared, or refused with its reason."""
    canoniser = Canoniser(configuration)
    for batch in batches:
        for event in read_batch(
            dialect=batch.dialect,
            body=batch.body,
            context=batch.context,
            received_at=microseconds(batch.received_at),
            source=batch.source,
        ):
            if isinstance(event, NotUnderstood):
                yield Refused(batch, event.body, event.reason)
            else:
                yield prepare(
                    event,
                    batch.source,
                    batch.received_at,
                    batch.dialect,
                    batch.context,
                    canoniser,
                    batch.tried_again,
                )


def prepare(
    observed: Observed,
    source: SourceSettings,
    received_at: datetime,
    dialect: str,
    context: dict[str, Any],
    canoniser: Canoniser,
    tried_again: bool = False,
) -> Prepared:
    """Canonicalise; leave out the blocked and the malformed, reported without their value (identity.md)."""
    dropped = list(observed.dropped)
    named = _distinct(observed.identifiers, source.region, canoniser, dropped)
    named.sort(key=lambda item: (item.rule.rank, item.value.encode()))
    return Prepared(
        id=interaction_id(source.id, observed.message_id),
        source=source,
        received_at=received_at,
        dialect=dialect,
        context=context,
        observed=observed,
        verified=source.trusted or hash_is_valid(observed, source.signing_secret),
        linkable=observed.consent.get("unification", True),
        named=named,
        same=_distinct(observed.same, source.region, canoniser, dropped) if observed.same else [],
        dropped=dropped,
        tried_again=tried_again,
    )


def _distinct(
    raws: list[RawIdentifier], region: str, canoniser: Canoniser, dropped: list[dict[str, str]]
) -> list[Named]:
    found: dict[Key, Named] = {}
    for raw in raws:
        result = canoniser.named(raw, region)
        if isinstance(result, Named):
            found.setdefault(result.key, result)
        else:
            report = {"type": raw[0], "reason": result}
            if report not in dropped:
                dropped.append(report)
    return list(found.values())


def hash_is_valid(observed: Observed, signing_secret: str) -> bool:
    """Whether `context.identityHash` is the HMAC-SHA256 of the user id under the source's secret."""
    if not signing_secret or not observed.identity_hash or not observed.hashed_user_id:
        return False
    expected = hmac.new(signing_secret.encode(), observed.hashed_user_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), observed.identity_hash.lower().encode("utf-8", "replace"))


def context_json(context: dict[str, Any]) -> str:
    """The request's context as it is stored."""
    return msgspec.json.encode(context, order="sorted").decode()
