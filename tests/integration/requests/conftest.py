"""What the tests of the request engine share.

Django is not set up yet when this file is read, so what needs it is imported where it is used.
"""

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

if TYPE_CHECKING:
    from profiles.models import Source

__all__ = ["default_types", "service", "shop", "unseen_configuration"]


@pytest.fixture
def ann(shop: "Source") -> "Source":
    """Ann is known by an account, an address and a browser; the source that told it."""
    from tests.factories.channels import event, tell

    traits: dict[str, Any] = {"traits": {"email": "ann@example.org", "first_name": "Ann"}}
    tell(shop, event(0, userId="ann-1", anonymousId="browser", context=traits))
    return shop
