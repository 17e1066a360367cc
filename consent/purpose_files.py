"""Purposes, notices, consent ages and the categories of traits as one versioned file, in TOML. Pure."""

import dataclasses
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from consent.purpose_fields import (
    Known,
    NoticeFields,
    PurposeFields,
    PurposeRefused,
    check_age,
    check_category,
    check_notice,
    check_purpose,
    default_of,
)

LARGEST = 1024 * 1024
MOST = {"purposes": 1_000, "notices": 1_000, "consent_ages": 300, "trait_categories": 10_000}
LONGEST_TRAIT = 200
LONGEST_VERSION = 100

Shape = TypeVar("Shape")


class FileRefused(ValueError):
    """Why a file of purposes cannot be taken, in a sentence that names the place."""


@dataclass(frozen=True, slots=True)
class PurposeSet:
    """What a file states, or what stands now."""

    purposes: dict[str, PurposeFields] = field(default_factory=dict)
    ages: dict[str, int] = field(default_factory=dict)
    trait_categories: dict[str, str] = field(default_factory=dict)
    notices: dict[tuple[str, str, str], NoticeFields] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PurposeFile:
    """A file that was read: its version and what it states."""

    version: str
    stated: PurposeSet


def read_file(data: bytes, known: Known) -> PurposeFile:
    """The file in these bytes; raises `FileRefused` at the first thing that is wrong."""
    content = read_toml(data)
    version = content.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= LONGEST_VERSION or not version.isprintable():
        raise FileRefused(f"version: state the file's version, 1 to {LONGEST_VERSION} printable characters.")
    unknown = sorted(content.keys() - MOST.keys() - {"version"})
    if unknown:
        raise FileRefused(f"{unknown[0]}: there is no such part; the parts are version, {', '.join(MOST)}.")
    notices = read_notices(content)
    stated = PurposeSet(
        purposes={key: read_purpose(key, value, known) for key, value in table(content, "purposes").items()},
        ages={country: read_age(country, years) for country, years in table(content, "consent_ages").items()},
        trait_categories={
            name: read_category(name, category) for name, category in table(content, "trait_categories").items()
        },
        notices={notice.place: notice for notice in notices},
    )
    if len(stated.notices) < len(notices):
        raise FileRefused("notices: one version of a notice stands there twice in one language.")
    return PurposeFile(version, stated)


def read_toml(data: bytes) -> dict[str, Any]:
    """The bytes as TOML; raises `FileRefused`, with the line where it knows it."""
    if len(data) > LARGEST:
        raise FileRefused(f"The file is larger than {LARGEST // 1024} KiB.")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise FileRefused("The file is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)$", str(error))
        raise FileRefused(f"The file is not TOML {place[0] if place else ''}".rstrip() + ".") from None
    except (RecursionError, ValueError):
        raise FileRefused("The file is nested too deeply or holds a number that is too long.") from None


def table(content: dict[str, Any], part: str) -> dict[str, Any]:
    """One part of the file, which may be left out."""
    found = content.get(part, {})
    if not isinstance(found, dict):
        raise FileRefused(f"{part}: this must be a table.")
    if len(found) > MOST[part]:
        raise FileRefused(f"{part}: there are more than {MOST[part]}.")
    return found


def read_purpose(key: str, values: Any, known: Known) -> PurposeFields:
    """One purpose; raises `FileRefused`."""
    place = f'purposes."{key}"'
    if isinstance(values, dict) and isinstance(values.get("legal_basis"), str):
        values = {"default": default_of(values["legal_basis"]), **values}
    fields = convert(place, values, PurposeFields)
    check(place, lambda: check_purpose(key, fields, known))
    return fields


def read_notices(content: dict[str, Any]) -> list[NoticeFields]:
    """All notices; raises `FileRefused`."""
    found = content.get("notices", [])
    if not isinstance(found, list) or len(found) > MOST["notices"]:
        raise FileRefused(f"notices: these must be tables of an array, [[notices]], at most {MOST['notices']}.")
    notices = [convert(f"notices[{number}]", values, NoticeFields) for number, values in enumerate(found)]
    for number, notice in enumerate(notices):
        check(f"notices[{number}]", lambda notice=notice: check_notice(notice))  # type: ignore[misc]
    return notices


def read_age(country: str, years: Any) -> int:
    """One consent age; raises `FileRefused`."""
    place = f'consent_ages."{country}"'
    number = convert(place, years, int)
    check(place, lambda: check_age(country, number))
    return number


def read_category(name: str, category: Any) -> str:
    """The category of one trait; raises `FileRefused`."""
    place = f'trait_categories."{name}"'
    if not 0 < len(name) <= LONGEST_TRAIT or not name.isprintable():
        raise FileRefused(f"trait_categories: a trait's name is 1 to {LONGEST_TRAIT} printable characters.")
    text = convert(place, category, str)
    check(place, lambda: check_category(text))
    return text


def convert(place: str, values: Any, shape: type[Shape]) -> Shape:
    """Values of TOML as `shape`; raises `FileRefused` for a wrong type, and for a member that it does not have."""
    if dataclasses.is_dataclass(shape) and isinstance(values, dict):
        unknown = sorted(values.keys() - {member.name for member in dataclasses.fields(shape)})
        if unknown:
            raise FileRefused(f"{place}.{unknown[0]}: there is no such field.")
    try:
        return msgspec.convert(values, shape, strict=True)
    except msgspec.ValidationError as error:
        what, _, path = str(error).replace("`", "").replace("Object missing", "Missing").partition(" - at $")
        raise FileRefused(f"{place}{path}: {what}.") from None


def check(place: str, checked: Callable[[], None]) -> None:
    """Run a check of the domain and say its refusal with the place."""
    try:
        checked()
    except PurposeRefused as error:
        raise FileRefused(f"{place}.{error.field}: {error}") from None
