"""Reads of several queries see one instant, and write nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.mark.django_db
def test_a_snapshot_is_one_instant_and_read_only() -> None:
    # A thread has a connection of its own, outside the transaction that is around the test.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(look_at_a_snapshot).result()


def look_at_a_snapshot() -> None:
    """Look from inside, and leave nothing behind."""
    from django.db import InternalError, connection

    from profiles.snapshot import one_snapshot

    try:
        with one_snapshot():
            assert (show("transaction_isolation"), show("transaction_read_only")) == ("repeatable read", "on")
        assert (show("transaction_isolation"), show("transaction_read_only")) == ("read committed", "off")
        with pytest.raises(InternalError), one_snapshot(), connection.cursor() as cursor:
            cursor.execute("UPDATE configuration_version SET version = version")
    finally:
        connection.close()


def show(setting: str) -> str:
    """A setting of this thread's connection as it is now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        return str(cursor.fetchone()[0])
