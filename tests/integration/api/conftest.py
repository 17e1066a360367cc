"""What the tests of the API share.

Django is not set up yet when this file is read, so what needs it is imported where it is used.
"""

import itertools
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from profiles.models import Source
    from tests.factories.callers import Caller

_versions = itertools.count(1)


@pytest.fixture(autouse=True)
def unseen_configuration(db: None) -> None:
    """A configuration version that this process has never held: a test that was rolled back had the low ones."""
    from django.db.models import F

    from profiles.models import ConfigurationVersion

    ConfigurationVersion.objects.get_or_create(id=1)
    ConfigurationVersion.objects.update(version=F("version") + 1_000_000_000 + 1000 * next(_versions))


@pytest.fixture(autouse=True)
def default_types(unseen_configuration: None) -> None:
    """The types that a migration makes, where another test has emptied the tables."""
    from profiles.identity.canonical import DEFAULT_TYPES
    from profiles.models import IdentifierType

    if not IdentifierType.objects.exists():
        rows = [IdentifierType(**{**row, "blocked": list(row["blocked"])}) for row in DEFAULT_TYPES]
        IdentifierType.objects.bulk_create(rows)


@pytest.fixture
def service() -> "Caller":
    """A service with every scope."""
    from tests.factories.callers import Caller

    return Caller()


@pytest.fixture
def shop() -> "Source":
    """A trusted source of the web channel."""
    from tests.factories.channels import make_source

    return make_source()


@pytest.fixture
def rebuilds(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The rebuilds that were asked for; the broker itself is another test's matter."""
    from tasks.identity import rebuild

    asked: list[Any] = []
    monkeypatch.setattr(rebuild, "apply_async", lambda **options: asked.append(options))
    return asked
