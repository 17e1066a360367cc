"""A fresh deployment for tests that commit."""

from tests.integration.doors.conftest import deployment, transactional_db

__all__ = ["deployment", "transactional_db"]
