"""How the pages about staff write what a browser says of itself."""

from django import template
from django.utils.translation import gettext

from cxprofiles.backoffice.people.words import ROLE_NAMES, WAYS

register = template.Library()

# The first that is found counts: each of them names those below it too.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(told: str) -> str:
    """A User-Agent in words, as in Firefox on Windows."""
    name = next((name for mark, name in BROWSERS if mark in told), "")
    system = next((name for mark, name in SYSTEMS if mark in told), "")
    if name and system:
        return gettext("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or gettext("unknown browser")


@register.filter
def role_name(role: str) -> str:
    """A role in words."""
    return str(ROLE_NAMES.get(role, role))


@register.filter
def way(kind: str) -> str:
    """A way to sign in, in words."""
    return str(WAYS.get(kind, kind))
