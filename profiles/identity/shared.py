"""Identifiers that are shared: linked to so many stronger ones that they name nobody, and link nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from profiles.configuration import Configuration
from profiles.identity import sql
from profiles.identity.types import TypeRule

MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class SharedIdentifier:
    """A shared identifier and how many stronger ones it is linked to, at most 1,000: `more` says that there are more.

    `profile_id` is that of the profile which holds it, by itself or by a decision.
    """

    id: int
    type: TypeRule
    value: str
    profile_id: UUID
    stronger: int
    more: bool


def read_shared(held: Configuration, *, after: int = 0, limit: int = 50) -> Sequence[SharedIdentifier]:
    """A page of them, in the order in which they were stored, after the one of id `after`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_SHARED, {"after": after, "limit": limit, "most": MOST_COUNTED + 1})
        return [
            SharedIdentifier(
                id_, held.types_by_id[type_id], value, profile_id, min(count, MOST_COUNTED), count > MOST_COUNTED
            )
            for id_, type_id, value, profile_id, count in cursor.fetchall()
        ]
