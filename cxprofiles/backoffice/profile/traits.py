"""Every trait of a profile: its value, where it is from, why it is this one, and all that was ever said of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.profile.values import TraitShown, View, rule_in_words, trait_label
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, screen
from cxprofiles.portal.words import IDENTIFIERS, named
from profiles.facts_reading import Fact, FactCount, FactPage, count_facts, mark_of, read_facts
from profiles.golden.survivorship import canonical_json
from profiles.profile import ProfileIdentifier, TraitValue

A_PAGE = 50
MANY = frozenset({"union", "sum"})
PART: Mapping[str, str | Promise] = {
    "union": gettext_lazy("kept with the others"),
    "sum": gettext_lazy("added to the sum"),
}


class Row(NamedTuple):
    """A trait in the table. `mark` names it in URLs; `counted` None: too much was said to be counted."""

    shown: TraitShown
    mark: str
    is_set: bool
    category: str
    rule: str
    counted: FactCount | None


class FactRow(NamedTuple):
    """One thing that was said. `outcome`: empty where it lost."""

    fact: Fact
    value: str
    identifier: str
    type: str
    outcome: str


@screen(Right.SEARCH, "GET")
def traits_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """All traits; with `of` also the history of one."""
    opened = open_profile(request, profile_id, tab="traits", fields=("traits",))
    view = View(opened.revealed, opened.known, opened.held.trait_categories)
    counts = count_facts(opened.identifier_ids)
    names = {mark_of(name): name for name in sorted({*opened.profile.traits, *counts})}
    shown: dict[str, Any] = {"rows": [row_of(opened, view, mark, name, counts) for mark, name in names.items()]}
    asked = request.GET.get("of", "")
    if asked:
        if asked not in names:
            raise NotHere
        shown |= history_of(opened, view, names[asked], request.GET.get("cursor", "")) | {"mark": asked}
    return show_tab(request, opened, "profile/traits.html", shown)


def row_of(opened: Opened, view: View, mark: str, name: str, counts: Mapping[str, FactCount]) -> Row:
    """One trait of the profile, or one that is unset."""
    trait = opened.profile.traits.get(name)
    found = trait or TraitValue(None, None, None, None)
    value = view.trait(name, found.value) if trait else ""
    return Row(
        shown=TraitShown(name, trait_label(name, view), value, found.source, found.at),
        mark=mark,
        is_set=trait is not None,
        category=opened.held.trait_categories.get(name, ""),
        rule=rule_in_words(opened.held, name),
        counted=counts.get(name),
    )


def history_of(opened: Opened, view: View, name: str, cursor: str) -> dict[str, Any]:
    """All that was said of one trait, the latest first, and why the profile shows what it shows."""
    page: FactPage = read_facts(opened.identifier_ids, name, opened.held, cursor=cursor, limit=A_PAGE)
    by_id = {one.id: one for one in opened.profile.identifiers}
    trait = opened.profile.traits.get(name)
    rule = opened.held.trait_rules.get(name, "latest")
    return {
        "of": trait_label(name, view),
        "why": why(opened, name, trait),
        "facts": [fact_row(fact, by_id, trait, rule, view, name) for fact in page.facts],
        "next_cursor": page.next_cursor,
        "later": bool(cursor),
    }


def why(opened: Opened, name: str, trait: TraitValue | None) -> str:
    """Why the profile shows this value, in a sentence."""
    corrected = trait is not None and any(
        source.corrects and source.name == trait.source for source in opened.held.sources.values()
    )
    if corrected:
        return _("The person had it corrected. A correction stands above all that channels say.")
    rule = rule_in_words(opened.held, name)
    if trait is None:
        return _("Not set: by the rule, %(rule)s, and that was that there is none.") % {"rule": rule}
    return _("The rule of this trait: %(rule)s.") % {"rule": rule}


def fact_row(
    fact: Fact, by_id: Mapping[int, ProfileIdentifier], trait: TraitValue | None, rule: str, view: View, name: str
) -> FactRow:
    """One fact in words."""
    owner = by_id.get(fact.identifier_id)
    return FactRow(
        fact=fact,
        value=_("unset") if fact.value is None else view.trait(name, fact.value),
        identifier=view.identifier(owner.type, owner.value) if owner else "",
        type=named(IDENTIFIERS, owner.type) if owner else "",
        outcome=outcome_of(fact, trait, rule),
    )


def outcome_of(fact: Fact, trait: TraitValue | None, rule: str) -> str:
    """Whether the profile shows this fact; empty where it does not."""
    if rule in MANY and not fact.corrects and fact.value is not None:
        return str(PART[rule])
    if trait is None:
        return _("this leaves it unset") if fact.value is None else ""
    if canonical_json(fact.value) != canonical_json(trait.value):
        return ""
    return _("shown") if trait.interaction_id in fact.interactions else _("the same value")
