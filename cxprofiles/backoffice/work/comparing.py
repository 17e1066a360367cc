"""Sides of a case as a table: a row for each field, marked where the sides differ; values masked until revealed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _

from consent.collection import is_restricted
from consent.times import now_microseconds
from cxprofiles.backoffice.disclosing import is_revealed
from cxprofiles.backoffice.event_words import event_in_words
from cxprofiles.backoffice.masking import known_values, masked, masked_name, masked_text, masked_trait
from cxprofiles.backoffice.person_words import trait_in_words
from cxprofiles.backoffice.profile.identity_words import type_said
from cxprofiles.backoffice.profile.opening import may_reveal
from cxprofiles.backoffice.work.words import CONSENTS
from cxprofiles.portal.words import named, readable
from profiles.configuration import Configuration
from profiles.naming import display_name
from profiles.review.sides import SideSeen

MOST_VALUES = 8
MOST_TRAITS = 40
LONGEST_VALUE = 300
SAME, DIFFERS, ONE_SIDE = "same", "differs", "one"


@dataclass(frozen=True, slots=True)
class SideShown:
    """The head of a column."""

    seen: SideSeen
    name: str
    letter: str
    revealed: bool
    may_reveal: bool

    @property
    def profile_id(self) -> UUID:
        """Today's."""
        return self.seen.profile_id

    @property
    def recent(self) -> list[dict[str, str]]:
        """The latest interactions in words: the channel, and what happened."""
        known = frozenset() if self.revealed else values_of(self.seen)
        return [
            {"channel": one["channel"], "what": event_in_words(one["type"], one["event"], known=known)}
            for one in self.seen.recent
        ]


@dataclass(frozen=True, slots=True)
class Row:
    """A field: a list of values for each side. `mark`: same, differs, one (only some sides have it), or empty."""

    label: str
    cells: list[list[str]]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading."""

    title: str
    rows: list[Row]


def sides_shown(request: HttpRequest, sides: Sequence[SideSeen]) -> list[SideShown]:
    """The heads of the columns."""
    return [_side_shown(request, side, "ABCDEFGH"[place % 8]) for place, side in enumerate(sides)]


def _side_shown(request: HttpRequest, side: SideSeen, letter: str) -> SideShown:
    allowed = may_reveal(request, is_restricted(side.standing, now_microseconds()))
    revealed = is_shown(request, side)
    name = display_name({name: trait.value for name, trait in side.traits.items()})
    return SideShown(side, name if revealed else masked_name(name, values_of(side)), letter, revealed, allowed)


def is_shown(request: HttpRequest, side: SideSeen) -> bool:
    """Whether the values of a side were revealed to this member of staff, and may be."""
    restricted = is_restricted(side.standing, now_microseconds())
    return may_reveal(request, restricted) and is_revealed(request, side.profile_id)


def values_of(side: SideSeen) -> frozenset[str]:
    """The values of a side that must stand in no text."""
    return known_values((one.rule.name, one.value) for one in side.members)


def groups_of(sides: Sequence[SideShown], held: Configuration) -> list[Group]:
    """All that is compared: who, what is known, what was allowed."""
    groups = [
        Group(_("Identifiers"), identifier_rows(sides)),
        Group(_("What is known"), trait_rows(sides, held)),
        Group(_("Consents"), consent_rows(sides)),
    ]
    return [group for group in groups if group.rows]


def identifier_rows(sides: Sequence[SideShown]) -> list[Row]:
    """A row for each type, the strongest first."""
    rules = {one.rule.name: one.rule for side in sides for one in side.seen.members}
    rows = []
    for rule in sorted(rules.values(), key=lambda rule: rule.rank):
        values = [[one.value for one in side.seen.members if one.rule.name == rule.name] for side in sides]
        shown = [_listed(side, rule.name, own) for side, own in zip(sides, values, strict=True)]
        rows.append(Row(type_said(rule.name), shown, mark_of([sorted(own) for own in values])))
    return rows


def _listed(side: SideShown, type_name: str, values: Sequence[str]) -> list[str]:
    shown = [value if side.revealed else masked(type_name, value) for value in values[:MOST_VALUES]]
    return [*shown, _("and %(n)s more") % {"n": len(values) - MOST_VALUES}] if len(values) > MOST_VALUES else shown


def trait_rows(sides: Sequence[SideShown], held: Configuration) -> list[Row]:
    """A row for each trait that any side has; those that differ first."""
    rows = []
    for name in sorted({name for side in sides for name in side.seen.traits}):
        values = [side.seen.traits[name].value if name in side.seen.traits else None for side in sides]
        shown = [_trait_shown(side, name, held) for side in sides]
        rows.append(Row(trait_label(name, sides), shown, mark_of([None if one is None else [one] for one in values])))
    return sorted(rows, key=lambda row: (DIFFERS, ONE_SIDE, SAME).index(row.mark or SAME))[:MOST_TRAITS]


def trait_label(name: str, sides: Sequence[SideShown]) -> str:
    """A trait's name as people read it, without what is an identifier or looks like one."""
    known = frozenset().union(*(values_of(side.seen) for side in sides if not side.revealed))
    shown = masked_text(name, known)
    return trait_in_words(shown) if shown == name else shown


def _trait_shown(side: SideShown, name: str, held: Configuration) -> list[str]:
    if name not in side.seen.traits:
        return []
    value = side.seen.traits[name].value
    if not side.revealed:
        value = masked_trait(name, value, held.trait_categories.get(name, ""), values_of(side.seen))
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return [text[:LONGEST_VALUE]]


def consent_rows(sides: Sequence[SideShown]) -> list[Row]:
    """A row for each purpose of which something was said."""
    purposes = sorted({purpose for side in sides for purpose in side.seen.consents})
    return [_row(readable(purpose), [_consent_of(side, purpose) for side in sides]) for purpose in purposes]


def _consent_of(side: SideShown, purpose: str) -> list[str]:
    said = side.seen.consents.get(purpose)
    return [] if said is None else [named(CONSENTS, said)]


def _row(label: str, cells: list[list[str]]) -> Row:
    return Row(label, cells, mark_of(cells))


def mark_of(values: Sequence[Collection[Any] | None]) -> str:
    """How the values of the sides compare; empty: there is one side only."""
    if len(values) < 2:
        return ""
    there = [value for value in values if value]
    if len(there) < len(values):
        return ONE_SIDE
    return SAME if all(value == there[0] for value in there) else DIFFERS
