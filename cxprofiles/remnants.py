"""What PostgreSQL keeps in its files of rows that are gone: removed by writing the tables anew (docs/operating.md)."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import DatabaseError, connection

from cxprofiles.checks import declared

# Statistics hold samples of values; the planner makes them anew with each table. Large texts of errors never get there.
STATISTICS = ("pg_catalog.pg_statistic",)
# The log of changes holds the old rows until a checkpoint lets go of it; twice, since the first is in it itself.
FORGET_LOG = ("SELECT pg_switch_wal()", "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT")


class Purged(NamedTuple):
    """One thing that was done, and why it could not be; empty: it was."""

    what: str
    problem: str


def purge_remnants() -> Iterator[Purged]:
    """Write every table with personal data anew and let the log of changes go. Call it outside of any transaction.

    Each table is locked meanwhile: intake and recognition wait.
    """
    tables = sorted({store.table for store in declared().stores.values() if store.table})
    for table in (*tables, *STATISTICS):
        yield _tried(table, f"VACUUM (FULL, ANALYZE) {table}")
    for statement in FORGET_LOG:
        yield _tried(statement, statement)


def _tried(what: str, statement: str) -> Purged:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return Purged(what, f"The database does not let this user do it ({type(error).__name__}).")
    return Purged(what, "")
