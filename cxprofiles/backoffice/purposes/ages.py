"""From which age on people consent alone, by country."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.purpose_fields import PurposeRefused
from consent.purpose_reading import read_ages
from cxprofiles.backoffice.purposes import words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, go_to, screen, show, text_of
from cxprofiles.backoffice.undo import offer_undo, undoes
from profiles.purpose_changes import set_consent_age

KIND = "consent_age"
PATH = "/backoffice/purposes/ages/"
ALL_OTHERS = "*"


@screen(Right.SEE_PURPOSES, "GET")
def ages_page(request: HttpRequest) -> HttpResponse:
    """The ages, and the form that sets one."""
    return page(request, {"country": "", "years": ""}, {})


@screen(Right.CHANGE_PURPOSES, "POST")
def set_age_page(request: HttpRequest) -> HttpResponse:
    """Set the age of one country."""
    country, years = text_of(request, "country", longest=10).upper(), text_of(request, "years", longest=10)
    before = read_ages().get(country)
    try:
        set_consent_age(country=country, years=number_of(years), actor=actor_of(request))
    except PurposeRefused as error:
        wrong = {error.field: words.refusal(error.field, str(error))}
        return page(request, {"country": country, "years": years}, wrong, status=422)
    if before is not None:
        said = _("From now on people of %(country)s consent alone from %(years)s years on.")
        offer_undo(request, said % {"country": country, "years": years}, KIND, [country, str(before)])
    return go_to(PATH)


def number_of(text: str) -> int:
    """A whole number; raises `PurposeRefused`."""
    if not (text.isascii() and text.isdigit()):
        raise PurposeRefused("years", "An age is a number of years.")
    return int(text)


def page(request: HttpRequest, entered: dict[str, str], wrong: dict[str, str], status: int = 200) -> HttpResponse:
    """The page of ages."""
    shown = {"ages": list(read_ages().items()), "entered": entered, "wrong": wrong}
    return show(request, "purposes/ages.html", shown, status=status)


@undoes(KIND, Right.CHANGE_PURPOSES)
def take_back(ids: list[str], actor: str) -> str:
    """Set the age of a country as it was."""
    set_consent_age(country=ids[0], years=int(ids[1]), actor=actor)
    return _("The age is as it was before.")
