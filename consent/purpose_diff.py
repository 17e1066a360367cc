"""What a file of purposes would change in what stands, and that in words. Pure.

What a file does not mention stays as it is: purposes have decisions, and nothing is deleted.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from consent.purpose_fields import PurposeFields
from consent.purpose_files import PurposeSet

LONGEST_SHOWN = 60

Key = TypeVar("Key")
Value = TypeVar("Value")


class NoticePublished(ValueError):
    """This version of the notice stands with another text or other terms and never changes; publish a new version."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def changes_between(held: PurposeSet, wanted: PurposeSet) -> PurposeSet:
    """The part of `wanted` that is new or differs. Raises `NoticePublished` where it rewrites a notice."""
    notices = differing(held.notices, wanted.notices)
    if held.notices.keys() & notices.keys():
        raise NoticePublished
    return PurposeSet(
        purposes=differing(held.purposes, wanted.purposes),
        ages=differing(held.ages, wanted.ages),
        trait_categories={
            name: category
            for name, category in wanted.trait_categories.items()
            if held.trait_categories.get(name, "") != category
        },
        notices=notices,
    )


def differing(held: Mapping[Key, Value], wanted: Mapping[Key, Value]) -> dict[Key, Value]:
    """The items of `wanted` that `held` does not have so."""
    return {key: value for key, value in wanted.items() if key not in held or held[key] != value}


def describe_changes(held: PurposeSet, changes: PurposeSet) -> list[str]:
    """The changes as lines: `+` what is new, `~` what differs. No line: nothing to change."""
    return [
        line
        for part in (purpose_lines(held, changes), notice_lines(changes), age_lines(held, changes))
        for line in part
    ] + list(category_lines(held, changes))


def purpose_lines(held: PurposeSet, changes: PurposeSet) -> Iterator[str]:
    """A line for each new purpose, and one for each field that differs of another."""
    for key, fields in sorted(changes.purposes.items()):
        before = held.purposes.get(key)
        if before is None:
            yield f"+ purpose {key}: {fields.legal_basis}, {fields.default} by default"
        else:
            yield from (f"~ purpose {key}: {line}" for line in field_lines(before, fields))


def field_lines(before: PurposeFields, after: PurposeFields) -> Iterator[str]:
    """The fields that differ, from what to what."""
    old, new = before.described(), after.described()
    for name in old:
        if isinstance(old[name], dict):
            for member in sorted(old[name].keys() | new[name].keys()):
                if old[name].get(member) != new[name].get(member):
                    yield f"{name}.{member}: {shown(old[name].get(member))} → {shown(new[name].get(member))}"
        elif old[name] != new[name]:
            yield f"{name}: {shown(old[name])} → {shown(new[name])}"


def shown(value: Any) -> str:
    """A value of a field for people, cut where it is long."""
    if isinstance(value, dict):
        value = value.get("default")
    text = ", ".join(value) if isinstance(value, list) else {True: "yes", False: "no"}.get(value, value)
    text = "none" if text is None or text == "" else " ".join(str(text).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def notice_lines(changes: PurposeSet) -> Iterator[str]:
    """A line for each new notice; those that stand never differ."""
    for notice in (changes.notices[place] for place in sorted(changes.notices)):
        length = len(notice.text)
        yield f"+ notice {notice.key} {notice.version} in {notice.language}: {length} characters"


def age_lines(held: PurposeSet, changes: PurposeSet) -> Iterator[str]:
    """A line for each consent age."""
    for country, years in sorted(changes.ages.items()):
        before = held.ages.get(country)
        yield f"+ consent age {country}: {years}" if before is None else f"~ consent age {country}: {before} → {years}"


def category_lines(held: PurposeSet, changes: PurposeSet) -> Iterator[str]:
    """A line for each trait's category."""
    for name, category in sorted(changes.trait_categories.items()):
        before = held.trait_categories.get(name, "")
        yield f"~ trait {name}: {shown(before)} → {shown(category)}" if before else f"+ trait {name}: {shown(category)}"
