"""Changing a purpose: a form with what is wrong beside each field, what the change would do, and then the change."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.purpose_fields import PurposeFields, PurposeRefused, default_of
from consent.purpose_reading import read_purpose
from cxprofiles.backoffice import consent_words
from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.purposes import words
from cxprofiles.backoffice.purposes.listing import find_purpose, title_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, go_to, screen, text_of
from cxprofiles.backoffice.screens import show as show_screen
from cxprofiles.backoffice.undo import offer_undo, undoes
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.configuration import configuration
from profiles.configuration_reading import find_change, read_changes
from profiles.purpose_changes import PurposeChange, change_purpose
from profiles.purpose_previews import FieldChange, PurposePreview, preview_purpose

KIND = "purpose"
APPLY = "apply"
LONGEST_LIST = 20_000
BASIS_ORDER: Sequence[str] = tuple(consent_words.BASES)
PLAIN_FIELDS = ("legal_basis", "address_type", "least_assurance", "expires_after", "reask_after", "remind_after")


@screen(Right.CHANGE_PURPOSES, "GET", "POST")
def change_page(request: HttpRequest, key: str) -> HttpResponse:
    """The form of a purpose; what the change would do; and the change."""
    before = find_purpose(key)
    return form_page(request, key, before) if request.method != "POST" else answer_form(request, key, before)


@screen(Right.CHANGE_PURPOSES, "GET", "POST")
def new_page(request: HttpRequest) -> HttpResponse:
    """The form of a purpose that does not exist yet."""
    if request.method != "POST":
        return form_page(request, "", None)
    key = text_of(request, "key", longest=200)
    if read_purpose(key) is not None:
        wrong = {"key": _("There is a purpose of this key already. Change that one, or choose another key.")}
        return form_page(request, key, None, entered=fields_of(request, None), wrong=wrong, status=422)
    return answer_form(request, key, None)


def answer_form(request: HttpRequest, key: str, before: PurposeFields | None) -> HttpResponse:
    """What the change would do, or the change itself; the form again with what is wrong."""
    entered = fields_of(request, before)
    try:
        entered = read_regions(request, entered)
        if applies(request, key, before, entered):
            return changed(request, change_purpose(key=key, fields=entered, actor=actor_of(request)))
        preview = preview_purpose(key=key, fields=entered)
    except PurposeRefused as error:
        wrong = {error.field: words.refusal(error.field, str(error))}
        return form_page(request, key, before, entered=entered, wrong=wrong, status=422)
    return form_page(request, key, before, entered=entered, preview=preview, late=is_late(request, before))


def applies(request: HttpRequest, key: str, before: PurposeFields | None, entered: PurposeFields) -> bool:
    """Whether the change is to be made now: what was previewed, of the purpose as it stood then, and nothing else."""
    return request.POST.get("act") == APPLY and request.POST.get("seen", "") == seen_of(key, before, entered)


def is_late(request: HttpRequest, before: PurposeFields | None) -> bool:
    """Whether the purpose is another by now than the one that was previewed."""
    stood, _dot, _rest = request.POST.get("seen", "").partition(".")
    return request.POST.get("act") == APPLY and bool(stood) and stood != mark_of(before)


def changed(request: HttpRequest, change: PurposeChange) -> HttpResponse:
    """Say what was done, offer to take it back, and go to the purpose."""
    ask_for_rebuild(change.needs_rebuild)
    done = _("Changed, and in force at once.")
    if change.needs_rebuild:
        done += " " + _("Profiles are being computed anew by it.")
    trail, _more = read_changes(limit=1, subjects=[f"purpose:{change.key}"])
    if trail and trail[0].before is not None:
        offer_undo(request, done, KIND, [change.key, str(trail[0].id)])
    else:
        messages.success(request, done)
    return go_to(f"/backoffice/purposes/one/{change.key}/")


def fields_of(request: HttpRequest, before: PurposeFields | None) -> PurposeFields:
    """The form as the fields of a purpose, regions aside; languages that the form does not have stay as they were."""
    plain: dict[str, Any] = {name: text_of(request, name, longest=200) for name in PLAIN_FIELDS}
    default = text_of(request, "default", longest=20)
    return PurposeFields(
        **plain,
        default=default or default_of(plain["legal_basis"]),
        name=by_language(request, "name", {} if before is None else before.name),
        text=by_language(request, "text", {} if before is None else before.text),
        categories=listed(text_of(request, "categories", longest=LONGEST_LIST)),
        channels=tuple(name for name in CHANNELS if name in request.POST.getlist("channels")),
        regions={} if before is None else before.regions,
        double_opt_in=request.POST.get("double_opt_in") == "on",
        notice=text_of(request, "notice", longest=200),
    )


def by_language(request: HttpRequest, name: str, held: dict[str, str]) -> dict[str, str]:
    """The words of a field in the languages of the form, and those that are held in others."""
    entered = {code: text_of(request, f"{name}_{code}", longest=10_000) for code, _name in settings.LANGUAGES}
    others = {code: text for code, text in held.items() if code not in entered}
    return others | {code: text.replace("\r\n", "\n") for code, text in entered.items() if text}


def read_regions(request: HttpRequest, fields: PurposeFields) -> PurposeFields:
    """The fields with the regions of the form, one a line. Raises `PurposeRefused`."""
    regions = {}
    for line in text_of(request, "regions", longest=LONGEST_LIST).splitlines():
        parts = line.replace(":", " ").split()
        if len(parts) != 2:
            if not parts:
                continue
            raise PurposeRefused("regions", "A line is a region and what holds there.")
        regions[parts[0]] = {"default": parts[1]}
    return replace(fields, regions=regions)


def listed(text: str) -> tuple[str, ...]:
    """Words between commas, each once."""
    return tuple(dict.fromkeys(one for one in (part.strip() for part in text.split(",")) if one))


def seen_of(key: str, before: PurposeFields | None, entered: PurposeFields) -> str:
    """What tells a preview from any other: the purpose as it stood, its key, and each field that was entered. So nobody
    overwrites what they did not see, and nothing is applied that was changed in the form after the preview."""
    return f"{mark_of(before)}.{mark_of(entered, key)}"


def mark_of(fields: PurposeFields | None, key: str = "") -> str:
    """What tells the fields of a purpose from any others."""
    content = b"" if fields is None else msgspec.json.encode([key, fields.described()], order="sorted")
    return hashlib.sha256(content).hexdigest()[:16]


def form_page(
    request: HttpRequest,
    key: str,
    before: PurposeFields | None,
    *,
    entered: PurposeFields | None = None,
    wrong: dict[str, str] | None = None,
    preview: PurposePreview | None = None,
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form."""
    fields = entered or before or PurposeFields(legal_basis="consent", default="denied")
    shown = {
        "key": key,
        "new": before is None,
        "title": title_of(key, before) if before is not None else "",
        "fields": fields,
        "wrong": wrong or {},
        "preview": preview,
        "preview_lines": [line_of(one) for one in preview.fields] if preview else [],
        "late": late,
        "seen": seen_of(key, before, fields) if preview else "",
        "bases": [(one, consent_words.BASES[one]) for one in BASIS_ORDER],
        "defaults": list(words.DEFAULTS.items()),
        "assurances": list(words.ASSURANCES.items()),
        "channels": list(CHANNELS.values()),
        "types": sorted(configuration().types),
        "categories": ", ".join(fields.categories),
        "regions": request.POST.get("regions", region_lines(fields)),
        "texts": [
            {"code": code, "language": name, "name": fields.name.get(code, ""), "text": fields.text.get(code, "")}
            for code, name in settings.LANGUAGES
        ],
    }
    return show_screen(request, "purposes/form.html", shown, status=status)


def line_of(one: FieldChange) -> tuple[str, str, str]:
    """A field that differs in words: its name, what stands there and what would."""
    return words.field_named(one.name), words.value_named(one.name, one.before), words.value_named(one.name, one.after)


def region_lines(fields: PurposeFields) -> str:
    """The regions, one a line."""
    return "\n".join(f"{region} {rule['default']}" for region, rule in sorted(fields.regions.items()))


@undoes(KIND, Right.CHANGE_PURPOSES)
def take_back(ids: list[str], actor: str) -> str:
    """Set a purpose as it was before a change, unless it was changed again since."""
    key, change = ids[0], find_change(int(ids[1]))
    now = read_purpose(key)
    if change is None or change.before is None or now is None or now.described() != change.after:
        return _("The purpose was changed again since then. Look at its history and set it as you want it.")
    held = {**change.before, "categories": tuple(change.before["categories"])}
    fields = PurposeFields(**{**held, "channels": tuple(change.before["channels"])})
    ask_for_rebuild(change_purpose(key=key, fields=fields, actor=actor).needs_rebuild)
    return _("The purpose is set as it was before.")
