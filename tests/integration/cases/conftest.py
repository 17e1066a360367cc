"""The service as outsiders meet it: its WSGI callable, write keys, a token, and nothing else.

Django is not set up yet when this file is read, so what needs it is imported where it is used.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.integration.doors.conftest import deployment, transactional_db

if TYPE_CHECKING:
    from tests.integration.cases.service import Service

__all__ = ["deployment", "transactional_db"]


@pytest.fixture
def service(deployment: None) -> Iterator["Service"]:
    """A fresh deployment with one trusted source. Purposes, notices and ages are as shipped again afterwards."""
    from tests.integration.cases.service import Service, ship_again

    yield Service()
    ship_again()
