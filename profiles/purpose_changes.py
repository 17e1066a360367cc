"""Changing purposes, notices and consent ages, one by one or by a file: audited, and in force at once."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from consent.purpose_diff import changes_between, describe_changes
from consent.purpose_fields import Known, NoticeFields, PurposeFields, check_age, check_notice, check_purpose
from consent.purpose_files import PurposeFile, PurposeSet
from consent.purpose_reading import notices_by_place, read_ages, read_purpose, read_purposes
from consent.purpose_writing import save_age, save_notice, save_purpose
from consent.purposes import UNIFICATION
from profiles.configuration import record_change, want_rebuild
from profiles.golden.rule_changes import categories, change_category
from profiles.models import ConfigurationVersion, Identifier, IdentifierType, Source


@dataclass(frozen=True, slots=True)
class PurposeChange:
    """What a change came to. `needs_rebuild`: what is stored would come out otherwise now."""

    key: str
    fields: PurposeFields
    created: bool
    needs_rebuild: bool


@dataclass(frozen=True, slots=True)
class FileApplied:
    """What a file changed, a line for each change."""

    lines: list[str]
    needs_rebuild: bool


def known_names() -> Known:
    """The names of identifier types and channels that purposes may refer to."""
    types = frozenset(IdentifierType.objects.values_list("name", flat=True))
    return Known(types=types, channels=tuple(Source.Channel.values))


def change_purpose(*, key: str, fields: PurposeFields, actor: str) -> PurposeChange:
    """Create or replace a purpose. Raises `PurposeRefused`."""
    check_purpose(key, fields, known_names())
    with transaction.atomic():
        hold_configuration()
        before = read_purpose(key)
        if before == fields:
            return PurposeChange(key, fields, created=False, needs_rebuild=False)
        held = None if before is None else before.described()
        record_change(actor=actor, subject=f"purpose:{key}", before=held, after=fields.described())
        save_purpose(key, fields)
        needed = concerns_stored(key, before, fields) and Identifier.objects.exists()
        return PurposeChange(key, fields, created=before is None, needs_rebuild=want_rebuild(needed))


def concerns_stored(key: str, before: PurposeFields | None, after: PurposeFields) -> bool:
    """Whether cards or links come out otherwise: whom decisions are about, or what joins without being asked for."""
    if before is None:
        return key == UNIFICATION
    if before.address_type != after.address_type:
        return True
    return key == UNIFICATION and unasked(before) != unasked(after)


def unasked(fields: PurposeFields) -> tuple[Any, ...]:
    """What holds of a purpose where nobody was asked."""
    return (fields.legal_basis, fields.default, fields.regions)


def publish_notice(
    *, key: str, version: str, language: str, text: str, terms: dict[str, Any] | None = None, actor: str
) -> bool:
    """Publish a version of a notice in one language, for good; False where just that stands already.

    Raises `PurposeRefused`, and `NoticePublished` where it stands with another text or other terms.
    """
    notice = NoticeFields(key, version, language, text, terms or {})
    check_notice(notice)
    with transaction.atomic():
        hold_configuration()
        created = save_notice(notice)
        if created:
            shown = {"language": language, "sha256": notice.sha256, "terms": notice.terms}
            record_change(actor=actor, subject=f"notice:{key}:{version}", before=None, after=shown)
    return created


def set_consent_age(*, country: str, years: int, actor: str) -> bool:
    """Set from which age on people of a country consent alone; whether it is new. Raises `PurposeRefused`."""
    check_age(country, years)
    with transaction.atomic():
        hold_configuration()
        before = read_ages().get(country)
        if before == years:
            return False
        held = None if before is None else {"years": before}
        record_change(actor=actor, subject=f"consent_age:{country}", before=held, after={"years": years})
        return save_age(country, years)


def describe_file(file: PurposeFile) -> list[str]:
    """What a file would change, a line for each change; no line: nothing. Raises `NoticePublished`."""
    held = standing_set()
    return describe_changes(held, changes_between(held, file.stated))


def apply_file(*, file: PurposeFile, actor: str) -> FileApplied:
    """Make what a file states stand, all of it or nothing; what it does not mention stays.

    Raises `PurposeRefused` or `NoticePublished`.
    """
    with transaction.atomic():
        hold_configuration()
        held = standing_set()
        changes = changes_between(held, file.stated)
        lines = describe_changes(held, changes)
        if lines:
            after = {"version": file.version, "changes": len(lines)}
            record_change(actor=actor, subject="purposes:file", before=None, after=after)
        return FileApplied(lines, apply_changes(changes, actor))


def apply_changes(changes: PurposeSet, actor: str) -> bool:
    """Make each change; whether what is stored must be recomputed."""
    made = [change_purpose(key=key, fields=fields, actor=actor) for key, fields in sorted(changes.purposes.items())]
    for notice in changes.notices.values():
        key, version, language = notice.place
        publish_notice(key=key, version=version, language=language, text=notice.text, terms=notice.terms, actor=actor)
    for country, years in changes.ages.items():
        set_consent_age(country=country, years=years, actor=actor)
    for name, category in changes.trait_categories.items():
        change_category(name=name, category=category, actor=actor)
    return any(change.needs_rebuild for change in made)


def standing_set() -> PurposeSet:
    """What stands now."""
    return PurposeSet(
        purposes=read_purposes(), ages=read_ages(), trait_categories=categories(), notices=notices_by_place()
    )


def hold_configuration() -> None:
    """Make changes one after another: what is compared must still stand when it is replaced."""
    ConfigurationVersion.objects.select_for_update().first()
