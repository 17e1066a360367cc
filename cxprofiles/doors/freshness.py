"""Answering from the configuration in memory, and never from an old one.

A door asks the database for the version along with its own query, so that being up to date costs nothing. Only
where the version has moved on, or where a refusal could be due to that, is there a second look.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection

from cxprofiles.api.errors import Problem
from cxprofiles.doors.connection import DatabaseAway
from cxprofiles.tokens import token_settings
from profiles import configuration
from profiles.configuration import Configuration
from profiles.statements import Execute, read_version

Result = TypeVar("Result")

# A key, a scope, an identifier type or another rate may have been set a moment ago.
DEPEND_ON_CONFIGURATION = frozenset({401, 403, 422, 429})
MOST_LOOKS = 4

_loaded = False


class Stale(Exception):
    """The configuration in memory is not of the version that the database has now."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


def with_fresh_configuration(
    execute: Execute, work: Callable[[Configuration], Result], *, look_first: bool = False
) -> Result:
    """The result of `work`, which raises `Stale` where its query saw another version than it was given.

    `look_first` is for work that asks the database nothing. Raises `DatabaseAway`.
    """
    held = configuration.held_configuration() if _loaded and not look_first else load(read_version(execute))
    for _ in range(MOST_LOOKS):
        try:
            return work(held)
        except Stale as stale:
            version = stale.version
        except Problem as problem:
            if problem.status not in DEPEND_ON_CONFIGURATION:
                raise
            version = read_version(execute)
            if version == held.version:
                raise
        held = load(version)
    raise DatabaseAway  # it changes faster than it can be read


def load(version: int) -> Configuration:
    """The configuration and the tokens of a version, or newer ones; raises `DatabaseAway` or Django's errors."""
    global _loaded
    with django_connection():
        token_settings(version)
        held = configuration.configuration(version)
    _loaded = True
    return held


@contextmanager
def django_connection() -> Iterator[None]:
    """Django's connection, healed before and given back after: a door's thread may not need it again for days."""
    if connection.in_atomic_block:
        yield
        return
    connection.close_if_unusable_or_obsolete()
    was_open = connection.connection is not None
    try:
        yield
    finally:
        if not was_open:
            connection.close()
