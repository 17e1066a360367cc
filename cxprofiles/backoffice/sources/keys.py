"""The write keys of a source: a new one, and the end of old ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, confirmed, go_to, screen
from cxprofiles.backoffice.sources.connecting import to_key
from cxprofiles.backoffice.sources.opening import HIGHEST_ID, open_source, path_of, show_source
from cxprofiles.backoffice.sources.quarantine import whole
from profiles.figures.judging import KEY_ENDS
from profiles.models import Source, SourceKey
from profiles.sources import NoSuchKey, revoke_key, revoke_source, rotate_key

OVERLAPS = {
    "0": gettext_lazy("not at all: they end now"),
    "3600": gettext_lazy("one hour"),
    "86400": gettext_lazy("one day"),
    "604800": gettext_lazy("seven days"),
    "2592000": gettext_lazy("thirty days"),
}
USUAL_OVERLAP = "86400"
ALL_KEYS = "all"


@screen(Right.SEE_SOURCES, "GET")
def keys_page(request: HttpRequest, number: int) -> HttpResponse:
    """The keys, of which only the last characters are kept readable."""
    return _shown(request, open_source(number))


@screen(Right.RUN_SOURCES, "POST")
def rotate_page(request: HttpRequest, number: int) -> HttpResponse:
    """Make a new key, which the next page shows once; the old ones end after the overlap."""
    row, overlap = open_source(number), request.POST.get("overlap", "")
    if overlap not in OVERLAPS:
        return _shown(request, row, {"overlap": _("Choose how long the old keys stay good.")})
    key = rotate_key(name=row.name, actor=actor_of(request), overlap=timedelta(seconds=int(overlap)))
    return to_key(request, row, key=key)


@screen(Right.RUN_SOURCES, "POST")
def revoke_page(request: HttpRequest, number: int) -> HttpResponse:
    """End one key, or all of them and disable the source, once the source's name was typed."""
    row, which = open_source(number), request.POST.get("key", "")
    if not confirmed(request, row.name):
        return _shown(request, row, {f"revoke-{which}": _("Type the name of the source as it is written here.")})
    if which == ALL_KEYS:
        revoke_source(name=row.name, actor=actor_of(request))
        messages.success(request, _("All keys are revoked and the source is disabled: what it posts is refused."))
        return go_to(path_of(row, "keys/"))
    try:
        revoke_key(name=row.name, key_id=min(whole(request, "key"), HIGHEST_ID), actor=actor_of(request))
    except NoSuchKey:
        messages.info(request, _("This key was over already."))
    else:
        messages.success(request, _("The key is revoked: whoever posts with it is refused from now on."))
    return go_to(path_of(row, "keys/"))


def _shown(request: HttpRequest, row: Source, wrong: dict[str, str] | None = None) -> HttpResponse:
    now = datetime.now(UTC)
    keys = [key_shown(key, now) | {"wrong": (wrong or {}).get(f"revoke-{key.pk}")} for key in row.keys.order_by("-id")]
    shown = {
        "keys": keys,
        "good": sum(key["good"] for key in keys),
        "overlaps": OVERLAPS.items(),
        "usual": USUAL_OVERLAP,
        "wrong_overlap": (wrong or {}).get("overlap"),
        "wrong_all": (wrong or {}).get(f"revoke-{ALL_KEYS}"),
    }
    return show_source(request, row, "keys", shown, status=422 if wrong else 200)


def key_shown(key: SourceKey, now: datetime) -> dict[str, Any]:
    """A key as the table has it."""
    ended = key.expires_at is not None and key.expires_at <= now
    good = key.revoked_at is None and not ended
    ends_soon = good and key.expires_at is not None and key.expires_at - now < KEY_ENDS
    return {"key": key, "good": good, "ended": ended, "ends_soon": ends_soon}
