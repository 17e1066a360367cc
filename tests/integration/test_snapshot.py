"""Reads of several queries see one instant, and write nothing."""

from typing import Any

import pytest


@pytest.fixture
def outside_transactions(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The database as a request has it: no transaction around the test. Such a test writes nothing."""
    with django_db_blocker.unblock():
        yield


@pytest.mark.usefixtures("outside_transactions")
def test_a_snapshot_is_one_instant_and_read_only() -> None:
    from django.db import InternalError, connection

    from profiles.snapshot import one_snapshot

    def show(setting: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {setting}")
            return str(cursor.fetchone()[0])

    with one_snapshot():
        assert show("transaction_isolation") == "repeatable read"
        assert show("transaction_read_only") == "on"
    assert show("transaction_isolation") == "read committed"
    with pytest.raises(InternalError), one_snapshot(), connection.cursor() as cursor:
        cursor.execute("UPDATE configuration_version SET version = version")
