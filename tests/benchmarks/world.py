"""A large world, loaded fast: the workers' own functions compute every row, and COPY stores it.

What is loaded is what the workers would have stored had they taken one introduction of each person, which
tests/integration/test_benchmark_world.py holds by having `rebuild_identity` recompute it.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.db import connection

from consent.purposes import Purposes
from consent.said import STATE_NAMES, WITH_ACCOUNT
from consent.times import moment
from profiles.configuration import Configuration, configuration
from profiles.golden.cards import CardRow, Flags, Member, make_card, recent_of
from profiles.golden.facts import FactsSeen, facts_of, said_in, value_digest
from profiles.golden.folds import encode_fold
from profiles.identity.links import links_of
from profiles.intake.explode import Batch, Key, Prepared, context_json, explode
from profiles.profile import find_identifier
from tests.benchmarks.people import (
    batch_body,
    first_identifier,
    introduction,
    people_of,
    value_of,
)
from tests.benchmarks.stage import start_loader

CHUNK = 5_000  # people that one process computes at a time; a multiple of ten
BATCH = 500
LOADERS = 2
ROUND = 1_000_000  # where the numbers of those who come later begin
BORN = 0x019B_0000_0000_7000_8000_0000_0000_0000  # ids of version 7, one after the other as time would make them

COLUMNS = {
    "identifier": "id, type_id, digest, value, profile_id, root_id, shared, verified",
    "interaction": "id, source_id, message_id, type, event, anchor_id, identifier_ids, occurred_at, received_at,"
    " verified, linkable, dialect, context, payload, dropped_identifiers, warnings",
    "link": "a_id, b_id, a_type_id, b_type_id, first_at, last_at, count, sources, verified, probabilistic,"
    " first_interaction, last_interaction, refused",
    "trait_fact": "identifier_id, name, digest, source_id, once, value, first_at, last_at, count, first_interaction,"
    " last_interaction",
    "fold": "identifier_id, state",
    "card": "root_id, profile_id, known, bridged, claimed, contested, first_seen, last_seen, traits, provenance,"
    " counters, consents, recent",
    "consent_decision": "identifier_id, purpose, act_id, state, decided_at, received_at, ends_by_choice, verified,"
    " with_account, guardian, problem, signal, source_id, actor",
}

READ_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid AND conrelid = indrelid
    WHERE indrelid = %s::regclass
"""

_json = msgspec.json.Encoder(order="sorted", decimal_format="number")


@dataclass
class Rows:
    """Rows on their way to COPY: lines in its text format, their values in the order of `COLUMNS`."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def store(self, driver: psycopg.Connection[Any]) -> None:
        """Copy all of them in one transaction."""
        with driver.transaction(), driver.cursor() as cursor:
            for table, lines in self.lines.items():
                with cursor.copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as copy:
                    copy.write("\n".join(lines) + "\n")


def text(value: str) -> str:
    """A text as COPY spells it; ours hold no tabs and no ends of lines."""
    return value.replace("\\", "\\\\")


def blob(value: bytes) -> str:
    """Bytes as COPY spells them."""
    return "\\\\x" + value.hex()


def flag(value: bool) -> str:
    """A boolean as COPY spells it."""
    return "t" if value else "f"


def load_world(*, source_id: int, identifiers: int, progress: Callable[[str, int, int], None]) -> int:
    """Fill empty tables with a world of about so many identifiers; how many people it holds."""
    people = people_of(identifiers)
    load_range(source_id=source_id, people=range(people), offset=0, progress=progress)
    return people


def enlarge_world(*, source_id: int, before: int, people: int, progress: Callable[[str, int, int], None]) -> None:
    """Let a world of so many people grow to more, whatever has happened in it meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM identifier")
        offset = (cursor.fetchone()[0] // ROUND + 1) * ROUND
    load_range(source_id=source_id, people=range(before, people), offset=offset, progress=progress)


def is_there(person: int) -> bool:
    """Whether a person of the world is stored."""
    return find_identifier("user_id", value_of("user_id", person), configuration()) is not None


def load_range(*, source_id: int, people: range, offset: int, progress: Callable[[str, int, int], None]) -> None:
    """Store some people. `offset`: what is added to the numbers of identifiers that the people are born with."""
    aside = set_indexes_aside()
    work = [
        (source_id, start, min(people.stop, start + CHUNK), offset) for start in range(people.start, people.stop, CHUNK)
    ]
    with ProcessPoolExecutor(LOADERS, multiprocessing.get_context("spawn"), initializer=start_loader) as pool:
        for done, loaded in enumerate(as_completed([pool.submit(load_people, *part) for part in work]), 1):
            loaded.result()
            progress("loading people", done * len(people) // len(work), len(people))
    with connection.cursor() as cursor:
        for done, statement in enumerate(aside, 1):
            cursor.execute(statement)
            progress("building indexes", done, len(aside))
        cursor.execute("SELECT setval('identifier_id_seq', (SELECT max(id) FROM identifier))")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def set_indexes_aside() -> list[str]:
    """Drop the indexes of the tables that are loaded; the statements that make them again."""
    make_again = []
    with connection.cursor() as cursor:
        for table in COLUMNS:
            cursor.execute(READ_INDEXES, [table])
            for index, definition, constraint, constraint_definition in cursor.fetchall():
                if constraint:
                    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
                    make_again.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {constraint_definition}")
                else:
                    cursor.execute(f"DROP INDEX {index}")
                    make_again.append(definition)
    return make_again


def load_people(source_id: int, start: int, end: int, offset: int = 0) -> int:
    """Compute and store the people of one range."""
    held = configuration()
    rows = Rows()
    for interactions in introductions(source_id, start, end, held):
        add_rows(rows, interactions, held, offset)
    connection.ensure_connection()
    rows.store(connection.connection)
    return end - start


def introductions(source_id: int, start: int, end: int, held: Configuration) -> Iterator[list[tuple[int, Prepared]]]:
    """The introductions of a range of people, taken apart as the workers do, a batch at a time."""
    for first in range(start, end, BATCH):
        people = range(first, min(end, first + BATCH))
        events = [introduction(person) for person in people]
        received_at = datetime.fromisoformat(events[-1]["timestamp"])
        body = batch_body(events)
        batch = Batch(0, held.sources[source_id], received_at, "segment", {"path_type": "import"}, body, len(people))
        prepared = [item for item in explode([batch], held) if isinstance(item, Prepared)]
        yield list(zip(people, prepared, strict=True))


def add_rows(rows: Rows, interactions: Sequence[tuple[int, Prepared]], held: Configuration, offset: int = 0) -> None:
    """All the rows of some introductions. Each person stands alone, so nothing has to be resolved."""
    ranks = {source.id: source.rank for source in held.sources.values()}
    for person, interaction in interactions:
        root = offset + first_identifier(person)
        ids = {named.key: root + n for n, named in enumerate(interaction.named)}
        seen = facts_of([interaction], ids, held, ranks)
        members = [
            Member(
                root + n,
                root,
                named.rule,
                named.value,
                UUID(int=BORN + root + n),
                False,
                True,
                False,
                seen.folds[root + n],
            )
            for n, named in enumerate(interaction.named)
        ]
        add_interaction(rows.lines["interaction"], interaction, ids)
        add_members(rows, members, interaction)
        add_links(rows.lines["link"], interaction, ids)
        add_facts(rows.lines["trait_fact"], seen)
        add_decisions(rows.lines["consent_decision"], interaction, ids, held.purposes)
        add_card(rows.lines["card"], make_card(root, members, Flags(), False, held, ranks))


def add_interaction(lines: list[str], interaction: Prepared, ids: dict[Key, int]) -> None:
    """The row of an interaction."""
    observed = interaction.observed
    named = ",".join(map(str, ids.values()))
    lines.append(
        f"{interaction.id}\t{interaction.source.id}\t{observed.message_id}\t{observed.type}\t{observed.event}\t"
        f"{ids[interaction.named[0].key]}\t{{{named}}}\t{moment(observed.occurred_at)}\t{interaction.received_at}\t"
        f"{flag(interaction.verified)}\t{flag(interaction.linkable)}\t{interaction.dialect}\t"
        f"{context_json(interaction.context)}\t{text(observed.payload.decode())}\t[]\t{{}}"
    )


def add_members(rows: Rows, members: list[Member], interaction: Prepared) -> None:
    """The rows of a person's identifiers and of what each came to."""
    for member, named in zip(members, interaction.named, strict=True):
        rows.lines["identifier"].append(
            f"{member.id}\t{named.key[0]}\t{named.key[1].hex()}\t{text(named.value)}\t{member.profile_id}\t{member.root}\tf\tt"
        )
        if member.fold is not None:
            rows.lines["fold"].append(f"{member.id}\t{blob(encode_fold(member.fold))}")


def add_links(lines: list[str], interaction: Prepared, ids: dict[Key, int]) -> None:
    """The rows of the links that an interaction makes."""
    for (a, b), link in links_of([interaction], ids).items():
        at, stamp = moment(link.first[0]), link.first[1]
        sources = ",".join(map(str, sorted(link.sources)))
        lines.append(
            f"{a}\t{b}\t{link.a_type}\t{link.b_type}\t{at}\t{at}\t{link.count}\t{{{sources}}}\t{flag(link.verified)}\tf\t"
            f"{stamp}\t{stamp}\t"
        )


def add_facts(lines: list[str], seen: FactsSeen) -> None:
    """The rows of what one interaction says of its anchor."""
    for (id_, name, value, source, once), ((at, interaction), _, count) in seen.facts.items():
        when, stamp = spelled(at, interaction)
        lines.append(
            f"{id_}\t{name}\t{value_digest(value).hex}\t{source}\t{flag(once)}\t{text(value)}\t{when}\t{when}\t{count}\t"
            f"{stamp}\t{stamp}"
        )


def add_decisions(lines: list[str], interaction: Prepared, ids: dict[Key, int], purposes: Purposes) -> None:
    """The rows of what an interaction says of purposes."""
    for purpose, said in said_in(interaction, purposes).items():
        lines.extend(
            f"{id_}\t{purpose}\t{interaction.id}\t{STATE_NAMES[said.letter]}\t{moment(said.at)}\t"
            f"{interaction.received_at}\tf\t{flag(said.verified)}\t{flag(bool(said.flags & WITH_ACCOUNT))}\tf\t\t"
            f"{interaction.observed.signals.by[purpose]}\t{interaction.source.id}\t"
            for id_ in ids.values()
        )


@lru_cache(maxsize=1)
def spelled(at: int, interaction: UUID) -> tuple[str, str]:
    """An instant and an interaction's id, which all facts of one interaction share."""
    return str(moment(at)), str(interaction)


def add_card(lines: list[str], card: CardRow) -> None:
    """The row of a card."""
    fold = card.fold
    first, last = (r"\N" if at is None else moment(at) for at in (fold.first_seen, fold.last_seen))
    lines.append(
        f"{card.root_id}\t{card.profile_id}\t{flag(card.known)}\t{flag(card.bridged)}\t{flag(card.flags.claimed)}\t"
        f"{flag(card.flags.contested)}\t{first}\t{last}\t{blob(card.traits)}\t{blob(card.provenance)}\t"
        f"{blob(card.counters)}\t{blob(card.consents)}\t{blob(recent_of(fold))}"
    )
