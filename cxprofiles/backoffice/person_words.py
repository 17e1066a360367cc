"""What staff read of whom the service has no name, and of what is known of somebody: the same words on every screen."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxprofiles.portal.words import readable

# Traits that clients send under many spellings: firstName, first_name and firstname are one word.
TRAITS: Mapping[str, str | Promise] = {
    "address": gettext_lazy("Address"),
    "age": gettext_lazy("Age"),
    "avatar": gettext_lazy("Picture"),
    "birthday": gettext_lazy("Birthday"),
    "birthdate": gettext_lazy("Birthday"),
    "dateofbirth": gettext_lazy("Birthday"),
    "city": gettext_lazy("City"),
    "company": gettext_lazy("Company"),
    "country": gettext_lazy("Country"),
    "countrycode": gettext_lazy("Country"),
    "createdat": gettext_lazy("Account opened"),
    "customersince": gettext_lazy("Customer since"),
    "displayname": gettext_lazy("Display name"),
    "email": gettext_lazy("Email address"),
    "firstname": gettext_lazy("First name"),
    "givenname": gettext_lazy("First name"),
    "fullname": gettext_lazy("Full name"),
    "gender": gettext_lazy("Gender"),
    "language": gettext_lazy("Language"),
    "lastname": gettext_lazy("Last name"),
    "familyname": gettext_lazy("Last name"),
    "surname": gettext_lazy("Last name"),
    "locale": gettext_lazy("Language and region"),
    "loyaltyid": gettext_lazy("Loyalty card"),
    "loyaltytier": gettext_lazy("Loyalty tier"),
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone number"),
    "plan": gettext_lazy("Plan"),
    "postalcode": gettext_lazy("Postal code"),
    "zip": gettext_lazy("Postal code"),
    "region": gettext_lazy("Region"),
    "state": gettext_lazy("State"),
    "street": gettext_lazy("Street"),
    "timezone": gettext_lazy("Time zone"),
    "title": gettext_lazy("Title"),
    "website": gettext_lazy("Website"),
}
_SIGNS = re.compile(r"[_. -]")


def called(name: str, known: bool) -> str:
    """What somebody is called: by name, or by what is known of them. Who is known is no anonymous visitor."""
    if name:
        return name
    return _("Person without a name") if known else _("Anonymous visitor")


def trait_in_words(name: str) -> str:
    """A trait's name as people read it: `firstName` as First name; made readable where there is no word for it."""
    key = _SIGNS.sub("", name).lower()
    return str(TRAITS[key]) if key in TRAITS else readable(name)
