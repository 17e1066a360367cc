"""Notices as staff go through them: which there are, their versions and the texts of one version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min

from consent.models import Notice, Purpose

MOST_RECENT = 60


@dataclass(frozen=True, slots=True)
class NoticeKnown:
    """A notice: how many versions it has, in which languages, when the latest was published, and for which purposes."""

    key: str
    versions: int
    languages: Sequence[str]
    published_at: datetime | None
    purposes: Sequence[str]


@dataclass(frozen=True, slots=True)
class VersionKnown:
    """A version of a notice and the languages that it was published in."""

    version: str
    languages: Sequence[str]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """One version in one language, to choose from."""

    key: str
    version: str
    language: str

    @property
    def value(self) -> str:
        """As a form names it: no part of it holds a bar."""
        return f"{self.key}|{self.version}|{self.language}"


def list_notices() -> list[NoticeKnown]:
    """All notices by key, those that a purpose names and nobody published yet too."""
    rows = (
        Notice.objects.order_by()
        .values("key")
        .annotate(
            versions=Count("version", distinct=True),
            languages=ArrayAgg("language", distinct=True),
            published_at=Max("published_at"),
        )
    )
    found = {row["key"]: row for row in rows}
    told: dict[str, list[str]] = {}
    for key, notice in Purpose.objects.exclude(notice="").order_by("key").values_list("key", "notice"):
        told.setdefault(notice, []).append(key)
    return [_known(key, found.get(key), told.get(key, [])) for key in sorted({*found, *told})]


def _known(key: str, row: Mapping[str, Any] | None, purposes: Sequence[str]) -> NoticeKnown:
    if row is None:
        return NoticeKnown(key, 0, [], None, purposes)
    return NoticeKnown(key, row["versions"], row["languages"], row["published_at"], purposes)


def list_versions(key: str, *, limit: int) -> list[VersionKnown]:
    """The versions of a notice, the latest published first."""
    rows = (
        Notice.objects.filter(key=key)
        .order_by()
        .values("version")
        .annotate(languages=ArrayAgg("language", distinct=True), at=Min("published_at"))
        .order_by("-at", "-version")
    )
    return [VersionKnown(row["version"], row["languages"], row["at"]) for row in rows[:limit]]


def purposes_told_by(key: str) -> list[str]:
    """The purposes that a notice tells of, by key."""
    return list(Purpose.objects.filter(notice=key).order_by("key").values_list("key", flat=True))


def recent_notices() -> list[NoticeChoice]:
    """The versions that were published last, each in each of its languages."""
    rows = Notice.objects.order_by("-published_at", "key", "version", "language")
    return [NoticeChoice(*row) for row in rows.values_list("key", "version", "language")[:MOST_RECENT]]
