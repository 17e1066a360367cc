"""Traits and identifiers of a profile as its tabs show them: masked unless they were revealed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.masking import masked, masked_text, masked_trait
from cxprofiles.backoffice.person_words import trait_in_words
from cxprofiles.portal.words import IDENTIFIERS, named
from profiles.configuration import Configuration
from profiles.profile import Profile, ProfileIdentifier

LONGEST = 400  # characters of a value in a table
SHOWN_OF_TYPE = 5
MOST_OF_TYPE = 100

RULES: Mapping[str, str | Promise] = {
    "latest": _("the latest word counts"),
    "earliest": _("the first word counts"),
    "most_frequent": _("what was said most often counts"),
    "source_rank": _("the best source counts"),
    "min": _("the least value counts"),
    "max": _("the greatest value counts"),
    "sum": _("all values are added up"),
    "union": _("all values are kept"),
}


class View(NamedTuple):
    """How much may be shown: whether all of it is revealed, the values that must stand nowhere, the categories."""

    revealed: bool
    known: Collection[str]
    categories: Mapping[str, str]

    def trait(self, name: str, value: Any) -> str:
        """A trait's value as a short text."""
        if not self.revealed:
            value = masked_trait(name, value, self.categories.get(name, ""), self.known)
        return in_short(value)

    def text(self, text: str) -> str:
        """A text that comes from a client, such as the name of an event."""
        return text if self.revealed else masked_text(text, self.known)

    def identifier(self, type_name: str, value: str) -> str:
        """The value of an identifier."""
        return value if self.revealed else masked(type_name, value)


class IdentifierShown(NamedTuple):
    """An identifier in a table."""

    value: str
    first_seen: datetime | None
    last_seen: datetime | None
    source: str | None
    verified: bool
    shared: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The identifiers of one type: the first ones, more of them, and how many are left out."""

    label: str
    person: bool
    count: int
    shown: list[IdentifierShown]
    more: list[IdentifierShown]
    left_out: int


class TraitShown(NamedTuple):
    """A trait in a table."""

    name: str
    label: str
    value: str
    source: str | None
    at: datetime | None


def in_short(value: Any) -> str:
    """A JSON value as text, cut where it is long."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def groups_of(identifiers: Iterable[ProfileIdentifier], view: View) -> list[Group]:
    """The identifiers by type, the strongest first, those seen last first in each."""
    by_type: dict[str, list[ProfileIdentifier]] = {}
    for one in identifiers:
        by_type.setdefault(one.type, []).append(one)
    return [_group(type_name, rows, view) for type_name, rows in by_type.items()]


def _group(type_name: str, rows: list[ProfileIdentifier], view: View) -> Group:
    rows.sort(key=lambda one: (one.last_seen is not None, one.last_seen), reverse=True)
    shown = [
        IdentifierShown(
            view.identifier(one.type, one.value), one.first_seen, one.last_seen, one.source, one.verified, one.shared
        )
        for one in rows[:MOST_OF_TYPE]
    ]
    return Group(
        label=named(IDENTIFIERS, type_name),
        person=rows[0].person,
        count=len(rows),
        shown=shown[:SHOWN_OF_TYPE],
        more=shown[SHOWN_OF_TYPE:],
        left_out=max(len(rows) - MOST_OF_TYPE, 0),
    )


def traits_shown(profile: Profile, names: Iterable[str], view: View) -> list[TraitShown]:
    """Some traits of a profile."""
    found = []
    for name in names:
        trait = profile.traits[name]
        found.append(TraitShown(name, trait_label(name, view), view.trait(name, trait.value), trait.source, trait.at))
    return found


def trait_label(name: str, view: View) -> str:
    """A trait's name as people read it, without what looks like an identifier."""
    shown = view.text(name)[:LONGEST]
    return trait_in_words(shown) if shown == name else shown


def rule_in_words(held: Configuration, name: str) -> str:
    """How the value of a trait is chosen."""
    return str(RULES[held.trait_rules.get(name, "latest")])
