"""A fresh deployment for each test, committed: workers and commands have connections of their own."""

import pytest

from tests.integration.doors.conftest import deployment, transactional_db

__all__ = ["deployment", "transactional_db"]


@pytest.fixture(autouse=True)
def deployed(deployment: None) -> None:
    """Every test of this folder has it."""
