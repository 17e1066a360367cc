"""A fresh deployment for each test, committed: the job has transactions of its own."""

from collections.abc import Iterator

import pytest

from tests.integration.doors.conftest import deployment, transactional_db

__all__ = ["deployment", "transactional_db"]

FILLED = (
    "retention_run",
    "retention_rule",
    "held_record",
    "legal_hold",
    "message",
    "privacy_task",
    "reconfirmation_asked",
    "privacy_request_appeal",
    "privacy_request_event",
    "privacy_request",
)


@pytest.fixture(autouse=True)
def deployed(deployment: None) -> Iterator[None]:
    """Every test of this folder has it, with the rules that ship."""
    from django.db import connection, transaction

    from tests.factories.shipped import restore_shipped

    yield
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.lawful_erasure = 'on'")
        for table in FILLED:
            cursor.execute(f"DELETE FROM {table}")
    restore_shipped()
