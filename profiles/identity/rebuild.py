"""Recompute everything from what was observed and decided. It should change nothing; it says so if it does.

All in one transaction in the resolver lane: readers see the old state until the new one stands, intake goes on, and
a rebuild that fails leaves everything as it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db import connection, transaction

from consent.ledger_reading import decisions_after, said_by_identifier
from consent.locks import Lock
from profiles.configuration import Configuration, configuration
from profiles.consents.events import append_said
from profiles.consents.taking import hear, ranks_of
from profiles.database import BigInts, Booleans, Moments, Texts, Uuids, binary_cursor
from profiles.golden.facts import store_facts
from profiles.identity.clusters import Clusters
from profiles.identity.decisions import resolve_decisions
from profiles.identity.denial import mark_denied, nothing_said_allows
from profiles.identity.identifiers import ensure_identifiers
from profiles.identity.resolution import Touched, write_touched_cards
from profiles.intake.explode import Key, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction, prepare_stored
from profiles.models import ConfigurationVersion
from profiles.pipeline import apply, close_gate, enter_lane, said_by

CHUNK = 2000

# What a profile shows, in one row: what a rebuild must not change.
SHOWN = (
    "root_id, profile_id, known, bridged, claimed, contested, first_seen, last_seen, traits, provenance, counters,"
    " consents, recent, restricted"
)

# What a link says. Where several rules refuse one, which of them is named may depend on which was broken first.
TOLD = (
    "a_id, b_id, first_at, last_at, count, sources, verified, first_interaction, last_interaction, refused = '',"
    " refused LIKE 'shared:%'"
)

KEEP_OLD = (
    "CREATE TEMP TABLE old_identifier ON COMMIT DROP AS SELECT id, root_id, shared, verified, denied FROM identifier",
    f"CREATE TEMP TABLE old_card ON COMMIT DROP AS SELECT {SHOWN} FROM card",  # noqa: S608 - our own constant
    "CREATE TEMP TABLE old_fact ON COMMIT DROP AS SELECT * FROM trait_fact",
    "CREATE TEMP TABLE old_link ON COMMIT DROP AS SELECT * FROM link",
)

START_IDENTIFIERS_ANEW = """
    UPDATE identifier SET root_id = id, shared = false, verified = false, denied = false
    WHERE root_id <> id OR shared OR verified OR denied
"""
FORGET = (
    "DELETE FROM card",
    "DELETE FROM fold",
    "DELETE FROM trait_fact",
    "DELETE FROM link WHERE NOT probabilistic",
    "DELETE FROM decision WHERE actor = 'system:alias' AND withdrawn_at IS NULL",
    "DELETE FROM unification_due",
    START_IDENTIFIERS_ANEW,
)

# What to compare: the columns, the table and the copy of it as it stood.
COMPARED = {
    "clusters": ("id, root_id", "identifier", "old_identifier"),
    "identifiers": ("id, shared, verified, denied", "identifier", "old_identifier"),
    "profiles": (SHOWN, "card", "old_card"),
    "facts": ("*", "trait_fact", "old_fact"),
    "links": (TOLD, "link", "old_link"),
}

READ_INTERACTIONS = f"SELECT {COLUMNS} FROM interaction WHERE id > %b ORDER BY id LIMIT %b"  # noqa: S608 - our own constant

# A second rebuild would only wait for the first and then do the same again.
TRY_TO_BE_THE_ONE = f"SELECT pg_try_advisory_xact_lock({Lock.REBUILD:d})"

FIND_WITHOUT_CARD = """
    SELECT identifier.id FROM identifier JOIN fold ON fold.identifier_id = identifier.id
    WHERE identifier.id > %b::bigint AND NOT EXISTS (SELECT 1 FROM card WHERE card.root_id = identifier.root_id)
    ORDER BY identifier.id LIMIT %b::int
"""

UPDATE_INTERACTIONS = """
    UPDATE interaction SET anchor_id = new.anchor_id, identifier_ids = new.identifier_ids::bigint[],
        occurred_at = new.occurred_at, linkable = new.linkable, dropped_identifiers = new.dropped::jsonb
    FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::timestamptz[], %b::bool[], %b::text[])
        AS new(id, anchor_id, identifier_ids, occurred_at, linkable, dropped)
    WHERE interaction.id = new.id AND (interaction.anchor_id, interaction.identifier_ids, interaction.linkable)
        IS DISTINCT FROM (new.anchor_id, new.identifier_ids::bigint[], new.linkable)
"""


@dataclass(slots=True)
class Rebuilt:
    """How many interactions were read, and how much of each kind came out otherwise than it stood."""

    interactions: int
    differences: dict[str, int]


def rebuild_identity(*, check: bool = False, progress: Callable[[int, int], None] | None = None) -> Rebuilt:
    """Recompute identifiers, links, clusters, facts and cards from the interactions and the decisions.

    `check`: compare only, and put everything back. `progress` is called with (done, all) interactions.
    """
    with transaction.atomic():
        close_gate()
        enter_lane()
        held = configuration()
        with connection.cursor() as cursor:
            for statement in (*KEEP_OLD, *FORGET):
                cursor.execute(statement)
            cursor.execute("SELECT count(*) FROM interaction")
            total = int(cursor.fetchone()[0])
        hear_ledger(held)
        resolve_standing_decisions(held)
        done = 0
        for chunk in _stored_interactions(held):
            apply_chunk(chunk, held)
            done += len(chunk)
            if progress:
                progress(done, total)
        write_missing_cards(held)
        rebuilt = Rebuilt(done, _differences())
        # Rules that changed meanwhile want another rebuild: their note has a higher version.
        ConfigurationVersion.objects.filter(version=held.version).update(rebuild_wanted=False)
        if check:
            transaction.set_rollback(True)
    return rebuilt


def rebuild_unless_running() -> Rebuilt | None:
    """The rebuild, or None where one is under way already."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TRY_TO_BE_THE_ONE)
            if not cursor.fetchone()[0]:
                return None
        return rebuild_identity()


def hear_ledger(held: Configuration) -> None:
    """What people decided comes first, so that no link is ever used that they deny."""
    if not nothing_said_allows(held):
        with binary_cursor() as cursor:
            cursor.execute("UPDATE identifier SET denied = true")
    last = 0
    while rows := decisions_after(last, CHUNK):
        last = rows[-1].identifier_id
        said = said_by_identifier(rows)
        clusters = Clusters(held)
        clusters.load(said)
        mark_denied(said, clusters)
        hear(said, clusters, held)


def write_missing_cards(held: Configuration) -> None:
    """Those of identifiers that decided something and were never seen."""
    last = 0
    while True:
        with binary_cursor() as cursor:
            cursor.execute(FIND_WITHOUT_CARD, (last, CHUNK))
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        last = ids[-1]
        clusters = Clusters(held)
        clusters.load(ids)
        write_touched_cards(clusters, Touched(roots=set(ids)), held, ranks_of(held))


def resolve_standing_decisions(held: Configuration) -> None:
    """Stewards' decisions come first, so that every later step knows of them."""
    with binary_cursor() as cursor:
        cursor.execute("SELECT DISTINCT a_id, b_id FROM decision WHERE withdrawn_at IS NULL")
        pairs = {(a, b) for a, b in cursor.fetchall()}
    if pairs:
        resolve_decisions(pairs, held)


def apply_chunk(chunk: list[Prepared], held: Configuration) -> None:
    """Apply stored interactions as if they had just arrived.

    What they say of purposes stands in the ledger since they came; only what a change of types made them say under
    other identifiers is new.
    """
    stored = ensure_identifiers(named for item in chunk for named in (*item.named, *item.same))
    _update_interactions(chunk, stored.ids)
    said = said_by(chunk, stored, held, hears=False)
    store_facts(said.facts)
    for spoken in append_said(chunk, stored.ids, held.purposes):
        said.facts.hear(spoken.identifier_id, spoken.purpose, spoken.said, device=spoken.device)
    apply(said, held)


def _update_interactions(chunk: list[Prepared], ids: dict[Key, int]) -> None:
    """Types may have changed since: the anchor and the canonical identifiers follow them."""
    with binary_cursor() as cursor:
        cursor.execute(
            UPDATE_INTERACTIONS,
            (
                Uuids([item.id for item in chunk]),
                BigInts([ids[item.named[0].key] if item.named else None for item in chunk]),
                Texts(["{" + ",".join(str(ids[named.key]) for named in item.named) + "}" for item in chunk]),
                Moments([item.observed.occurred_at for item in chunk]),
                Booleans([item.linkable for item in chunk]),
                Texts([msgspec.json.encode(item.dropped).decode() for item in chunk]),
            ),
        )


def _stored_interactions(held: Configuration) -> Iterator[list[Prepared]]:
    last = UUID(int=0)
    while True:
        with binary_cursor() as cursor:
            cursor.execute(READ_INTERACTIONS.encode(), (last, CHUNK))
            rows = [StoredInteraction(*row) for row in cursor.fetchall()]
        if not rows:
            return
        last = rows[-1].id
        yield list(prepare_stored(rows, held))


def _differences() -> dict[str, int]:
    """The rows that differ, counted on the side that has more of them: some may only be gone, others only new."""
    found = {}
    with connection.cursor() as cursor:
        for name, (columns, table, old) in COMPARED.items():
            counts = []
            for one, other in ((table, old), (old, table)):
                cursor.execute(
                    f"SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT SELECT {columns} FROM {other}) AS d"  # noqa: S608 - our own constants
                )
                counts.append(int(cursor.fetchone()[0]))
            found[name] = max(counts)
    return found
