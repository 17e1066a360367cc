"""The form by which staff write down what a person told them, as by phone; and taking such a record back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.notice_reading import NoticeChoice, recent_notices
from consent.states import GRANTS
from cxprofiles.api.links import public_url
from cxprofiles.backoffice import consent_words as words
from cxprofiles.backoffice.masking import masked
from cxprofiles.backoffice.profile.consent_grid import Names
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, go_to, screen, text_of
from cxprofiles.backoffice.shown_once import keep_once, take_once
from cxprofiles.backoffice.undo import offer_undo, undoes
from profiles.consents.by_staff import (
    CORRECTED_BY,
    METHODS,
    STATES,
    NotCorrectable,
    Told,
    confirmation_link,
    correct_told,
    record_told,
)
from profiles.consents.over_time import consents_of
from profiles.consents.records import Recorded
from profiles.consents.told import ActRefused
from profiles.purpose_names import described_purposes

KIND = "consent"
WAITS = "consent:"
MOST_DEVICES = 20
FIELDS = ("consents", "identifiers")
REFUSALS = {
    "identifier": gettext_lazy("Choose the identifier that the person said it under."),
    "method": gettext_lazy("Choose how the person said it."),
    "state": gettext_lazy("Choose what the person said."),
    "notice": gettext_lazy("This version of the notice is not in the list. Choose one of it."),
    "note": gettext_lazy("A note has up to 500 characters, and no control characters."),
    "purpose": gettext_lazy("Choose the purpose that it is about."),
}
ADDRESS_NEEDED = gettext_lazy("This purpose is about an address: choose the one that the person spoke of.")


@screen(Right.HANDLE_REQUESTS, "GET", "POST")
def telling_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """GET: the form. POST: write it down, in force at once, or when the person has confirmed it."""
    opened = open_profile(request, profile_id, tab="consents", fields=FIELDS)
    if request.method != "POST":
        return form_page(request, opened, {"purpose": request.GET.get("purpose", "")}, {})
    told = told_of(request)
    wrong = refusals_of(told, opened)
    if wrong:
        return form_page(request, opened, entered_of(request), wrong, status=422)
    try:
        written = record_told(told=told, actor=actor_of(request), origin=origin_of(request))
    except ActRefused as error:
        field = "purpose" if "purpose" in error.field else "state" if "state" in error.field else error.field
        return form_page(request, opened, entered_of(request), {field: str(error)}, status=422)
    tab = f"/backoffice/profiles/{opened.profile_id}/consent/"
    if written.made.token and written.sent_to is None:
        link = confirmation_link(written.made, origin_of(request))
        keep_once(request, WAITS + str(opened.profile_id), {"link": link, "until": str(written.made.waits_until)})
        return go_to(f"{tab}tell/waits/")
    if written.sent_to is None:
        say_done(request, written.made, told)
    else:
        say_sent(request, written.sent_to, revealed=opened.revealed)
    return go_to(tab)


def told_of(request: HttpRequest) -> Told:
    """The form's fields; raises `Refused` for what is no text."""
    number = text_of(request, "identifier", longest=20)
    notice, version, language = [*text_of(request, "notice", longest=400).split("|"), "", ""][:3]
    return Told(
        identifier_id=int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0,
        purpose=text_of(request, "purpose", longest=200),
        state=text_of(request, "state", longest=50),
        method=text_of(request, "method", longest=50),
        notice=notice,
        notice_version=version,
        language=language,
        note=text_of(request, "note"),
    )


def refusals_of(told: Told, opened: Opened) -> dict[str, str]:
    """What is wrong with the fields, by field."""
    wrong = {}
    purpose = opened.held.purposes.get(told.purpose)
    own = next((one for one in opened.profile.identifiers if one.id == told.identifier_id), None)
    if purpose is None:
        wrong["purpose"] = str(REFUSALS["purpose"])
    if own is None:
        wrong["identifier"] = str(REFUSALS["identifier"])
    elif purpose is not None and purpose.address_type and own.type != purpose.address_type:
        wrong["identifier"] = str(ADDRESS_NEEDED)
    for field, value, known in (("state", told.state, STATES), ("method", told.method, METHODS)):
        if value not in known:
            wrong[field] = str(REFUSALS[field])
    return wrong


def entered_of(request: HttpRequest) -> dict[str, str]:
    """What was entered, to show it again."""
    names = ("purpose", "identifier", "state", "method", "notice", "note")
    return {name: request.POST.get(name, "")[:2000] for name in names}


def form_page(
    request: HttpRequest, opened: Opened, entered: dict[str, str], wrong: dict[str, str], status: int = 200
) -> HttpResponse:
    """The form, with what is wrong beside each field."""
    names = Names(consents_of(opened.profile, opened.held), described_purposes(opened.held), opened.revealed)
    shown: dict[str, Any] = {
        "entered": entered,
        "wrong": wrong,
        "purposes": [(one.key, names.purpose(one.key)) for one in opened.held.purposes],
        **identifiers_shown(opened, names, entered),
        "states": [(state, words.CHOICES[state]) for state in STATES],
        "methods": [(method, words.METHODS[method]) for method in METHODS],
        "versions": [(one.value, notice_word(one)) for one in recent_notices()],
    }
    return show_tab(request, opened, "profile/consent_tell.html", shown, status=status)


def identifiers_shown(opened: Opened, names: Names, entered: dict[str, str]) -> dict[str, Any]:
    """Under which identifiers it may have been said: those that name the person first, devices behind them, those that
    were seen last."""
    own = sorted(opened.profile.identifiers, key=lambda one: (one.last_seen is not None, one.last_seen), reverse=True)
    first = [one for one in own if one.person] or own[:MOST_DEVICES]
    others = [one for one in own if one not in first]
    more = [{**names.identifier(one.id), "person": one.person} for one in others[:MOST_DEVICES]]
    return {
        "identifiers": [{**names.identifier(one.id), "person": one.person} for one in first],
        "more_identifiers": more,
        "left_out": len(others) - len(more),
        "more_chosen": any(one["id"] == entered.get("identifier") for one in more),
    }


def notice_word(one: NoticeChoice) -> str:
    """A version of a notice to choose from."""
    return _("%(notice)s, version %(version)s, in %(language)s") % {
        "notice": one.key,
        "version": one.version,
        "language": one.language,
    }


def say_done(request: HttpRequest, made: Recorded, told: Told) -> None:
    """Say what was recorded, and offer what can be done about a mistake."""
    row = made.rows[0]
    done = _("Recorded and in force. A receipt was issued.")
    if row.problem:
        done = _("Recorded, but it cannot be used: no notice that was read to the person is on record with it.")
    if row.state in CORRECTED_BY:
        offer_undo(request, done, KIND, [str(made.id), str(told.identifier_id)])
    else:
        lasting = _("A no cannot be undone by us: only the person can say yes again.")
        messages.success(request, f"{done} {lasting}")


def say_sent(request: HttpRequest, address: tuple[str, str], *, revealed: bool) -> None:
    """Say that the person has to confirm it, and where the link went."""
    shown = address[1] if revealed else masked(*address)
    messages.success(
        request,
        _(
            "Recorded; the person has to confirm it. A link is on its way to %(address)s and is good for three days. "
            "Until they confirm, the answer is no."
        )
        % {"address": shown},
    )


@screen(Right.HANDLE_REQUESTS, "GET")
def waits_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The link that has to be handed over, this once, where it was said under no address that we can write to."""
    opened = open_profile(request, profile_id, tab="consents", fields=("consents",))
    once = take_once(request, WAITS + str(opened.profile_id))
    until = datetime.fromisoformat(once["until"]) if once else None
    return show_tab(request, opened, "profile/consent_waits.html", {"link": once.get("link", ""), "until": until})


def origin_of(request: HttpRequest) -> str:
    """This service, as links that are sent name it."""
    return public_url(request, "/").rstrip("/")


@undoes(KIND, Right.HANDLE_REQUESTS)
def take_back(ids: list[str], actor: str) -> str:
    """Put a mistaken record right by a further one."""
    try:
        made = correct_told(act_id=UUID(ids[0]), identifier_id=int(ids[1]), actor=actor)
    except NotCorrectable:
        return _("This cannot be put right by us: after a no, only the person can say yes. Record what they say now.")
    if made.rows[0].state in GRANTS or made.rows[0].state == "ObjectionLifted":
        return _("A further record takes the objection back. Both records stay.")
    return _(
        "A further record says that the yes was not valid. Both records stay, and from now on the answer is no until "
        "the person says yes again."
    )
