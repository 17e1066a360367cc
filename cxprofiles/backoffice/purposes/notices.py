"""Notices: what people are told, in versions that never change once they are published."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.notice_reading import list_notices, list_versions, purposes_told_by
from consent.notice_uses import MOST_COUNTED, uses_by_version
from consent.purpose_diff import NoticePublished
from consent.purpose_fields import PurposeRefused
from consent.purpose_reading import read_notices
from cxprofiles.backoffice.purposes import words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, actor_of, confirmed, go_to, screen, show, text_of
from profiles.notice_publishing import latest_terms, publish_version

MOST_VERSIONS = 30
MOST_NOTICES = 300
LONGEST_NOTICE = 60_000
LONGEST_TERMS = 25_000


@screen(Right.SEE_PURPOSES, "GET")
def notices_page(request: HttpRequest) -> HttpResponse:
    """All notices."""
    found = list_notices()
    shown = {"found": found[:MOST_NOTICES], "more": len(found) > MOST_NOTICES}
    return show(request, "purposes/notices.html", shown)


@screen(Right.SEE_PURPOSES, "GET")
def notice_page(request: HttpRequest, key: str) -> HttpResponse:
    """One notice: its versions, how many decisions rest on each, and for which purposes it is."""
    check_clean(key)
    versions, purposes = list_versions(key, limit=MOST_VERSIONS), purposes_told_by(key)
    if not versions and not purposes:
        raise NotHere
    uses = uses_by_version(key=key, versions=[one.version for one in versions], purposes=purposes)
    shown = {
        "key": key,
        "versions": [(one, uses_shown(uses.get(one.version, 0))) for one in versions],
        "purposes": purposes,
        "more": len(versions) == MOST_VERSIONS,
    }
    return show(request, "purposes/notice.html", shown)


@screen(Right.SEE_PURPOSES, "GET")
def version_page(request: HttpRequest, key: str, version: str) -> HttpResponse:
    """The texts of one version, by language."""
    check_clean(key + version)
    texts = read_notices(key=key, version=version)
    if not texts:
        raise NotHere
    purposes = purposes_told_by(key)
    uses = uses_by_version(key=key, versions=[version], purposes=purposes)
    shown = {
        "key": key,
        "version": version,
        "texts": texts,
        "uses": uses_shown(uses.get(version, 0)),
        "purposes": purposes,
        "terms": json.dumps(texts[0].terms, ensure_ascii=False, indent=2) if texts[0].terms else "",
    }
    return show(request, "purposes/version.html", shown)


@screen(Right.CHANGE_PURPOSES, "GET", "POST")
def publish_page(request: HttpRequest) -> HttpResponse:
    """GET: the form of a new version. POST: publish it, for good."""
    if request.method != "POST":
        return publish_form(request, started(request.GET.get("notice", "")), {})
    entered = entered_of(request)
    wrong = refusals_of(request, entered)
    if wrong:
        return publish_form(request, entered, wrong, status=422)
    try:
        made = publish_version(
            key=entered["key"],
            version=entered["version"],
            texts={code: text for code, text in entered["texts"].items() if text},
            terms=json.loads(entered["terms"] or "{}"),
            actor=actor_of(request),
        )
    except PurposeRefused as error:
        field = error.field if error.field in ("key", "version", "terms") else "text"
        return publish_form(request, entered, {field: words.refusal(error.field, str(error))}, status=422)
    except NoticePublished as error:
        return publish_form(request, entered, {"version": words.refusal("published", str(error))}, status=409)
    said = _("Published in: %(languages)s.") % {"languages": ", ".join(made)} if made else _("It stood so already.")
    messages.success(request, said)
    return go_to(f"/backoffice/purposes/notices/{entered['key']}/")


def started(key: str) -> dict[str, Any]:
    """The form of a new version of a notice: with the terms of the last one."""
    clean = "" if "\x00" in key else key[:200]
    terms = latest_terms(clean) if clean else {}
    written = json.dumps(terms, ensure_ascii=False, indent=2) if terms else ""
    return {"key": clean, "version": "", "terms": written, "texts": {}}


def entered_of(request: HttpRequest) -> dict[str, Any]:
    """What was entered; raises `Refused` for what is no text."""
    texts = {
        code: text_of(request, f"text_{code}", longest=LONGEST_NOTICE).replace("\r\n", "\n")
        for code, _name in settings.LANGUAGES
    }
    return {
        "key": text_of(request, "key", longest=200),
        "version": text_of(request, "version", longest=200),
        "terms": text_of(request, "terms", longest=LONGEST_TERMS),
        "texts": texts,
    }


def refusals_of(request: HttpRequest, entered: dict[str, Any]) -> dict[str, str]:
    """What is wrong before anything is asked of the domain."""
    wrong = {}
    if not any(entered["texts"].values()):
        wrong["text"] = _("Write the text in one language at least.")
    if not is_object(entered["terms"]):
        wrong["terms"] = _("Terms are a JSON object, or nothing.")
    if not wrong and not confirmed(request, entered["version"]):
        wrong["confirm"] = _("Type the version to confirm: what is published never changes.")
    return wrong


def is_object(text: str) -> bool:
    """Whether a text is a JSON object, or empty."""
    try:
        return isinstance(json.loads(text or "{}"), dict)
    except (ValueError, RecursionError):
        return False


def publish_form(
    request: HttpRequest, entered: dict[str, Any], wrong: dict[str, str], status: int = 200
) -> HttpResponse:
    """The form of a new version."""
    languages = [(code, name, entered["texts"].get(code, "")) for code, name in settings.LANGUAGES]
    shown = {"entered": entered, "wrong": wrong, "fields_by_language": languages}
    return show(request, "purposes/publish.html", shown, status=status)


def uses_shown(count: int) -> dict[str, Any]:
    """How many decisions rest on a version; counting ends at a bound."""
    return {"count": min(count, MOST_COUNTED), "more": count > MOST_COUNTED}


def check_clean(text: str) -> None:
    """Raise `NotHere` for what no notice can be called."""
    if "\x00" in text or len(text) > 400:
        raise NotHere
