"""The forms by which people ask for something: a page for each kind of request, and what it sends."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext

from consent.purpose_reading import read_purposes
from consent.purposes import UNREFUSABLE
from consent.requests import kinds
from cxprofiles.portal.asking import ask
from cxprofiles.portal.pages import NoSuchPage, go_to
from cxprofiles.portal.visits import Visitor, own_page, visitor_page
from cxprofiles.portal.words import TYPES, in_language, named
from profiles.configuration import configuration
from profiles.privacy.asking import RequestRefused

LIFT = "lift-restriction"
# The last part of a form's path to the type that it asks for.
FORMS = {
    "access": kinds.ACCESS,
    "portability": kinds.PORTABILITY,
    "address": kinds.RECTIFICATION,
    "erasure": kinds.ERASURE,
    "restriction": kinds.RESTRICTION,
    LIFT: kinds.RESTRICTION,
    "objection": kinds.OBJECTION,
    "opt-out": kinds.OPT_OUT,
    "limit": kinds.LIMIT,
    "withdrawal": kinds.WITHDRAW,
}
LONGEST = 500


class Incomplete(ValueError):
    """Something that the form asks for is missing or is not as it must be."""


@visitor_page("GET", "POST")
def request_form(request: HttpRequest, visitor: Visitor, form: str) -> HttpResponse:
    """GET: what the request means, and its form. POST: make it, and show it."""
    if form not in FORMS:
        raise NoSuchPage
    shown = form_shown(form, visitor)
    if request.method != "POST":
        return own_page(request, visitor, "asking", shown)
    try:
        made = ask(visitor, FORMS[form], details_of(form, request, visitor))
    except (Incomplete, RequestRefused):
        return own_page(request, visitor, "asking", shown | {"problem": True}, status=400)
    return go_to(f"/privacy/requests/{made.id}?new")


def form_shown(form: str, visitor: Visitor) -> dict[str, Any]:
    """What the page of a form shows."""
    return {
        "form": form,
        "title": named(TYPES, FORMS[form]),
        "word": confirmation_word(),
        "purposes": objectionable(visitor.language) if form == "objection" else [],
        "addresses": [value for _, value in visitor.identifiers],
    }


def details_of(form: str, request: HttpRequest, visitor: Visitor) -> Mapping[str, Any]:
    """The details of a request as the form tells them. Raises `Incomplete`."""
    if form == "erasure":
        if request.POST.get("word", "").strip().casefold() != confirmation_word().casefold():
            raise Incomplete
        return {}
    if form in ("restriction", LIFT):
        return {"lift": form == LIFT}
    if form == "objection":
        known = set(configuration().purposes.keys)
        chosen = [key for key in request.POST.getlist("purpose") if key in known]
        if not chosen:
            raise Incomplete
        return {"purposes": chosen}
    return {"identifiers": [address_change(request, visitor)]} if form == "address" else {}


def address_change(request: HttpRequest, visitor: Visitor) -> dict[str, str]:
    """Which of the proven addresses is wrong, and what it should be. Raises `Incomplete`."""
    wrong, right = request.POST.get("from", ""), request.POST.get("to", "").strip()
    type_name = next((type_name for type_name, value in visitor.identifiers if value == wrong), None)
    if type_name is None or not right or len(right) > LONGEST:
        raise Incomplete
    return {"type": type_name, "from": wrong, "to": right}


def confirmation_word() -> str:
    """What is typed to show that an erasure is meant, in the language of the page."""
    return pgettext("the word to type", "ERASE")


def objectionable(language: str) -> list[dict[str, str]]:
    """The purposes that one can object to, as the form lists them."""
    return [
        {"key": key, "title": in_language(fields.name, language) or key, "text": in_language(fields.text, language)}
        for key, fields in sorted(read_purposes().items())
        if fields.legal_basis not in UNREFUSABLE and (fields.legal_basis != "consent" or key == "marketing")
    ]
