"""Changing how a trait's value is chosen."""

from dataclasses import dataclass

from django.db import transaction

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
    needs_rebuild: bool


def rule_of(name: str) -> str:
    """The rule in force for a trait; `latest` unless it was set."""
    return TraitRule.objects.filter(name=name).values_list("rule", flat=True).first() or TraitRule.Rule.LATEST.value


def change_rule(*, name: str, rule: str, actor: str) -> RuleChange:
    """Set a trait's survivorship rule, audited. Raises `RuleRefused`."""
    check_rule(name, rule)
    with transaction.atomic():
        TraitRule.objects.select_for_update().filter(name=name).first()
        before = rule_of(name)
        if before == rule:
            return RuleChange(name, rule, needs_rebuild=False)
        record_change(actor=actor, subject=f"trait:{name}", before={"rule": before}, after={"rule": rule})
        TraitRule.objects.update_or_create(name=name, defaults={"rule": rule})
        return RuleChange(name, rule, needs_rebuild=want_rebuild(TraitFact.objects.filter(name=name).exists()))


def check_rule(name: str, rule: str) -> None:
    """Raise `RuleRefused` unless the trait can be called this and the rule exists."""
    check_name(name)
    if rule not in TraitRule.Rule.values:
        raise RuleRefused("rule", f"A rule is one of: {', '.join(TraitRule.Rule.values)}.")


def check_name(name: str) -> None:
    """Raise `RuleRefused` unless a trait can be called this."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise RuleRefused("name", f"A trait's name is 1 to {LONGEST_NAME} printable characters.")
