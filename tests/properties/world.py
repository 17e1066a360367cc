"""A small world for property tests: events in, through the real inbox and the real workers, profiles out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from profiles.models import (
    Card,
    ConfigurationVersion,
    Identifier,
    IdentifierType,
    Inbox,
    Interaction,
    Quarantine,
    Source,
)
from profiles.pipeline import take_batches
from tests.factories.shipped import restore_shipped

START = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = (
    "inbox, interaction, quarantine, identifier, link, decision, trait_fact, fold, card, trait_rule, source_key,"
    " configuration_change, source, identifier_type, consent_decision, unification_due, consent_confirmation,"
    " collection_drop, source_minute, suppression_entry, suppressed_count, privacy_task, erasure_log_position"
)


@dataclass(frozen=True)
class Event:
    """One event of a test: who carries what, when, as which message."""

    message_id: str
    identifiers: tuple[tuple[str, str], ...]
    minute: int
    traits: tuple[tuple[str, Any], ...] = ()
    revenue: int | None = None
    source: str = "server"
    consent: tuple[tuple[str, bool], ...] = ()
    name: str = "Seen"

    def body(self) -> dict[str, Any]:
        """The event as a client would post it."""
        context: dict[str, Any] = {
            "externalIds": [{"id": value, "type": kind} for kind, value in self.identifiers],
            "traits": dict(self.traits),
        }
        if self.consent:
            context["consent"] = {"categoryPreferences": dict(self.consent)}
        properties = {} if self.revenue is None else {"revenue": self.revenue, "currency": "EUR"}
        return {
            "type": "track",
            "event": self.name,
            "messageId": self.message_id,
            "timestamp": (START + timedelta(minutes=self.minute)).isoformat(),
            "context": context,
            "properties": properties,
        }


@dataclass
class Types:
    """The identifier types of a world: name to the fields of identity.md."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    def create(self) -> None:
        """Write them, and raise the version so that the workers see them."""
        for name, values in self.fields.items():
            IdentifierType.objects.create(name=name, normaliser="trim", **values)


def empty_world(types: Types) -> None:
    """Nothing but the types and two sources."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        cursor.execute("UPDATE configuration_version SET version = version + 1")
        if cursor.rowcount == 0:
            ConfigurationVersion.objects.create()
    restore_shipped()
    settings.ERASURE_LOG.unlink(missing_ok=True)
    types.create()
    Source.objects.create(name="server", channel="web", trust="server")
    Source.objects.create(name="public", channel="app", trust="public", rank=200)


def post(events: Iterable[Event]) -> None:
    """Accept events as one batch per source, as the intake door does."""
    by_source: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_source.setdefault(event.source, []).append(event.body())
    for name, bodies in by_source.items():
        Inbox.objects.create(
            source=Source.objects.get(name=name),
            dialect="segment",
            context={"path_type": "batch"},
            body=json.dumps({"batch": bodies}).encode(),
            events=len(bodies),
        )


def work() -> None:
    """Do as the workers do until nothing waits."""
    while take_batches().batches:
        pass
    assert not Quarantine.objects.exists(), Quarantine.objects.values_list("reason", flat=True)


def play(batches: Sequence[Sequence[Event]]) -> None:
    """Post and work off one batch after the other."""
    for batch in batches:
        post(batch)
        work()


def names() -> dict[int, tuple[str, str]]:
    """Each identifier by id: (type, value)."""
    return {row[0]: (row[1], row[2]) for row in Identifier.objects.values_list("id", "type__name", "value")}


def partition() -> set[frozenset[tuple[str, str]]]:
    """The clusters, as sets of (type, value)."""
    known = names()
    clusters: dict[int, set[tuple[str, str]]] = {}
    for id_, root in Identifier.objects.values_list("id", "root_id"):
        clusters.setdefault(root, set()).add(known[id_])
    return {frozenset(members) for members in clusters.values()}


def profiles() -> dict[frozenset[tuple[str, str]], dict[str, Any]]:
    """What each profile shows, by its members; ids, which depend on what was stored first, aside."""
    known = names()
    members: dict[int, set[tuple[str, str]]] = {}
    for id_, root in Identifier.objects.values_list("id", "root_id"):
        members.setdefault(root, set()).add(known[id_])
    shown = {}
    for card in Card.objects.all():
        shown[frozenset(members[card.root_id])] = {
            "known": card.known,
            "bridged": card.bridged,
            "claimed": card.claimed,
            "contested": card.contested,
            "seen": (card.first_seen, card.last_seen),
            "traits": bytes(card.traits),
            "provenance": bytes(card.provenance),
            "counters": bytes(card.counters),
            "consents": bytes(card.consents),
            "recent": bytes(card.recent),
            "timeline": timeline(members[card.root_id], known),
        }
    return shown


def timeline(members: set[tuple[str, str]], known: dict[int, tuple[str, str]]) -> list[tuple[datetime, str]]:
    """The interactions anchored on the members, in order."""
    anchors = [id_ for id_, name in known.items() if name in members]
    rows = Interaction.objects.filter(anchor_id__in=anchors).order_by("occurred_at", "id")
    return list(rows.values_list("occurred_at", "message_id"))
