"""What the tests of the pages share.

Django is not set up yet when this file is read, so what needs it is imported where it is used.
"""

from typing import TYPE_CHECKING

import pytest
import redis

from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

if TYPE_CHECKING:
    from profiles.models import Source
    from tests.factories.visitors import Visitor

__all__ = ["default_types", "service", "shop", "unseen_configuration"]


@pytest.fixture(autouse=True)
def fresh_limits(broker: redis.Redis) -> None:
    """Nothing was tried before."""


@pytest.fixture
def somebody() -> "Visitor":
    """A browser that has not been here before."""
    from tests.factories.visitors import Visitor

    return Visitor()


@pytest.fixture
def ann(shop: "Source") -> "Visitor":
    """Ann, of whom the shop has told, signed in by the code that she was sent."""
    from tests.factories.channels import event, tell
    from tests.factories.visitors import ANN_SEEN, Visitor

    tell(shop, event(1, name="Product Viewed", **ANN_SEEN), event(2, name="Order Completed", **ANN_SEEN))
    visitor = Visitor()
    visitor.sign_in("ann@example.org")
    return visitor
