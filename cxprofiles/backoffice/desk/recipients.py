"""Recipients of personal data: whom requests are passed on to, their secrets, and what they were told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.delivery_reading import STATES, list_told
from consent.delivery_secrets import good
from consent.delivery_steps import NoSuchDelivery, NotToSendAgain, send_again, send_test
from consent.models import Recipient
from consent.recipient_writing import (
    NoSuchRecipient,
    RecipientFields,
    RecipientRefused,
    fields_of,
    find_recipient,
    list_recipients,
)
from consent.requests.kinds import TOLD
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import PATH
from cxprofiles.backoffice.desk.reading import choice_of, clean, cursor_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, actor_of, confirmed, go_to, own_path, screen, show, text_of
from cxprofiles.backoffice.shown_once import keep_once, take_once
from profiles.recipients import change_recipient, disable_recipient, rotate_secret

AT_ONCE = 50
NEW: dict[str, Any] = {"name": "", "url": "", "title": "", "country": "", "kinds": [], "purposes": [], "types": []}


@screen(Right.SEE_REQUESTS, "GET")
def recipients_page(request: HttpRequest) -> HttpResponse:
    """All recipients, disabled ones too."""
    return show(request, "desk/recipients.html", {"recipients": list_recipients(), "kinds": words.TYPES})


@screen(Right.HANDLE_REQUESTS, "GET", "POST")
def new_page(request: HttpRequest) -> HttpResponse:
    """Register a recipient; its secret is shown once."""
    if request.method != "POST":
        return form_page(request, dict(NEW), 200)
    return save(request, text_of(request, "name", longest=100), new=True)


@screen(Right.SEE_REQUESTS, "GET")
def recipient_page(request: HttpRequest, name: str) -> HttpResponse:
    """One recipient, and the latest that it was told."""
    row = found(name)
    return show(request, "desk/recipient.html", one_shown(row))


@screen(Right.HANDLE_REQUESTS, "GET", "POST")
def change_page(request: HttpRequest, name: str) -> HttpResponse:
    """Change what is set on a recipient; one that was disabled comes back."""
    row = found(name)
    if request.method == "POST":
        return save(request, row.name, new=False)
    held = fields_of(row)
    form = {
        "name": row.name,
        "url": held.url,
        "title": held.title,
        "country": held.country,
        "kinds": list(held.kinds),
        "purposes": list(held.purposes),
        "types": list(held.identifier_types),
    }
    return form_page(request, form, 200, change=True)


def save(request: HttpRequest, name: str, *, new: bool) -> HttpResponse:
    """Store a recipient; the secret of a new one is shown this once."""
    form = read_form(request, name)
    try:
        if new and find_or_none(name) is not None:
            raise RecipientRefused("name", _("There is a recipient of this name already; change that one."))
        secret = change_recipient(name=name, fields=fields_asked(form), actor=actor_of(request))
    except RecipientRefused as refusal:
        wrong = {"wrong": said_anew(str(refusal)), "wrong_field": refusal.field.split("/")[0]}
        return form_page(request, form | wrong, 422, change=not new)
    if secret:
        return to_secret(request, name, secret)
    messages.success(request, _("Saved."))
    return go_to(f"{PATH}recipients/{name}/")


def read_form(request: HttpRequest, name: str) -> dict[str, Any]:
    """The form that was sent."""
    return {
        "name": name,
        "url": text_of(request, "url", longest=2000),
        "title": text_of(request, "title", longest=400),
        "country": text_of(request, "country", longest=2).upper(),
        "kinds": [choice_of({"kind": one}, "kind", TOLD) for one in request.POST.getlist("kinds")[:50]],
        "purposes": _listed(text_of(request, "purposes")),
        "types": _listed(text_of(request, "types")),
    }


def fields_asked(form: dict[str, Any]) -> RecipientFields:
    """The form as the domain takes it."""
    return RecipientFields(
        url=form["url"],
        title=form["title"],
        kinds=form["kinds"],
        purposes=form["purposes"],
        identifier_types=form["types"],
        country=form["country"],
    )


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


@screen(Right.HANDLE_REQUESTS, "POST")
def rotate_page(request: HttpRequest, name: str) -> HttpResponse:
    """A new secret, shown this once; the old one stays good for a day."""
    row = found(name)
    return to_secret(request, row.name, rotate_secret(name=row.name, actor=actor_of(request)))


@screen(Right.HANDLE_REQUESTS, "GET")
def secret_page(request: HttpRequest, name: str) -> HttpResponse:
    """The secret that was just made, this once."""
    row = found(name)
    secret = take_once(request, f"recipient:{row.name}").get("secret", "")
    return show(request, "desk/secret.html", {"name": row.name, "secret": secret})


@screen(Right.HANDLE_REQUESTS, "POST")
def test_page(request: HttpRequest, name: str) -> HttpResponse:
    """A message that names nobody, to see whether the recipient takes it."""
    row = found(name)
    try:
        send_test(name=row.name)
    except RecipientRefused:
        raise Refused(_("This recipient is disabled. Save it again to bring it back first.")) from None
    messages.success(request, _("A test message is on its way. It names nobody; see below whether it was taken."))
    return go_to(f"{PATH}recipients/{row.name}/")


@screen(Right.HANDLE_REQUESTS, "POST")
def disable_page(request: HttpRequest, name: str) -> HttpResponse:
    """Tell a recipient nothing any more; its name is typed first."""
    row = found(name)
    if not confirmed(request, row.name):
        sentence = _("Type the recipient's name to disable it: what waits for it is given up.")
        return show(request, "desk/recipient.html", one_shown(row) | {"refusal": sentence}, status=422)
    disable_recipient(name=row.name, actor=actor_of(request))
    messages.success(request, _("Disabled: it is told nothing any more. Save it again to bring it back."))
    return go_to(f"{PATH}recipients/{row.name}/")


@screen(Right.SEE_REQUESTS, "GET")
def deliveries_page(request: HttpRequest) -> HttpResponse:
    """What recipients were told and what became of it, the latest first."""
    state, cursor = choice_of(request.GET, "state", STATES), cursor_of(request)
    name, about = request.GET.get("recipient", ""), request.GET.get("request", "")
    found_ = list_told(
        request_id=id_of(about) if about else None,
        state=state or None,
        recipient=name if name and clean(name) else None,
        before=id_of(cursor) if cursor else None,
        limit=AT_ONCE + 1,
    )
    kept = f"?state={state}&recipient={name}&request={about}&cursor="
    shown = {
        "told": told_shown(found_[:AT_ONCE]),
        "state": state,
        "states": [(one, words.word(words.DELIVERIES, one), one == state) for one in STATES],
        "recipient": name,
        "more": f"{kept}{found_[AT_ONCE - 1].id}" if len(found_) > AT_ONCE else "",
    }
    return show(request, "desk/deliveries.html", shown)


@screen(Right.HANDLE_REQUESTS, "POST")
def again_page(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Have a message sent now."""
    try:
        send_again(delivery_id=delivery_id)
    except NoSuchDelivery:
        raise NotHere from None
    except NotToSendAgain as refusal:
        raise Refused(why_not_again(str(refusal))) from None
    messages.success(request, _("It is sent again now."))
    return go_to(own_path(request.POST.get("next", ""), f"{PATH}deliveries/"))


def why_not_again(sentence: str) -> str:
    """Why a message cannot be sent again, in the language of the screens."""
    if "removed since" in sentence:
        return _("What it said was removed since; tell the recipient in another way.")
    if "nothing is left" in sentence:
        return _("This message was taken already; nothing is left to send.")
    return _("This recipient is disabled. Save it again to bring it back first.")


def one_shown(row: Recipient) -> dict[str, Any]:
    """A recipient as its page shows it."""
    told = list_told(request_id=None, state=None, recipient=row.name, before=None, limit=20)
    return {
        "row": row,
        "kinds": [words.word(words.TYPES, one) for one in row.kinds],
        "secrets": [(one["made_at"], one["ends_at"]) for one in good(row.secrets, datetime.now(UTC))],
        "told": told_shown(told),
    }


def told_shown(found_: list[Any]) -> list[tuple[Any, str, str, str]]:
    """Messages, each with its kind and state in words and how that looks."""
    return [
        (
            replace(one, problem=said_anew(one.problem)),
            words.word(words.DELIVERY_KINDS, one.kind),
            words.word(words.DELIVERIES, one.state),
            words.DELIVERY_TONES.get(one.state, ""),
        )
        for one in found_
    ]


def to_secret(request: HttpRequest, name: str, secret: str) -> HttpResponse:
    """To the page that shows a secret, this once."""
    keep_once(request, f"recipient:{name}", {"secret": secret})
    return go_to(f"{PATH}recipients/{name}/secret/")


def form_page(request: HttpRequest, form: dict[str, Any], status: int, *, change: bool = False) -> HttpResponse:
    """The form."""
    kinds = [(one, words.word(words.TYPES, one), one in form["kinds"]) for one in sorted(TOLD)]
    shown = {
        "form": form,
        "told_of": kinds,
        "change": change,
        "purposes": ", ".join(form["purposes"]),
        "types": ", ".join(form["types"]),
    }
    return show(request, "desk/recipient_form.html", shown, status=status)


def found(name: str) -> Recipient:
    """A recipient; raises `NotHere`."""
    row = find_or_none(name)
    if row is None:
        raise NotHere
    return row


def find_or_none(name: str) -> Recipient | None:
    """A recipient of this name; None: there is none."""
    try:
        return find_recipient(name) if clean(name) else None
    except NoSuchRecipient:
        return None


def id_of(text: str) -> UUID:
    """An id out of the address; raises `Refused`."""
    try:
        return UUID(text)
    except ValueError:
        raise Refused(_("This is no number of a request or a message."), 422) from None
