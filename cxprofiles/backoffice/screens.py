"""What every screen of the back office shares: who may open it, the language and time zone, and what goes wrong.

`screen` is the only way to a view: it lets in whoever is signed in with a second factor and has the view's right.
"""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from cxprofiles.api.errors import DATABASE_AWAY, STATUSES
from cxprofiles.backoffice.navigation import entries_for
from cxprofiles.backoffice.proving import prove_anew
from cxprofiles.backoffice.rights import Right, roles_with
from cxprofiles.backoffice.second_factor import lacks_second_factor
from cxprofiles.backoffice.staff_rights import has_right, rights_of

START = "/backoffice/"
TEMPLATES = "cxprofiles/backoffice/"
THEMES = ("light", "dark")
TIME_ZONE_COOKIE = "time_zone"
THEME_COOKIE = "theme"
LONGEST_TEXT = 2_000

_OWN_PATH = re.compile(r"/(?:backoffice|accounts)/[A-Za-z0-9/_.-]*(?:\?[A-Za-z0-9_.%&=:+,-]*)?")

View = Callable[..., HttpResponseBase]


class NotHere(LookupError):
    """There is nothing here: it never was, or it was erased."""


class Refused(Exception):
    """Why something cannot be done, in a sentence for whoever asked for it."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


def screen(right: Right | None, *methods: str, also: Right | None = None, anew: bool = False) -> Callable[[View], View]:
    """A view for staff who have a right (None: for all staff), and a second one where `also` names it. What goes
    wrong is answered by a page too. `anew`: a form is taken from whoever has just shown who they are, and from others
    once they have."""
    rights = tuple(one for one in (right, also) if one is not None)

    def wrap(view: View) -> View:
        def proven(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if anew and request.method == "POST":
                prove_anew(request)
            return view(request, *args, **kwargs)

        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with translation.override(language_of(request)), timezone.override(time_zone_of(request)):
                return guarded(request, rights, methods, lambda: proven(request, *args, **kwargs))

        answered.rights = rights  # type: ignore[attr-defined]  # the table of permissions is made of these
        answered.methods = methods  # type: ignore[attr-defined]
        answered.anew = anew  # type: ignore[attr-defined]
        return answered

    return wrap


def guarded(
    request: HttpRequest, rights: tuple[Right, ...], methods: tuple[str, ...], answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """The answer, or the page that says why there is none."""
    try:
        refusal = turned_away(request, rights, methods)
        response = refusal if refusal is not None else answer()
    except NotHere:
        response = show_why_not(request, {"missing": True}, 404)
    except Refused as error:
        response = show_problem(request, str(error), error.status)
    except DATABASE_AWAY:
        response = away_page(request)
    except tuple(STATUSES) as error:
        response = show_problem(request, str(error), STATUSES[type(error)])
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    patch_vary_headers(response, ["Cookie", "Accept-Language", "HX-Request"])
    return response


def turned_away(request: HttpRequest, rights: tuple[Right, ...], methods: tuple[str, ...]) -> HttpResponseBase | None:
    """Where somebody who may not open a screen is sent; None: they may."""
    allowed = [*methods, "HEAD"] if "GET" in methods else [*methods]
    if not (request.user.is_authenticated and request.user.is_active):
        return sent_to(settings.LOGIN_URL, request)
    if lacks_second_factor(request):
        return sent_to(settings.SECOND_FACTOR_URL, request)
    if not rights and not rights_of(request.user):
        return show_why_not(request, {"no_role": True}, 403)
    missing = next((right for right in rights if not has_right(request.user, right)), None)
    if missing is not None:
        return show_why_not(request, {"right": missing, "roles": roles_with(missing)}, 403)
    if request.method not in allowed:
        response = show_why_not(request, {"only_sent": "GET" not in allowed}, 405)
        response.headers["Allow"] = ", ".join(allowed)
        return response
    return None


def sent_to(path: str, request: HttpRequest) -> HttpResponse:
    """To another page first, and back to this one after it; back to the form where one was sent, of which nothing
    was done."""
    if is_fragment(request):
        around = page_at(request.headers.get("HX-Current-URL", ""))
        return HttpResponse(status=401, headers={"HX-Redirect": f"{path}?next={quote(around)}"})
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(f"{path}?next={quote(own_path(request.get_full_path()))}")
    messages.info(request, _("Nothing was changed: you were no longer signed in. Sign in, and send the form again."))
    return HttpResponseRedirect(f"{path}?next={quote(page_at(request.headers.get('Referer', '')))}")


def page_at(address: str) -> str:
    """The page that something was asked for from, as the browser tells it; the start where it tells none of ours."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return START
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def show(request: HttpRequest, template: str, shown: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A screen, with all that surrounds it."""
    return render(request, TEMPLATES + template, {**shell(request), **shown}, status=status)


def show_problem(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """A page, or a part of one, that says why something was not done."""
    return show_why_not(request, {"sentence": sentence}, status)


def show_why_not(request: HttpRequest, why: Mapping[str, Any], status: int) -> HttpResponse:
    """A page, or a part of one where a part was asked for, of what stands in the way."""
    return show(request, "problem_part.html" if is_fragment(request) else "problem.html", why, status=status)


def shell(request: HttpRequest) -> dict[str, Any]:
    """What surrounds each screen: where one can go, who is signed in, what was just done, language and theme."""
    rights = rights_of(request.user)
    return {
        "entries": entries_for(rights, request.path),
        "rights": {right.value for right in rights},
        "notices": get_messages(request),
        "language": translation.get_language(),
        "languages": settings.LANGUAGES,
        "theme": theme_of(request),
        "time_zone": timezone.get_current_timezone_name(),
    }


def away_page(request: HttpRequest) -> HttpResponse:
    """What is shown while the database is away: nothing that has to be read."""
    held = {"language": translation.get_language(), "theme": theme_of(request)}
    return render(request, TEMPLATES + "away.html", held, status=503)


def go_to(path: str) -> HttpResponse:
    """Have the browser get another screen, after a form too."""
    return HttpResponseRedirect(path, status=303)


def own_path(path: str, otherwise: str = START) -> str:
    """A path of the back office as it is, for any other one the start: a link to here can lead nowhere else."""
    return path if _OWN_PATH.fullmatch(path) and "//" not in path and ".." not in path else otherwise


def actor_of(request: HttpRequest) -> str:
    """Who acts, as decisions, logs and audit rows name it."""
    return f"staff:{request.user.pk}"


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def confirmed(request: HttpRequest, word: str) -> bool:
    """Whether the word that stands for what cannot be undone was typed."""
    return request.POST.get("confirm", "").strip().casefold() == word.casefold()


def text_of(request: HttpRequest, name: str, *, longest: int = LONGEST_TEXT, required: bool = False) -> str:
    """A field of the form as clean text; raises `Refused` where it is too long, no text, or missing."""
    text = request.POST.get(name, "").strip()
    if wrong := wrong_with(text, longest):
        raise Refused(wrong, 422)
    if required and not text:
        raise Refused(_("Something is missing: fill in the marked field."), 422)
    return text


def wrong_with(text: str, longest: int) -> str:
    """Why what was typed cannot be taken, as a sentence; empty: it can."""
    if len(text) > longest:
        return _("This is too long: at most %(longest)s characters.") % {"longest": longest}
    if "\x00" in text or not is_unicode(text):
        return _("This holds characters that cannot be stored. Type it anew.")
    return ""


def is_unicode(text: str) -> bool:
    """Whether a text is made of whole characters: no half of a pair stands in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def language_of(request: HttpRequest) -> str:
    """The language of the screens: the one that was chosen, else the browser's."""
    return translation.get_language_from_request(request)


def time_zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The time zone of the screens: the one that was chosen, or that the browser told; else UTC."""
    name = request.COOKIES.get(TIME_ZONE_COOKIE, "")
    try:
        return zoneinfo.ZoneInfo(name if 0 < len(name) < 64 else "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def theme_of(request: HttpRequest) -> str:
    """`light` or `dark` where one was chosen, else empty: as the system is."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""
