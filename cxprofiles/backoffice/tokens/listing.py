"""Service tokens: which there are, making one, and ending one."""

from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.access_reading import last_uses
from consent.purposes import UnknownPurpose
from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.days import end_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, actor_of, confirmed, go_to, screen, show, text_of
from cxprofiles.backoffice.shown_once import keep_once, take_once
from cxprofiles.backoffice.tokens import words
from cxprofiles.models import ApiToken
from cxprofiles.token_reading import SHOWN, VALID, find_by_id, list_tokens, tokens_ending_soon
from cxprofiles.tokens import TokenExists, TokenRefused, create_token, revoke_token
from profiles.configuration import configuration

A_PAGE = 50
LARGEST_ID = 2**31
PATH = "/backoffice/tokens/"
MADE = "token"


@screen(Right.SEE_TOKENS, "GET")
def tokens_page(request: HttpRequest) -> HttpResponse:
    """The tokens."""
    asked = request.GET.get("shown", VALID)
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    page = list_tokens(
        limit=A_PAGE, before=number_in(request, "before"), shown=asked if asked in SHOWN else VALID, name=wanted
    )
    uses = last_uses()
    shown = {
        "tokens": [token_shown(row, uses) for row in page.tokens],
        "soon": [token_shown(row, uses) for row in tokens_ending_soon()],
        "before": page.before,
        "first": "before" not in request.GET,
        "shown": asked,
        "wanted": wanted,
    }
    return show(request, "tokens/list.html", shown)


@screen(Right.SEE_TOKENS, "GET")
def token_page(request: HttpRequest, token_id: int) -> HttpResponse:
    """One token."""
    row = find_token(token_id)
    return show(request, "tokens/one.html", {"token": token_shown(row, last_uses()), "wrong": ""})


@screen(Right.CHANGE_TOKENS, "POST")
def revoke_page(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token, once its name was typed."""
    row = find_token(token_id)
    if row.revoked_at is not None:
        messages.info(request, _("This token was revoked already."))
        return go_to(f"{PATH}{token_id}/")
    if not confirmed(request, row.name):
        wrong = _("Type the token's name exactly to revoke it.")
        return show(request, "tokens/one.html", {"token": token_shown(row, last_uses()), "wrong": wrong}, status=422)
    revoke_token(name=row.name, actor=actor_of(request))
    messages.success(request, _("Revoked. The token %(name)s opens nothing any more.") % {"name": row.name})
    return go_to(PATH)


@screen(Right.CHANGE_TOKENS, "GET", "POST", anew=True)
def new_page(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: make the token, which the next page shows once."""
    if request.method != "POST":
        return form_page(request, {})
    try:
        expires_at = end_of_day(text_of(request, "expires_at", longest=20))
        name = text_of(request, "name", longest=200)
        token = create_token(
            name=name,
            scopes=request.POST.getlist("scopes"),
            purposes=chosen(request, "purposes"),
            channels=chosen(request, "channels"),
            expires_at=expires_at,
            actor=actor_of(request),
        )
    except TokenRefused as error:
        return form_page(request, {error.field: words.refusal(error.field, str(error))}, status=422)
    except TokenExists as error:
        return form_page(request, {"name": words.refusal("exists", str(error))}, status=422)
    except UnknownPurpose as error:
        return form_page(request, {"purposes": words.refusal("purposes", str(error))}, status=422)
    return to_token(request, name, token)


@screen(Right.CHANGE_TOKENS, "GET")
def made_page(request: HttpRequest) -> HttpResponse:
    """The token that was just made, this once."""
    once = take_once(request, MADE)
    back = f"{PATH}callers/" if once.get("caller") else PATH
    return show(request, "tokens/made.html", {"name": once.get("name"), "token": once.get("token"), "back": back})


def to_token(request: HttpRequest, name: str, token: str, *, caller: bool = False) -> HttpResponse:
    """To the page that shows, this once, a token that was just made for a service or a caller."""
    keep_once(request, MADE, {"name": name, "token": token, "caller": "yes" if caller else ""})
    return go_to(f"{PATH}made/")


def chosen(request: HttpRequest, name: str) -> list[str]:
    """What was chosen of a list, without what cannot be a name."""
    return [one for one in request.POST.getlist(name)[:500] if one and "\x00" not in one]


def form_page(request: HttpRequest, wrong: dict[str, str], status: int = 200) -> HttpResponse:
    """The form of a new token."""
    shown: dict[str, Any] = {
        "wrong": wrong,
        "entered": {
            "name": request.POST.get("name", "")[:200],
            "scopes": request.POST.getlist("scopes"),
            "purposes": request.POST.getlist("purposes"),
            "channels": request.POST.getlist("channels"),
            "expires_at": request.POST.get("expires_at", "")[:20],
        },
        "scopes": [(scope, words.SCOPES[scope]) for scope in ApiToken.Scope.values],
        "purposes": sorted(configuration().purposes.keys),
        "channels": list(CHANNELS.values()),
    }
    return show(request, "tokens/new.html", shown, status=status)


def end_of_day(day: str) -> datetime | None:
    """The last instant of a day where the reader is; None: no day. Raises `TokenRefused`."""
    if not day:
        return None
    try:
        return end_of(date.fromisoformat(day))
    except (ValueError, OverflowError):
        raise TokenRefused("expires_at", "This is not a day.") from None


def token_shown(row: ApiToken, uses: dict[str, datetime]) -> dict[str, Any]:
    """A token as the screens show it. `last_used`: its last read of personal data, as far as that is known."""
    now = datetime.now(UTC)
    expired = row.expires_at is not None and row.expires_at <= now
    return {
        "id": row.id,
        "name": row.name,
        "hint": row.hint,
        "scopes": [(scope, words.SCOPES.get(scope, scope)) for scope in row.scopes],
        "purposes": row.purposes or [],
        "channels": [CHANNELS[name].word if name in CHANNELS else name for name in row.channels or []],
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "state": "revoked" if row.revoked_at else "expired" if expired else "valid",
        "last_used": uses.get(row.name),
    }


def find_token(token_id: int) -> ApiToken:
    """A token by its number; raises `NotHere`."""
    row = find_by_id(token_id) if token_id < LARGEST_ID else None
    if row is None:
        raise NotHere
    return row


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number of the query; None where it is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
