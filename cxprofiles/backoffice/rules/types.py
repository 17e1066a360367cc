"""The types of identifiers: their rules, what a change would do to the profiles that there are, and the change."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from cxprofiles.backoffice.actors import actor_names
from cxprofiles.backoffice.changes_shown import change_shown, differences
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.masking import masked_name
from cxprofiles.backoffice.profile.identity_words import type_said
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.rules.fields import (
    FieldsRefused,
    NotPreviewed,
    Tried,
    check,
    described,
    rank_taken,
    read_fields,
    sign_change,
    signed_change,
    typed_as,
    typed_of,
)
from cxprofiles.backoffice.rules.words import NORMALISERS, OWNERS, OWNERSHIPS, line_said
from cxprofiles.backoffice.screens import NotHere, actor_of, confirmed, go_to, screen, show
from cxprofiles.rebuilding import POSTPONED, ask_for_rebuild
from profiles.configuration import configuration, rebuild_is_wanted
from profiles.configuration_reading import read_changes
from profiles.identity.rule_reading import read_traits_of, read_type, read_types
from profiles.identity.type_changes import (
    Preview,
    RankTaken,
    TooMuchToPreview,
    TypeChanged,
    TypeFields,
    change_type_as_seen,
    fields_of,
    preview_type,
)
from profiles.models import IdentifierType
from profiles.naming import display_name
from profiles.snapshot import one_snapshot

MOST_NAMED = 20
MOST_CHANGES = 10


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A profile that a preview speaks of. `profile_id` None: it does not exist yet."""

    profile_id: UUID | None
    name: str
    known: bool = False


@screen(Right.SEE_RULES, "GET")
def types_page(request: HttpRequest) -> HttpResponse:
    """All types, the strongest first, with what their rules mean."""
    held = configuration()
    rows = [
        {
            "row": rule,
            "said": type_said(rule.name),
            "owner": OWNERS[rule.ownership],
            "form": NORMALISERS[rule.normaliser],
        }
        for rule in sorted(held.types.values(), key=lambda rule: rule.rank)
    ]
    return show(request, "rules/types.html", {"rows": rows, "rebuilding": rebuild_is_wanted()})


@screen(Right.SEE_RULES, "GET")
def type_page(request: HttpRequest, name: str) -> HttpResponse:
    """One type with all its rules, to read or to change."""
    row = read_type(name) if name.isprintable() and "\x00" not in name else None
    if row is None:
        raise NotHere
    return show_form(request, typed_as(row), row=row)


@screen(Right.CHANGE_RULES, "GET")
def new_type(request: HttpRequest) -> HttpResponse:
    """The empty form of a new type."""
    ranks = [row.rank for row in read_types()]
    usual = IdentifierType(name="", rank=max(ranks, default=0) + 1, person=False, ownership="last", normaliser="trim")
    return show_form(request, typed_as(usual), row=None)


@screen(Right.CHANGE_RULES, "POST")
def preview_change(request: HttpRequest) -> HttpResponse:
    """What a change would do, on the real data; nothing changes yet."""
    typed = typed_of(request)
    try:
        name, fields = read_fields(typed)
    except FieldsRefused as refused:
        row = read_type(typed["name"]) if "name" not in refused.wrong else None
        return show_form(request, typed, row=row, wrong=refused.wrong, status=422)
    return try_change(request, name, fields)


def try_change(request: HttpRequest, name: str, fields: TypeFields, *, late: bool = False) -> HttpResponse:
    """What a change would do now. `late`: it was to be applied, and somebody changed the type meanwhile."""
    seen, preview = as_it_is(name), None
    with suppress(TooMuchToPreview), one_snapshot():
        preview = preview_type(name=name, fields=fields)
    change = Tried(name, fields, seen, tried=preview is not None)
    return show_preview(request, change, preview, late=late, status=409 if late else 200)


@screen(Right.CHANGE_RULES, "POST")
def apply_type(request: HttpRequest) -> HttpResponse:
    """Apply what was previewed, as it was previewed."""
    try:
        tried = signed_change(request, request.POST.get("signed", ""))
    except NotPreviewed:
        messages.error(
            request, _("Nothing was changed: look at what the change would do first, not longer than an hour.")
        )
        return go_to("/backoffice/rules/")
    name, fields = tried.name, tried.fields
    if not tried.tried and not confirmed(request, name):
        return show_preview(request, tried, None, wrong=_("Type the name of the type to confirm."), status=422)
    try:
        check(name, fields)
        change = change_type_as_seen(name=name, fields=fields, seen=tried.seen, actor=actor_of(request))
    except TypeChanged:
        return try_change(request, name, fields, late=True)
    except FieldsRefused as refused:
        return refuse(request, name, fields, refused.wrong)
    except RankTaken as error:
        return refuse(request, name, fields, {"rank": rank_taken(error)})
    messages.success(request, applied_said(ask_for_rebuild(change.needs_rebuild), change.needs_rebuild))
    return go_to(f"/backoffice/rules/types/{name}/")


def refuse(request: HttpRequest, name: str, fields: TypeFields, wrong: Mapping[str, str]) -> HttpResponse:
    """The form again, with what is wrong with it now."""
    asked = IdentifierType(name=name, **fields.described())
    return show_form(request, typed_as(asked), row=read_type(name), wrong=wrong, status=409)


def applied_said(rebuild: str, needed: bool) -> str:
    """What became of a change."""
    if not needed:
        return _("The type is as you set it. Nothing that is stored comes out otherwise.")
    if rebuild == POSTPONED:
        return _("The type is in force for what arrives. What is stored is computed anew once the broker answers.")
    return _("The type is in force for what arrives. What is stored is being computed anew; profiles follow then.")


def show_form(
    request: HttpRequest,
    typed: Mapping[str, str],
    *,
    row: IdentifierType | None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form of a type."""
    shown: dict[str, Any] = {
        "typed": typed,
        "row": row,
        "wrong": wrong or {},
        "title": type_said(row.name) if row else _("New type"),
        "normalisers": NORMALISERS.items(),
        "ownerships": OWNERSHIPS.items(),
        "changes": changes_of(row.name) if row else [],
    }
    return show(request, "rules/type.html", shown, status=status)


def changes_of(name: str) -> list[dict[str, Any]]:
    """Who changed a type when, from what to what."""
    found, _more = read_changes(limit=MOST_CHANGES, subjects=[f"identifier_type:{name}"])
    names = actor_names(change.actor for change in found)
    shown = ((change_shown(change), names.get(change.actor, change.actor)) for change in found)
    return [{**one, "lines": [line_said(line) for line in one["lines"]], "who": who} for one, who in shown]


def show_preview(
    request: HttpRequest,
    change: Tried,
    preview: Preview | None,
    *,
    wrong: str = "",
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    """What a change would do; None: there is too much to try it on."""
    splits, joins = named_parts(request, preview) if preview else ([], [])
    shown = {
        "name": change.name,
        "title": type_said(change.name),
        "late": late,
        "preview": preview,
        "splits": splits,
        "joins": joins,
        "more": preview is not None and preview.split_count + preview.join_count > len(splits) + len(joins),
        "lines": [line_said(line) for line in differences(described(change.seen), described(change.fields))],
        "signed": sign_change(request, change),
        "wrong": wrong,
    }
    return show(request, "rules/preview.html", shown, status=status)


def as_it_is(name: str) -> TypeFields | None:
    """The fields of a type as they are; None: there is none of this name."""
    row = read_type(name)
    return None if row is None else fields_of(row)


def named_parts(
    request: HttpRequest, preview: Preview
) -> tuple[list[tuple[NamedProfile, list[NamedProfile]]], list[tuple[list[NamedProfile], NamedProfile]]]:
    """The first splits and joins with the names of the profiles, each noted in the access log."""
    splits, joins = preview.splits[:MOST_NAMED], preview.joins[:MOST_NAMED]
    ids = {one.profile_id for one in splits} | {id_ for one in joins for id_ in one.profile_ids[:MOST_NAMED]}
    traits = read_traits_of(ids)
    if traits:
        note_reads(request, "staff.rules", sorted(traits), ["traits"])

    def named(profile_id: UUID | None) -> NamedProfile:
        held, known = traits.get(profile_id, ({}, False)) if profile_id else ({}, False)
        return NamedProfile(profile_id, masked_name(display_name(held)), known)

    return (
        [(named(one.profile_id), [named(part) for part in one.into[:MOST_NAMED]]) for one in splits],
        [([named(part) for part in one.profile_ids[:MOST_NAMED]], named(one.into)) for one in joins],
    )
