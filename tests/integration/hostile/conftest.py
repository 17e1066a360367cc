"""A deployment with something of everything; all that hostile requests leave in it is removed afterwards.

Django is not set up yet when this file is read, so what needs it is imported where it is used.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import redis

if TYPE_CHECKING:
    from tests.integration.hostile.world import World


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: Any, broker: redis.Redis) -> Iterator[None]:
    """As pytest-django's own, but what the migrations ship is there again afterwards. It goes by the name."""
    from tests.integration.doors import client
    from tests.integration.hostile.world import tear_down

    with django_db_blocker.unblock():
        client.create_deployment()
        try:
            yield
        finally:
            client.leave_doors()
            tear_down()


@pytest.fixture
def world(transactional_db: None) -> "World":
    from tests.integration.hostile.world import build

    return build()
