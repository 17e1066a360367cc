"""The rules of identity in words."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.changes_shown import Difference
from cxprofiles.portal.words import Words

NORMALISERS: Words = {
    "exact": _("as it came"),
    "trim": _("without the space around it"),
    "lower": _("in lower case"),
    "upper": _("in upper case"),
    "email": _("as an email address"),
    "phone": _("as a phone number with its country"),
    "handle": _("as network:handle in lower case"),
}
OWNERSHIPS: Words = {"first": _("whoever had it first keeps it"), "last": _("whoever used it last has it")}
OWNERS: Words = {"first": _("the first keeps it"), "last": _("the last has it")}
FIELDS: Words = {
    "rank": _("Rank"),
    "person": _("Names a person"),
    "per_profile": _("At most this many in one profile"),
    "ownership": _("When two people claim one"),
    "shared_above": _("Shared when linked to more than"),
    "normaliser": _("How a value is kept"),
    "blocked": _("Blocked values and patterns"),
}
RULES: Words = {
    "latest": _("the latest"),
    "earliest": _("the earliest"),
    "most_frequent": _("the most frequent"),
    "source_rank": _("of the most trusted source"),
    "min": _("the least"),
    "max": _("the greatest"),
    "sum": _("the sum"),
    "union": _("all of them"),
}
ORIGINS: Words = {
    "provided": _("given by the person"),
    "observed": _("observed"),
    "inferred": _("worked out"),
}
REFUSALS: Words = {
    "name": _("A name begins with a letter and holds small letters, digits and underscores, at most 63 of them."),
    "rank": _("A rank is a whole number from 1, the strongest, to 2,147,483,647."),
    "per_profile": _("This limit is a whole number from 1 to 2,147,483,647, or empty for none."),
    "shared_above": _("This limit is a whole number from 1 to 2,147,483,647, or empty for none."),
    "ownership": _("Choose one of these."),
    "normaliser": _("Choose one of these."),
    "blocked": _("At most 1,000 lines, each of 1 to 200 characters."),
    "rule": _("Choose one of these."),
    "category": _("A data category is a word of small letters and underscores, as contact; or empty for none."),
    "origin": _("Choose one of these."),
}


def line_said(line: Difference) -> Difference:
    """What differs in a type, the field and its values as its form calls them."""
    values = {**NORMALISERS, **OWNERSHIPS} if line.name in ("normaliser", "ownership") else {}
    before, after = (str(values.get(one or "", one or "")) or None for one in (line.before, line.after))
    return Difference(str(FIELDS.get(line.name, line.name)), before, after)


def refusal_of(field: str) -> str:
    """Why a field cannot be as it was filled in."""
    return str(REFUSALS[field]) if field in REFUSALS else gettext("This cannot be stored.")
