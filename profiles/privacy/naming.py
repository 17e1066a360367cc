"""The stored interactions that name some identifiers, read in pieces."""

from collections.abc import Collection, Iterator
from typing import Any

import psycopg
from django.db import connection

from profiles.configuration import Configuration
from profiles.identity.identifiers import find_identifiers
from profiles.intake.explode import Key, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction, prepare_stored
from profiles.privacy import sql

CHUNK = 1000


def interactions_naming(
    ids: Collection[int], held: Configuration, *, anchored: bool = True
) -> Iterator[tuple[list[Prepared], dict[Key, int]]]:
    """The interactions that carry or mention identifiers, in pieces, each with the ids of all that it names.

    `anchored` False: without those on the identifiers' own timelines. Some others may be among them. Read it to its
    end within one transaction.
    """
    for rows in stored_naming(ids, anchored=anchored):
        yield prepared(rows, held)


def prepared(rows: list[StoredInteraction], held: Configuration) -> tuple[list[Prepared], dict[Key, int]]:
    """Stored interactions as if they had just arrived, and the ids of what they name: what is not stored is left out,
    which only a change of types can bring about that waits for a rebuild."""
    items = list(prepare_stored(rows, held))
    known = find_identifiers(list({one.key for item in items for one in (*item.named, *item.same)})).ids
    for item in items:
        item.named = [one for one in item.named if one.key in known]
        item.same = [one for one in item.same if one.key in known]
    return items, known


def stored_naming(ids: Collection[int], *, anchored: bool = True) -> Iterator[list[StoredInteraction]]:
    """The rows themselves. They come through a cursor of the server, so that their number does not matter."""
    some = sorted(ids)
    driver: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors, driver.cursor(name="naming") as cursor:
        statement = sql.READ_NAMING.format(columns=COLUMNS)
        cursor.execute(statement.encode(), {"ids": some, "anchors": some if anchored else []})
        while rows := cursor.fetchmany(CHUNK):
            yield [StoredInteraction(*row) for row in rows]
