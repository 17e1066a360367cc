"""The form of a type: what was typed, read into the fields of a type or refused field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext

from cxprofiles.backoffice.rules.words import refusal_of
from cxprofiles.backoffice.screens import is_unicode
from profiles.identity.type_changes import NAME, RankTaken, TypeFields, TypeRefused, check_rank, check_type
from profiles.models import IdentifierType

SALT = "cxprofiles.backoffice.rules"
SIGNED_SECONDS = 3600
LONGEST_FIELD = 400_000
TYPED = ("rank", "per_profile", "ownership", "shared_above", "normaliser", "blocked")


class FieldsRefused(Exception):
    """What is wrong, by field, in the reader's words."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("The form cannot be taken.")
        self.wrong = dict(wrong)


class NotPreviewed(Exception):
    """What is to be applied was not previewed by this member of staff within the hour."""


def typed_of(request: HttpRequest) -> dict[str, str]:
    """What was typed, so that it can be shown again."""
    return {name: request.POST.get(name, "")[:LONGEST_FIELD] for name in ("name", "person", *TYPED)}


def typed_as(row: IdentifierType) -> dict[str, str]:
    """A type as its form shows it."""
    return {
        "name": row.name,
        "rank": str(row.rank),
        "person": "on" if row.person else "",
        "per_profile": "" if row.per_profile is None else str(row.per_profile),
        "ownership": row.ownership,
        "shared_above": "" if row.shared_above is None else str(row.shared_above),
        "normaliser": row.normaliser,
        "blocked": "\n".join(row.blocked),
    }


def read_fields(typed: Mapping[str, str]) -> tuple[str, TypeFields]:
    """The name and the fields of a type. Raises `FieldsRefused`."""
    wrong: dict[str, str] = {}
    name = typed["name"].strip()
    if not NAME.fullmatch(name):
        wrong["name"] = refusal_of("name")
    rank = _number(typed, "rank", wrong)
    per_profile, shared_above = _number(typed, "per_profile", wrong), _number(typed, "shared_above", wrong)
    if rank is None and "rank" not in wrong:
        wrong["rank"] = refusal_of("rank")
    if not is_unicode(typed["blocked"]):
        wrong["blocked"] = refusal_of("blocked")
    if wrong or rank is None:
        raise FieldsRefused(wrong)
    lines = (line.strip() for line in typed["blocked"].splitlines())
    fields = TypeFields(
        rank=rank,
        person=bool(typed["person"]),
        per_profile=per_profile,
        ownership=typed["ownership"],
        shared_above=shared_above,
        normaliser=typed["normaliser"],
        blocked=tuple(line for line in lines if line),
    )
    check(name, fields)
    return name, fields


def check(name: str, fields: TypeFields) -> None:
    """Raise `FieldsRefused` where the domain refuses them."""
    try:
        check_type(name, fields)
        check_rank(name, fields.rank)
    except TypeRefused as error:
        raise FieldsRefused({error.field: refusal_of(error.field)}) from None
    except RankTaken as error:
        raise FieldsRefused({"rank": rank_taken(error)}) from None


def rank_taken(error: RankTaken) -> str:
    """That another type has the rank."""
    return gettext("%(name)s has this rank already. Choose another one; gaps are allowed.") % {"name": error.name}


def _number(typed: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    text = typed[name].strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) > 0):
        wrong[name] = refusal_of(name)
        return None
    return int(text)


@dataclass(frozen=True, slots=True)
class Tried:
    """A change as it was previewed. `seen`: the type as it was, None: there was none; `tried`: on the real data."""

    name: str
    fields: TypeFields
    seen: TypeFields | None
    tried: bool


def described(fields: TypeFields | None) -> dict[str, Any] | None:
    """Fields as audit rows show them; None: there are none."""
    return None if fields is None else fields.described()


def sign_change(request: HttpRequest, change: Tried) -> str:
    """What was previewed, for this member of staff to apply."""
    fields, seen = described(change.fields), described(change.seen)
    held = {"name": change.name, "fields": fields, "seen": seen, "tried": change.tried}
    return signing.dumps({**held, "user": request.user.pk}, salt=SALT, compress=True)


def signed_change(request: HttpRequest, token: str) -> Tried:
    """What was previewed; raises `NotPreviewed`."""
    try:
        held = signing.loads(token, salt=SALT, max_age=SIGNED_SECONDS)
    except (signing.BadSignature, ValueError):
        raise NotPreviewed from None
    if held["user"] != request.user.pk:
        raise NotPreviewed
    seen = None if held["seen"] is None else _fields(held["seen"])
    return Tried(held["name"], _fields(held["fields"]), seen, held["tried"])


def _fields(described: Mapping[str, Any]) -> TypeFields:
    return TypeFields(**{**described, "blocked": tuple(described["blocked"])})
