"""What the tests of sources share."""

from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]
