"""Everybody's own preferences: language, time zone and theme, as cookies of this browser."""

import zoneinfo
from functools import lru_cache

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from cxprofiles.backoffice.screens import THEME_COOKIE, THEMES, TIME_ZONE_COOKIE, go_to, screen, show
from cxprofiles.staff.sessions import sessions_of

HERE = "/backoffice/preferences/"
A_YEAR = 365 * 24 * 3600
KEYS_COOKIE, KEYS_OFF = "keys", "off"  # read by the scripts alone


@screen(None, "GET", "POST")
def preferences_page(request: HttpRequest) -> HttpResponse:
    """Show and keep what somebody prefers; what is not on offer is refused."""
    if request.method != "POST":
        return preferences_form(request)
    chosen = {name: request.POST.get(name, "") for name in COOKIES}
    wrong = [name for name, value in chosen.items() if value and value not in offered(name)]
    if wrong:
        return preferences_form(request, status=422, wrong=wrong)
    return kept(request, chosen)


def preferences_form(request: HttpRequest, status: int = 200, wrong: list[str] | None = None) -> HttpResponse:
    """The form, with what is in force now."""
    held = {
        "zones": time_zones(),
        "sessions": sessions_of(request.user.pk or 0, current_key=request.session.session_key),
        "wrong": wrong or [],
        "keys_off": request.COOKIES.get(KEYS_COOKIE) == KEYS_OFF,
        "chosen_language": request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
    }
    return show(request, "people/preferences.html", held, status=status)


def kept(request: HttpRequest, chosen: dict[str, str]) -> HttpResponse:
    """Back to the form, with the cookies set; an empty choice lets one go, and the browser decides."""
    with translation.override(chosen["language"] or translation.get_language()):
        messages.success(request, _("Kept for this browser."))
    response = go_to(HERE)
    for name, cookie in COOKIES.items():
        if chosen[name]:
            # The script that tells the browser's time zone reads one of them.
            response.set_cookie(cookie, chosen[name], max_age=A_YEAR, secure=settings.BEHIND_TLS, samesite="Lax")
        else:
            response.delete_cookie(cookie, samesite="Lax")
    return response


COOKIES = {
    "language": settings.LANGUAGE_COOKIE_NAME,
    "time_zone": TIME_ZONE_COOKIE,
    "theme": THEME_COOKIE,
    "keys": KEYS_COOKIE,
}


def offered(name: str) -> frozenset[str]:
    """What can be chosen."""
    if name == "language":
        return frozenset(code for code, _name in settings.LANGUAGES)
    if name == "keys":
        return frozenset({KEYS_OFF})
    return frozenset(THEMES) if name == "theme" else frozenset(time_zones())


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """The names of time zones that people know, in order."""
    places = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if name.startswith(places)))
