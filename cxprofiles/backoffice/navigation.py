"""Where staff can go: the entries of the menu, each for those who have its right."""

from collections.abc import Collection
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.rights import Right


class Entry(NamedTuple):
    """One entry of the menu. `icon`: the name of a symbol of the sprite."""

    path: str
    label: str | Promise
    icon: str
    right: Right


class ShownEntry(NamedTuple):
    """An entry as it is drawn."""

    path: str
    label: str | Promise
    icon: str
    here: bool


ENTRIES = (
    Entry("/backoffice/search/", _("Search"), "search", Right.SEARCH),
    Entry("/backoffice/work/", _("Work list"), "work", Right.DECIDE),
    Entry("/backoffice/privacy/", _("Privacy desk"), "privacy", Right.SEE_REQUESTS),
    Entry("/backoffice/sources/", _("Sources"), "sources", Right.SEE_SOURCES),
    Entry("/backoffice/rules/", _("Identity rules"), "rules", Right.SEE_RULES),
    Entry("/backoffice/purposes/", _("Purposes"), "purposes", Right.SEE_PURPOSES),
    Entry("/backoffice/tokens/", _("Tokens"), "tokens", Right.SEE_TOKENS),
    Entry("/backoffice/audit/", _("Audit"), "audit", Right.SEE_AUDIT),
    Entry("/backoffice/people/", _("People"), "people", Right.MANAGE_PEOPLE),
)
# A profile is reached from the search.
UNDER = {"/backoffice/profiles/": "/backoffice/search/"}


def entries_for(rights: Collection[Right], path: str) -> list[ShownEntry]:
    """The entries for somebody with these rights who is at a path."""
    at = next((entry for prefix, entry in UNDER.items() if path.startswith(prefix)), path)
    return [
        ShownEntry(one.path, one.label, one.icon, at.startswith(one.path)) for one in ENTRIES if one.right in rights
    ]
