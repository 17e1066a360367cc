"""A recipient that answers as it is told to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.factories.recipients import TestRecipient


@pytest.fixture
def told(settings: Any) -> Iterator["TestRecipient"]:
    from tests.factories.recipients import recipient

    settings.OUTGOING_PRIVATE = True
    with recipient() as found:
        yield found
