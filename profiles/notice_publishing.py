"""Publishing a version of a notice in several languages at once: all of them, or none."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from consent.purpose_fields import PurposeRefused
from consent.purpose_reading import read_notices
from profiles.purpose_changes import publish_notice


def publish_version(
    *, key: str, version: str, texts: Mapping[str, str], terms: Mapping[str, Any], actor: str
) -> list[str]:
    """Publish the texts of a version by language, for good; the languages that are new.

    Raises `PurposeRefused`, and `NoticePublished` where one stands with another text or other terms.
    """
    if not texts:
        raise PurposeRefused("text", "A notice needs a text in one language at least.")
    with transaction.atomic():
        return [
            language
            for language, text in texts.items()
            if publish_notice(key=key, version=version, language=language, text=text, terms=dict(terms), actor=actor)
        ]


def latest_terms(key: str) -> dict[str, Any]:
    """The terms of the version that was published last; empty: there is none."""
    published = sorted(read_notices(key=key), key=lambda one: one.published_at)
    return published[-1].terms if published else {}
