"""What a change of a purpose would do, before it is made: the fields that differ, and for how many profiles it would
answer otherwise, counted on a bounded sample of real ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consent.in_force import in_force
from consent.purpose_fields import PurposeFields, check_purpose
from consent.purpose_reading import read_purpose
from consent.purposes import Purpose
from consent.standing import read_standing
from consent.times import now_microseconds
from profiles.purpose_changes import concerns_stored, known_names
from profiles.regions import region_of

MOST_LOOKED_AT = 2_000
# Cards of blocks chosen at random: of a table that is small, all.
SAMPLE = """
    SELECT consents, traits FROM card TABLESAMPLE SYSTEM (%s) LIMIT %s
"""
READ_SIZE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'card'::regclass"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs, from what to what, as JSON has it. `name`: with the member of it after a dot."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Counted:
    """For how many of the profiles looked at the purpose would begin, or cease, to be allowed. `sampled`: there are
    more profiles than were looked at."""

    looked_at: int
    begin: int
    cease: int
    sampled: bool


@dataclass(frozen=True, slots=True)
class PurposePreview:
    """What a change would do. `counted` None: it cannot be said before everything was computed anew."""

    created: bool
    fields: list[FieldChange]
    rebuild: bool
    counted: Counted | None


def preview_purpose(*, key: str, fields: PurposeFields) -> PurposePreview:
    """What setting a purpose so would do. Changes nothing. Raises `PurposeRefused`."""
    check_purpose(key, fields, known_names())
    before = read_purpose(key)
    if before is None:
        return PurposePreview(True, [], concerns_stored(key, None, fields), None)
    comparable = before.address_type == fields.address_type
    return PurposePreview(
        created=False,
        fields=list(fields_changed(before, fields)),
        rebuild=before != fields and concerns_stored(key, before, fields),
        counted=count_answers(rule_of(key, before), rule_of(key, fields)) if comparable else None,
    )


def fields_changed(before: PurposeFields, after: PurposeFields) -> Iterable[FieldChange]:
    """The fields that differ, each member of those that have any by itself."""
    old, new = before.described(), after.described()
    for name in old:
        if isinstance(old[name], dict):
            members = sorted(old[name].keys() | new[name].keys())
            differing = [one for one in members if old[name].get(one) != new[name].get(one)]
            yield from (FieldChange(f"{name}.{one}", old[name].get(one), new[name].get(one)) for one in differing)
        elif old[name] != new[name]:
            yield FieldChange(name, old[name], new[name])


def rule_of(key: str, fields: PurposeFields) -> Purpose:
    """A purpose as it would be worked with."""
    return Purpose(
        key=key,
        legal_basis=fields.legal_basis,
        default=fields.default,
        categories=frozenset(fields.categories),
        channels=fields.channels,
        address_type=fields.address_type,
        least_assurance=fields.least_assurance,
        regions={region: rule["default"] for region, rule in fields.regions.items()},
    )


def count_answers(before: Purpose, after: Purpose) -> Counted:
    """For how many profiles of a sample the answer would change now."""
    cards, sampled = sample_cards()
    now, begin, cease = now_microseconds(), 0, 0
    for consents, traits in cards:
        standing, region = read_standing(bytes(consents)), region_of(bytes(traits))
        was = in_force(before, standing, now, region=region).allowed
        will = in_force(after, standing, now, region=region).allowed
        begin, cease = begin + (will and not was), cease + (was and not will)
    return Counted(len(cards), begin, cease, sampled)


def sample_cards() -> tuple[list[tuple[bytes, bytes]], bool]:
    """Consents and traits of cards chosen at random, and whether there are more."""
    with connection.cursor() as cursor:
        cursor.execute(READ_SIZE)
        size = int(cursor.fetchone()[0])
        share = 100.0 if size < 2 * MOST_LOOKED_AT else 150.0 * MOST_LOOKED_AT / size
        cursor.execute(SAMPLE, [min(share, 100.0), MOST_LOOKED_AT])
        found = cursor.fetchall()
    return found, max(size, len(found) + (len(found) == MOST_LOOKED_AT)) > MOST_LOOKED_AT
