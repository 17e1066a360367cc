"""Members of staff for the tests of the back office."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.integration.api.conftest import default_types, rebuilds, service, shop, unseen_configuration

__all__ = ["default_types", "rebuilds", "service", "shop", "unseen_configuration"]

Staff = Callable[[str], Client]


@pytest.fixture
def staff(db: None) -> Staff:
    """`staff("steward")`: a client that such a member of staff is signed in with."""
    from django.contrib.contenttypes.models import ContentType

    from tests.factories.staff import make_staff, sign_in

    ContentType.objects.clear_cache()
    return lambda role: sign_in(Client(), make_staff(role))
