"""The configuration in memory: sources, keys, types, trait rules and purposes, as of one version.

Every change raises `configuration_version`. A process compares that number, read along with its own
query, with the one that it holds and loads anew when they differ, so that a change is in force at once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from consent.purpose_reading import load_purposes
from consent.purposes import Purposes
from consent.signals.reading import SignalRules
from profiles.identity.types import TypeRule
from profiles.models import (
    ConfigurationChange,
    ConfigurationVersion,
    IdentifierType,
    Source,
    SourceKey,
    TraitRule,
)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """A source as the pipeline needs it. `trusted` is False for a public source, whose words are claims.

    `corrects`: it is the service's own, for what people had corrected, and nobody's word stands above it.
    """

    id: int
    name: str
    channel: str
    trusted: bool
    region: str
    rank: int
    rate_limit: int | None  # events a second; None: unlimited
    signing_secret: str
    mappings: dict[str, str]
    signal_rules: SignalRules
    consent_rules: dict[str, str]  # purpose to what is done with events where it is denied
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class KeySettings:
    """A write key that is neither revoked nor of a disabled source."""

    source: SourceSettings
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of it, of one version."""

    version: int
    sources: dict[int, SourceSettings]
    keys: dict[bytes, KeySettings]  # by SHA-256 of the write key
    types: dict[str, TypeRule]  # by name
    types_by_id: dict[int, TypeRule]
    trait_rules: dict[str, str]  # trait name to rule; a missing one is `latest`
    trait_categories: dict[str, str]  # trait name to data category; a missing one has none
    purposes: Purposes


PUBLIC_RATE_LIMIT = 1000
CORRECTING = 0  # the rank that no channel can have

_held: Configuration | None = None


def read_version() -> int:
    """The version in the database now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM configuration_version")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def configuration(version: int | None = None) -> Configuration:
    """The configuration held, loaded anew unless it is of `version` (None: of the version in the database)."""
    global _held
    if version is None:
        version = read_version()
    if _held is None or _held.version != version:
        _held = load_configuration()
    return _held


def held_configuration() -> Configuration:
    """The configuration held, however old: for callers that check its version with their own query."""
    return _held if _held is not None else configuration()


def forget_configuration() -> None:
    """Hold nothing: for a process whose database was put back, as tests do, so that numbers may come again."""
    global _held
    _held = None


def load_configuration() -> Configuration:
    """Read everything, the number first: what changes meanwhile has a higher one and is read again."""
    version = read_version()
    rows = list(Source.objects.all())
    purposes = load_purposes()
    sources = {row.id: source_settings(row, purposes) for row in rows}
    enabled = {row.id for row in rows if row.disabled_at is None}
    keys = {
        bytes(key.digest): KeySettings(sources[key.source_id], key.expires_at)
        for key in SourceKey.objects.filter(revoked_at=None)
        if key.source_id in enabled
    }
    types = [type_rule(row) for row in IdentifierType.objects.all()]
    traits = list(TraitRule.objects.values_list("name", "rule", "category"))
    return Configuration(
        version=version,
        sources=sources,
        keys=keys,
        types={rule.name: rule for rule in types},
        types_by_id={rule.id: rule for rule in types},
        trait_rules={name: rule for name, rule, _ in traits if rule != TraitRule.Rule.LATEST},
        trait_categories={name: category for name, _, category in traits if category},
        purposes=purposes,
    )


def source_settings(source: Source, purposes: Purposes) -> SourceSettings:
    """A source's row as plain values; a public source has a rate limit unless it was set otherwise."""
    trusted = source.trust == Source.Trust.SERVER
    limit = source.rate_limit if source.rate_limit is not None else (None if trusted else PUBLIC_RATE_LIMIT)
    return SourceSettings(
        id=source.id,
        name=source.name,
        channel=source.channel,
        trusted=trusted,
        region=source.region,
        rank=source.rank,
        rate_limit=limit,
        signing_secret=source.signing_secret,
        mappings=dict(source.mappings),
        signal_rules=SignalRules(
            categories={
                category: (named,) if isinstance(named, str) else tuple(named)
                for category, named in source.consent_categories.items()
            },
            purposes=purposes.keys,
            tcf_vendor=settings.TCF_VENDOR_ID,
        ),
        consent_rules=dict(source.consent_rules),
        corrects=source.rank == CORRECTING,
    )


def type_rule(row: IdentifierType) -> TypeRule:
    """A type's row as plain values."""
    return TypeRule(
        id=row.id,
        name=row.name,
        rank=row.rank,
        person=row.person,
        per_profile=row.per_profile,
        ownership=row.ownership,
        shared_above=row.shared_above,
        normaliser=row.normaliser,
        blocked=tuple(row.blocked),
    )


def want_rebuild(wanted: bool) -> bool:
    """Note that what is stored must be recomputed; the same truth value. Call it in the change's own transaction.

    The note stands until a rebuild of this version has ended, so a task that is lost is asked for again.
    """
    if wanted:
        ConfigurationVersion.objects.update(rebuild_wanted=True)
    return wanted


def rebuild_is_wanted() -> bool:
    """Whether a change of rules is not applied yet to what was stored before it."""
    return ConfigurationVersion.objects.filter(rebuild_wanted=True).exists()


def record_change(*, actor: str, subject: str, before: Any, after: Any) -> None:
    """Write the audit row of a change and raise the version. Call it in the change's own transaction."""
    ConfigurationChange.objects.create(actor=actor, subject=subject, before=before, after=after)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE configuration_version SET version = version + 1")
        if cursor.rowcount == 0:
            ConfigurationVersion.objects.create()
