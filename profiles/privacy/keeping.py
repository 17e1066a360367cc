"""Changing how long things are kept and what is held by law: audited as every change of the configuration is."""

from django.db import transaction

from consent import hold_writing, retention_rules
from consent.hold_writing import HoldFields, check_hold
from consent.retention import RetentionRefused, Rule, check_rule
from profiles.configuration import record_change
from profiles.models import Source, TraitRule

NO_SOURCE = "There is no source of this name."
NO_CATEGORY = "No trait has this data category."


def change_rule(*, rule: Rule, actor: str) -> bool:
    """Set how long something is kept; whether there was no rule for it. Raises `RetentionRefused`."""
    check_rule(rule)
    check_sources("source", [rule.source] if rule.source else [])
    if rule.category and not TraitRule.objects.filter(category=rule.category).exists():
        raise RetentionRefused("category", NO_CATEGORY)
    with transaction.atomic():
        before = retention_rules.described(retention_rules.find_rule(rule.key))
        record_change(actor=actor, subject=_subject(rule.key), before=before, after=retention_rules.described(rule))
        return retention_rules.save_rule(rule)


def remove_rule(*, key: tuple[str, str, str], actor: str) -> None:
    """Keep something for ever, or as the rule for any source says. Raises `NoSuchRule`."""
    with transaction.atomic():
        before = retention_rules.described(retention_rules.find_rule(key))
        record_change(actor=actor, subject=_subject(key), before=before, after=None)
        retention_rules.delete_rule(key)


def change_hold(*, name: str, fields: HoldFields, actor: str) -> bool:
    """Set a legal hold; whether it is new. It is in force for what is erased from now on. Raises `RetentionRefused`."""
    check_hold(name, fields)
    check_sources("sources", fields.sources)
    with transaction.atomic():
        before, subject = hold_writing.described(name), f"legal_hold:{name}"
        record_change(actor=actor, subject=subject, before=before, after=fields.described())
        return hold_writing.save_hold(name, fields)


def remove_hold(*, name: str, actor: str) -> None:
    """Delete a hold under which nothing is kept. Raises `NoSuchHold` and `HoldInUse`."""
    with transaction.atomic():
        before, subject = hold_writing.described(name), f"legal_hold:{name}"
        record_change(actor=actor, subject=subject, before=before, after=None)
        hold_writing.delete_hold(name)


def check_sources(field: str, names: list[str] | tuple[str, ...]) -> None:
    """Raise `RetentionRefused` unless there are sources of these names."""
    if Source.objects.filter(name__in=names).count() != len(set(names)):
        raise RetentionRefused(field, NO_SOURCE)


def _subject(key: tuple[str, str, str]) -> str:
    return ":".join(("retention", *(part or "*" for part in key)))
