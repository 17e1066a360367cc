"""A deployment with the default types, and the two ways through its doors.

Django is not set up yet when this file is read, so what needs it is imported where it is used.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """As pytest-django's own, but rows are deleted: truncating every table takes longer than most of these tests."""
    from tests.integration.doors import client

    with django_db_blocker.unblock():
        yield
        client.leave_doors()
        client.clear_deployment()


@pytest.fixture
def deployment(transactional_db: None) -> None:
    """The default types and nothing else, committed: the doors have connections of their own."""
    from tests.integration.doors import client

    client.create_deployment()


@pytest.fixture
def ask(deployment: None) -> Callable[..., Any]:
    """A request at the WSGI callable, hot doors in front."""
    from tests.integration.doors.client import Doors

    return Doors()


@pytest.fixture
def ask_django(deployment: None) -> Callable[..., Any]:
    """The same request at the Django views behind."""
    from tests.integration.doors.client import DjangoViews

    return DjangoViews()


@pytest.fixture
def server_key(deployment: None) -> str:
    """The write key of a trusted source."""
    from tests.integration.doors.client import make_source

    return make_source()


@pytest.fixture
def public_key(deployment: None) -> str:
    """The write key of a browser's source."""
    from tests.integration.doors.client import make_source

    return make_source(trust="public")


@pytest.fixture
def token(deployment: None) -> str:
    """A token that may recognise."""
    from tests.integration.doors.client import make_token

    return make_token()
