"""Changing how a trait's value is chosen, and of which data category it is."""

from dataclasses import dataclass

from django.db import transaction

from consent.purpose_fields import PurposeRefused, check_category
from profiles.configuration import record_change, want_rebuild
from profiles.models import TraitFact, TraitRule

LONGEST_NAME = 200


class RuleRefused(ValueError):
    """Why a trait's rule cannot be as asked, in a sentence. `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What a change came to. `needs_rebuild`: there are facts of the trait, and another may win now."""

    name: str
    rule: str
    category: str
    origin: str
    needs_rebuild: bool


def rule_of(name: str) -> str:
    """The rule in force for a trait; `latest` unless it was set."""
    return settings_of(name)["rule"]


def settings_of(name: str) -> dict[str, str]:
    """What is set for a trait: its `rule`, `latest` unless it was set, its data `category`, empty for none, and the
    `origin` of its values, `provided` unless it was set."""
    row = TraitRule.objects.filter(name=name).first() or TraitRule(name=name)
    return {"rule": str(row.rule), "category": row.category, "origin": str(row.origin)}


def categories() -> dict[str, str]:
    """The data category of each trait that has one."""
    return dict(TraitRule.objects.exclude(category="").values_list("name", "category"))


def origins() -> dict[str, str]:
    """Who the values of each trait are from, where it is not the person."""
    return dict(TraitRule.objects.exclude(origin=TraitRule.Origin.PROVIDED).values_list("name", "origin"))


def change_rule(
    *, name: str, rule: str, actor: str, category: str | None = None, origin: str | None = None
) -> RuleChange:
    """Set a trait's survivorship rule, its data category and the origin of its values (None: as it is), audited.

    Raises `RuleRefused`.
    """
    check_rule(name, rule)
    check_trait_category(category or "")
    check_origin(origin)
    with transaction.atomic():
        TraitRule.objects.select_for_update().filter(name=name).first()
        before = settings_of(name)
        after = {
            "rule": rule,
            "category": before["category"] if category is None else category,
            "origin": before["origin"] if origin is None else origin,
        }
        if before == after:
            return RuleChange(name, **after, needs_rebuild=False)
        record_change(actor=actor, subject=f"trait:{name}", before=before, after=after)
        TraitRule.objects.update_or_create(name=name, defaults=after)
        # Category and origin are looked up when the trait is read; only the rule decides what is stored.
        told = before["rule"] != rule and TraitFact.objects.filter(name=name).exists()
        return RuleChange(name, **after, needs_rebuild=want_rebuild(told))


def change_category(*, name: str, category: str, actor: str) -> RuleChange:
    """Set a trait's data category alone, audited. Raises `RuleRefused`."""
    return change_rule(name=name, rule=rule_of(name), category=category, actor=actor)


def check_trait_category(category: str) -> None:
    """Raise `RuleRefused` unless a trait can be of this category; empty: of none."""
    try:
        check_category(category)
    except PurposeRefused as error:
        raise RuleRefused(error.field, str(error)) from None


def check_origin(origin: str | None) -> None:
    """Raise `RuleRefused` unless values can have this origin; None: it stays as it is."""
    if origin is not None and origin not in TraitRule.Origin.values:
        raise RuleRefused("origin", f"An origin is one of: {', '.join(TraitRule.Origin.values)}.")


def check_rule(name: str, rule: str) -> None:
    """Raise `RuleRefused` unless the trait can be called this and the rule exists."""
    check_name(name)
    if rule not in TraitRule.Rule.values:
        raise RuleRefused("rule", f"A rule is one of: {', '.join(TraitRule.Rule.values)}.")


def check_name(name: str) -> None:
    """Raise `RuleRefused` unless a trait can be called this."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise RuleRefused("name", f"A trait's name is 1 to {LONGEST_NAME} printable characters.")
