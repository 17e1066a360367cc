"""Writing purposes, notices and consent ages. Who calls has checked them, and keeps the trail of the change."""

from consent.models import ConsentAge, Notice, Purpose
from consent.purpose_diff import NoticePublished
from consent.purpose_fields import NoticeFields, PurposeFields


def save_purpose(key: str, fields: PurposeFields) -> bool:
    """Create or replace a purpose; whether it is new."""
    return Purpose.objects.update_or_create(key=key, defaults=fields.described())[1]


def save_notice(notice: NoticeFields) -> bool:
    """Publish a version of a notice in one language; False where it stands already.

    Raises `NoticePublished` where it stands with another text or other terms.
    """
    asked = {"text": notice.text, "terms": notice.terms}
    key, version, language = notice.place
    row, created = Notice.objects.get_or_create(
        key=key, version=version, language=language, defaults={**asked, "sha256": notice.sha256}
    )
    if not created and {"text": row.text, "terms": row.terms} != asked:
        raise NoticePublished
    return created


def save_age(country: str, years: int) -> bool:
    """Set the age from which on people of a country consent alone; whether the country is new."""
    return ConsentAge.objects.update_or_create(country=country, defaults={"years": years})[1]
