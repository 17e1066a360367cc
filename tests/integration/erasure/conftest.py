"""A fresh deployment for each test, committed: an erasure makes transactions of its own."""

import pytest

from tests.integration.doors.conftest import deployment, transactional_db

__all__ = ["deployment", "transactional_db"]


@pytest.fixture
def deployed(deployment: None) -> None:
    """Without what an earlier test had kept by law."""
    from consent.models import HeldRecord, LegalHold

    HeldRecord.objects.all().delete()
    LegalHold.objects.all().delete()
