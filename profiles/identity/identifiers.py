"""Identifiers as they are stored: found, or stored where they are new."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

import uuid_utils

from profiles.database import Booleans, Digests, Ints, Texts, Uuids, binary_cursor
from profiles.identity import sql
from profiles.intake.explode import Key, Named


@dataclass(slots=True)
class Stored:
    """Identifiers that are stored: id by key, and root by id as it was when it was read, which was before the lane."""

    ids: dict[Key, int] = field(default_factory=dict)
    roots: dict[int, int] = field(default_factory=dict)


def ensure_identifiers(named: Iterable[Named], *, verified: Collection[Key] = ()) -> Stored:
    """Where identifiers are stored, storing those that are new, each born with a profile id.

    `verified`: those that an interaction carries which is no mere claim. Known at birth, it saves a new one a second
    version of its row.
    """
    by_key = {item.key: item for item in named}
    stored = find_identifiers(list(by_key))
    missing = [by_key[key] for key in by_key.keys() - stored.ids.keys()]
    if missing:
        with binary_cursor() as cursor:
            cursor.execute(
                sql.INSERT_IDENTIFIERS,
                (
                    Ints([item.key[0] for item in missing]),
                    Digests([item.key[1] for item in missing]),
                    Texts([item.value for item in missing]),
                    Uuids([UUID(bytes=uuid_utils.uuid7().bytes) for _ in missing]),
                    Booleans([item.key in verified for item in missing]),
                ),
            )
        born = find_identifiers([item.key for item in missing])
        stored.ids |= born.ids
        stored.roots |= born.roots
    return stored


def find_identifiers(keys: list[Key]) -> Stored:
    """Those that are stored."""
    stored = Stored()
    if not keys:
        return stored
    with binary_cursor() as cursor:
        cursor.execute(
            sql.FIND_IDENTIFIERS,
            (Ints(range(len(keys))), Ints([key[0] for key in keys]), Digests([key[1] for key in keys])),
        )
        for n, id_, root in cursor.fetchall():
            stored.ids[keys[n]] = id_
            stored.roots[id_] = root
    return stored
