"""What the tests of the protocols share: a deployment with the default types, rolled back after each test."""

from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

__all__ = ["default_types", "service", "shop", "unseen_configuration"]
