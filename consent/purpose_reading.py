"""Purposes, notices and consent ages as the database has them: as decisions are worked out by them, and in full."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.models import ConsentAge, Notice, Purpose
from consent.purpose_fields import NoticeFields, PurposeFields
from consent.purposes import Purpose as Rule
from consent.purposes import Purposes


@dataclass(frozen=True, slots=True)
class PublishedNotice:
    """One version of a notice in one language, as it was published."""

    key: str
    version: str
    language: str
    text: str
    sha256: str
    terms: dict[str, Any]
    published_at: datetime


def load_purposes() -> Purposes:
    """All purposes, and the ages from which on people consent alone: what is in force is worked out by these."""
    return Purposes({row.key: rule_of(row) for row in Purpose.objects.all()}, read_ages())


def rule_of(row: Purpose) -> Rule:
    """A purpose's row without what is only shown."""
    return Rule(
        key=row.key,
        legal_basis=row.legal_basis,
        default=row.default,
        categories=frozenset(row.categories),
        channels=tuple(row.channels),
        address_type=row.address_type,
        least_assurance=row.least_assurance,
        expires_after=row.expires_after,
        reask_after=row.reask_after,
        remind_after=row.remind_after,
        regions={region: rule["default"] for region, rule in row.regions.items()},
        double_opt_in=row.double_opt_in,
        notice=row.notice,
    )


def read_purposes() -> dict[str, PurposeFields]:
    """All purposes, by key."""
    return {row.key: fields_of(row) for row in Purpose.objects.order_by("key")}


def read_purpose(key: str) -> PurposeFields | None:
    """One purpose, or None."""
    row = Purpose.objects.filter(key=key).first()
    return None if row is None else fields_of(row)


def purpose_keys() -> set[str]:
    """The keys of all purposes."""
    return set(Purpose.objects.values_list("key", flat=True))


def fields_of(row: Purpose) -> PurposeFields:
    """What staff may set on a purpose, as it is set now."""
    values: dict[str, Any] = {name: getattr(row, name) for name in PurposeFields.__dataclass_fields__}
    return PurposeFields(**{**values, "categories": tuple(row.categories), "channels": tuple(row.channels)})


def read_notices(**where: str) -> list[PublishedNotice]:
    """The notices, by key, version and language; `where` narrows to a key, a version or a language."""
    return [published(row) for row in Notice.objects.filter(**where).order_by("key", "version", "language")]


def published(row: Notice) -> PublishedNotice:
    """A notice's row as plain values."""
    return PublishedNotice(**{name: getattr(row, name) for name in PublishedNotice.__dataclass_fields__})


def notices_by_place() -> dict[tuple[str, str, str], NoticeFields]:
    """All notices as they were asked for, by key, version and language."""
    rows = Notice.objects.values("key", "version", "language", "text", "terms")
    notices = [NoticeFields(**row) for row in rows]
    return {notice.place: notice for notice in notices}


def read_ages() -> dict[str, int]:
    """From which age on people consent alone, by country; `*`: all others."""
    return dict(ConsentAge.objects.order_by("country").values_list("country", "years"))
