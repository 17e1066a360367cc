"""The privacy tab of a profile: the person's requests, what they refused, what is held, and what goes when."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.hold_writing import list_holds
from consent.purposes import UnknownPurpose
from consent.requests.desk import OnDesk, list_desk_about
from consent.requests.kinds import IDENTITY_LEVELS, NONE
from consent.suppression import SuppressionUnreadable
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import lines_of
from cxprofiles.backoffice.desk.taking import TAKEN, Form, asked_of, details_shown, read_details
from cxprofiles.backoffice.durations import in_words
from cxprofiles.backoffice.masking import masked
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, go_to, is_fragment, screen
from cxprofiles.backoffice.staff_rights import has_right
from cxprofiles.portal.words import IDENTIFIERS
from profiles.privacy.affairs import Affairs, affairs_of, endings_of, presentable
from profiles.privacy.asking import RequestRefused
from profiles.privacy.requests import submit_request

TAB = "privacy"
FIELDS = ("identifiers", "requests", "restrictions", "retention")
MOST_ENDINGS = 20


@screen(Right.SEARCH, "GET")
def privacy_tab(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """What stands about the person, and the form that starts a request."""
    return tab_page(request, open_profile(request, profile_id, tab=TAB, fields=FIELDS))


@screen(Right.SEARCH, "GET")
def keeping_part(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """What of the profile goes when, and what the law keeps: a part of the tab, or a page of its own."""
    opened = open_profile(request, profile_id, tab=TAB, fields=("retention",))
    shown = {
        "endings": [
            (words.word(words.KEPT, one.what), one.name, in_words(one.keep_for), one.at)
            for one in endings_of(opened.profile, opened.held)[:MOST_ENDINGS]
        ],
        "holds": [(name, hold.basis, in_words(hold.keep_for)) for name, _made, hold in list_holds()],
    }
    template = "profile/privacy_keeping.html" if is_fragment(request) else "profile/privacy_keeping_page.html"
    return show_tab(request, opened, template, shown)


@screen(Right.HANDLE_REQUESTS, "POST")
def start_request(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """Start a request of the person: its identifiers are taken from the profile, not from the form."""
    opened = open_profile(request, profile_id, tab=TAB, fields=FIELDS)
    form = Form(regulation=settings.PRIVACY_REGULATION)
    try:
        form = read_details(request)
        form.named = named_of(request, opened)
        if form.level != NONE and not form.method:
            raise Refused(_("Say how the person proved who they are."), 422)
        made = submit_request(asked=asked_of(form, actor_of(request)))
    except Refused as refusal:
        return tab_page(request, opened, form, refusal=str(refusal), status=422)
    except (RequestRefused, UnknownPurpose) as refusal:
        return tab_page(request, opened, refused(form, refusal), status=422)
    messages.success(request, _("The request is taken. Its deadline runs from today."))
    return go_to(f"/backoffice/privacy/{made.id}/")


def named_of(request: HttpRequest, opened: Opened) -> list[tuple[str, str]]:
    """The identifiers of the profile that were chosen; raises `Refused` for none."""
    chosen = set(request.POST.getlist("identifier"))
    named = [(one.type, one.value) for one in presentable(opened.profile) if str(one.id) in chosen]
    if not named:
        raise Refused(_("Choose at least one identifier of the person."), 422)
    return named


def refused(form: Form, refusal: RequestRefused | UnknownPurpose) -> Form:
    """The form with why the engine does not take it, at the field that it is about."""
    field = refusal.field.split("/")[0] if isinstance(refusal, RequestRefused) else "purposes"
    form.wrong[field] = said_anew(str(refusal))
    return form


def tab_page(
    request: HttpRequest, opened: Opened, form: Form | None = None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The tab."""
    try:
        affairs = affairs_of(opened.profile, opened.held)
    except SuppressionUnreadable:
        affairs = None
    may_see = has_right(request.user, Right.SEE_REQUESTS)
    found = requests_shown(request, opened) if may_see else {}
    shown = {
        "refusal": refusal,
        "may_see": may_see,
        **found,
        **stands(opened, affairs),
        **form_shown(opened),
        **details_shown(form or Form(regulation=settings.PRIVACY_REGULATION)),
    }
    return show_tab(request, opened, "profile/privacy.html", shown, status=status)


def requests_shown(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    """The person's requests, open and closed, and the packages that were made."""
    rows = list_desk_about([(one.type, one.value) for one in opened.profile.identifiers])
    lines = lines_of(rows, actor_of(request))
    return {
        "open_lines": [line for line in lines if is_open(line.one)],
        "closed_lines": [line for line in lines if not is_open(line.one)],
        "packages": [line for line in lines if line.one.package_until is not None],
    }


def is_open(one: OnDesk) -> bool:
    """Whether something is still to be done about a request."""
    return one.is_open or one.appeal_due_on is not None


def stands(opened: Opened, affairs: Affairs | None) -> dict[str, Any]:
    """Restriction, objections, suppression and what goes when."""
    if affairs is None:
        return {"affairs": None}
    named = {one.id: one for one in opened.profile.identifiers}
    return {
        "affairs": affairs,
        "suppressed": [
            (label(named[id_].type), value_of(opened, named[id_].type, named[id_].value), entry)
            for id_, entry in affairs.suppressed.items()
        ],
    }


def form_shown(opened: Opened) -> dict[str, Any]:
    """What the form that starts a request offers."""
    return {
        "presentable": [
            (one.id, label(one.type), value_of(opened, one.type, one.value), one.person)
            for one in presentable(opened.profile)
        ],
        "types": [(one, words.word(words.TYPES, one)) for one in TAKEN],
        "levels": [(one, words.word(words.LEVELS, one)) for one in IDENTITY_LEVELS],
        "methods": list(words.METHODS.items()),
        "regulations": list(words.REGULATIONS.items()),
        "languages_of_letters": settings.LANGUAGES,
    }


def label(type_name: str) -> str:
    """A kind of identifier in words."""
    return str(IDENTIFIERS.get(type_name, type_name.replace("_", " ")))


def value_of(opened: Opened, type_name: str, value: str) -> str:
    """A value as this member of staff may see it."""
    return value if opened.revealed else masked(type_name, value)
