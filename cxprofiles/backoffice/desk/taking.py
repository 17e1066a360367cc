"""Taking a request that came by phone or letter."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.purposes import UnknownPurpose
from consent.requests.kinds import APPEAL, IDENTITY_LEVELS, NONE, OBJECTION, RECTIFICATION, REGULATIONS, TYPES, WITHDRAW
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import PATH
from cxprofiles.backoffice.desk.reading import choice_of, clean, day_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, go_to, screen, show, text_of
from cxprofiles.portal.words import IDENTIFIERS
from profiles.configuration import configuration
from profiles.privacy.asking import Asked, RequestRefused
from profiles.privacy.requests import Shown, submit_request

LINES = 4
LONGEST_VALUE = 320
CORRECTIONS = 3
TAKEN = tuple(one for one in TYPES if one != APPEAL)


@dataclass(slots=True)
class Form:
    """The form as it was filled in, to be shown again. `wrong`: field to sentence."""

    type: str = ""
    regulation: str = ""
    region: str = ""
    language: str = "en"
    level: str = NONE
    method: str = ""
    received: str = ""
    lift: bool = False
    purposes: str = ""
    named: list[tuple[str, str]] = field(default_factory=list)
    corrected: list[tuple[str, str]] = field(default_factory=list)
    exchange: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


@screen(Right.HANDLE_REQUESTS, "GET", "POST")
def new_page(request: HttpRequest) -> HttpResponse:
    """The empty form, or a request of what was filled in."""
    if request.method != "POST":
        return form_page(request, Form(regulation=settings.PRIVACY_REGULATION), 200)
    form = read_form(request)
    if not form.named:
        form.wrong["identifiers"] = _("Name the person by at least one identifier.")
    if form.wrong:
        return form_page(request, form, 422)
    try:
        made = submit_request(asked=asked_of(form, actor_of(request)))
    except RequestRefused as refusal:
        form.wrong[refusal.field.split("/")[0]] = said_anew(str(refusal))
        return form_page(request, form, 422)
    except UnknownPurpose as refusal:
        form.wrong["purposes"] = said_anew(str(refusal))
        return form_page(request, form, 422)
    return taken(request, made)


def taken(request: HttpRequest, made: Shown) -> HttpResponse:
    """To the page of the request that was made."""
    messages.success(request, _("The request is taken. Its deadline runs from the day of receipt."))
    return go_to(f"{PATH}{made.id}/")


def read_form(request: HttpRequest) -> Form:
    """The form that was sent; what is wrong with it is noted on it."""
    return replace(
        read_details(request),
        region=text_of(request, "region", longest=50).upper(),
        received=text_of(request, "received", longest=50),
        named=named_of(request),
        wrong=wrong_of(request),
    )


def read_details(request: HttpRequest) -> Form:
    """What both forms ask, this one and that of a profile: the type with what it needs, the law, and what was checked.
    Raises `Refused`."""
    return Form(
        type=choice_of(request.POST, "type", TAKEN, TAKEN[0]),
        regulation=choice_of(request.POST, "regulation", REGULATIONS, settings.PRIVACY_REGULATION),
        language=choice_of(request.POST, "language", dict(settings.LANGUAGES), "en"),
        level=choice_of(request.POST, "level", IDENTITY_LEVELS, NONE),
        method=choice_of(request.POST, "method", words.METHODS),
        lift=request.POST.get("lift") == "yes",
        purposes=text_of(request, "purposes", longest=1000),
        corrected=corrected_of(request),
        exchange={end: text_of(request, f"exchange_{end}", longest=LONGEST_VALUE) for end in ("type", "from", "to")},
    )


def wrong_of(request: HttpRequest) -> dict[str, str]:
    """What the form contradicts itself in."""
    found = {}
    if request.POST.get("level", NONE) != NONE and not request.POST.get("method"):
        found["method"] = _("Say how the person proved who they are.")
    try:
        day = day_of(request.POST.get("received", ""))
    except Refused as refusal:
        return found | {"received_at": str(refusal)}
    if day is not None and day > datetime.now(UTC).date():
        found["received_at"] = _("This day is still to come.")
    return found


def named_of(request: HttpRequest) -> list[tuple[str, str]]:
    """The identifiers that were filled in: those with a value."""
    known = configuration().types
    types, values = request.POST.getlist("identifier_type")[:LINES], request.POST.getlist("value")[:LINES]
    found = []
    for type_, value in zip(types, values, strict=False):
        if value.strip():
            if type_ not in known:
                raise Refused(_("There is no such kind of identifier."), 422)
            found.append((type_, cleaned(value)))
    return found


def corrected_of(request: HttpRequest) -> list[tuple[str, str]]:
    """The traits that are wrong, each with its right value; an empty one takes the trait away."""
    names, values = request.POST.getlist("trait")[:CORRECTIONS], request.POST.getlist("right")[:CORRECTIONS]
    found = []
    for name, value in zip(names, values, strict=False):
        if max(len(name), len(value)) > LONGEST_VALUE or not clean(name + value):
            raise Refused(_("A correction is too long, or holds characters that cannot be stored."), 422)
        if name.strip():
            found.append((name.strip(), value.strip()))
    return found


def cleaned(value: str) -> str:
    """An identifier as it can be asked for; raises `Refused`."""
    if len(value) > LONGEST_VALUE or not clean(value):
        raise Refused(_("An identifier is too long, or holds characters that cannot be stored."), 422)
    return value.strip()


def asked_of(form: Form, actor: str) -> Asked:
    """The form as the domain takes it."""
    day = day_of(form.received)
    return Asked(
        type=form.type,
        identifiers=form.named,
        source="staff",
        requester=actor,
        regulation=form.regulation,
        region=form.region,
        language=form.language,
        received_at=None if day is None else datetime.combine(day, time.min, tzinfo=UTC),
        identity_level=form.level,
        identity_method=form.method if form.level != NONE else "",
        details=details_of(form),
    )


def details_of(form: Form) -> dict[str, Any]:
    """What a type needs beside its name."""
    details: dict[str, Any] = {}
    if form.lift and form.type in ("restriction", "objection"):
        details["lift"] = True
    if form.purposes and form.type in (OBJECTION, WITHDRAW):
        details["purposes"] = [one.strip() for one in form.purposes.split(",") if one.strip()]
    if form.type == RECTIFICATION:
        details["traits"] = {name: value or None for name, value in form.corrected}
        ends = {end: value for end, value in form.exchange.items() if value}
        details["identifiers"] = [ends] if ends.keys() & {"from", "to"} else []
    return details


def details_shown(form: Form) -> dict[str, Any]:
    """What the fields about the type are made of, on both forms."""
    types = sorted(configuration().types.values(), key=lambda one: (not one.person, one.rank, one.name))
    return {
        "form": form,
        "corrections": [*form.corrected, *[("", "")] * (CORRECTIONS - len(form.corrected))],
        "traits": sorted({**configuration().trait_categories, **configuration().trait_rules}),
        "identifier_types": [(one.name, str(IDENTIFIERS.get(one.name, one.name.replace("_", " ")))) for one in types],
    }


def form_page(request: HttpRequest, form: Form, status: int) -> HttpResponse:
    """The form."""
    shown = {
        **details_shown(form),
        "lines": [*form.named, *[("", "")] * (LINES - len(form.named))],
        "types": [(one, words.word(words.TYPES, one)) for one in TAKEN],
        "regulations": [(one, words.word(words.REGULATIONS, one)) for one in REGULATIONS],
        "languages_of_letters": settings.LANGUAGES,
        "levels": [(one, words.word(words.LEVELS, one)) for one in IDENTITY_LEVELS],
        "methods": [(one, str(label)) for one, label in words.METHODS.items()],
        "today": datetime.now(UTC).date().isoformat(),
    }
    return show(request, "desk/new.html", shown, status=status)
