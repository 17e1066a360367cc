"""Legal holds: what a law wants kept of events that are erased."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.hold_writing import HoldFields, HoldInUse, NoSuchHold, fields_of, find_hold, list_holds
from consent.retention import RetentionRefused
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import PATH
from cxprofiles.backoffice.desk.reading import clean, day_of
from cxprofiles.backoffice.durations import in_words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, actor_of, go_to, screen, show, text_of
from cxprofiles.backoffice.undo import offer_undo, undoes
from profiles.privacy.keeping import change_hold, remove_hold

LISTS = ("events", "sources", "fields", "traits")
LONGEST_LIST = 4_000


@screen(Right.SEE_REQUESTS, "GET", "POST")
def holds_page(request: HttpRequest) -> HttpResponse:
    """All holds; and, for who may, the form for another one."""
    return list_of_holds(request, {}, 200)


def list_of_holds(request: HttpRequest, form: dict[str, str], status: int) -> HttpResponse:
    """The page. `form`: what was filled in and refused, with `wrong` and `wrong_field`."""
    holds = [(name, made, fields, in_words(fields.keep_for)) for name, made, fields in list_holds()]
    return show(request, "desk/holds.html", {"holds": holds, "form": form}, status=status)


@screen(Right.HANDLE_REQUESTS, "POST")
def set_page(request: HttpRequest) -> HttpResponse:
    """Set a hold: a new one, or one that is there."""
    name = text_of(request, "name", longest=100)
    try:
        new = change_hold(name=name, fields=fields_asked(request), actor=actor_of(request))
    except RetentionRefused as refusal:
        held = {
            key: request.POST.get(key, "")[:LONGEST_LIST] for key in ("name", "basis", "keep_for", "ends_on", *LISTS)
        }
        return list_of_holds(
            request, held | {"wrong": said_anew(str(refusal)), "wrong_field": refusal.field.split("/")[0]}, 422
        )
    if new:
        offer_undo(request, _("The hold is set: it counts for what is erased from now on."), "hold_set", [name])
    else:
        messages.success(request, _("The hold is changed: it counts for what is erased from now on."))
    return go_to(f"{PATH}holds/")


def fields_asked(request: HttpRequest) -> HoldFields:
    """The form as the domain takes it; raises `Refused`."""
    named = {name: tuple(_words(text_of(request, name, longest=LONGEST_LIST))) for name in LISTS}
    return HoldFields(
        basis=text_of(request, "basis", longest=500),
        keep_for=text_of(request, "keep_for", longest=50),
        ends_on=day_of(text_of(request, "ends_on", longest=10)),
        **named,
    )


def _words(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n", ",").split(",") if one.strip()]


@screen(Right.HANDLE_REQUESTS, "POST")
def lift_page(request: HttpRequest, name: str) -> HttpResponse:
    """Lift a hold under which nothing is kept."""
    if not clean(name):
        raise NotHere
    try:
        held = fields_of(find_hold(name)).described()
        remove_hold(name=name, actor=actor_of(request))
    except NoSuchHold:
        raise NotHere from None
    except HoldInUse:
        raise Refused(
            _("Records are kept under this hold. Give it a last day instead; it can be lifted when they are gone.")
        ) from None
    offer_undo(request, _("The hold is lifted."), "hold_lifted", [name, json.dumps(held)])
    return go_to(f"{PATH}holds/")


@undoes("hold_set", Right.HANDLE_REQUESTS)
def take_back_setting(ids: list[str], actor: str) -> str:
    """Lift a hold again that was just set."""
    try:
        remove_hold(name=ids[0], actor=actor)
    except (NoSuchHold, HoldInUse):
        return _("This hold cannot be taken back any more: something is kept under it, or it is gone.")
    return _("The hold is gone again.")


@undoes("hold_lifted", Right.HANDLE_REQUESTS)
def take_back_lifting(ids: list[str], actor: str) -> str:
    """Set a hold again that was just lifted."""
    held = json.loads(ids[1])
    lists = {name: tuple(held[name]) for name in LISTS}
    try:
        fields = HoldFields(
            basis=held["basis"], keep_for=held["keep_for"], ends_on=day_of(held["ends_on"] or ""), **lists
        )
        change_hold(name=ids[0], fields=fields, actor=actor)
    except RetentionRefused as refusal:
        return said_anew(str(refusal))
    return _("The hold is set again.")
