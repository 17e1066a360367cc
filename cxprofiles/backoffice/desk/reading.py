"""What forms and addresses of the desk say, read and checked."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cxprofiles.backoffice.screens import Refused, is_unicode

MOST_MARKED = 100
HIGHEST = 2**63 - 1


def choice_of(form: Any, name: str, values: Collection[str], otherwise: str = "") -> str:
    """A field that has one of some values; `otherwise` where it is empty or missing. Raises `Refused`."""
    given = form.get(name, "")
    if not given:
        return otherwise
    if given not in values:
        raise Refused(_("There is no such choice here; take one of the list."), 422)
    return str(given)


def marked_ids(request: HttpRequest) -> list[UUID]:
    """The requests that were marked in the list. Raises `Refused` for none, too many, or what is no request."""
    given = list(dict.fromkeys(request.POST.getlist("id")))
    if not given:
        raise Refused(_("No request is marked. Mark some in the list first."), 422)
    if len(given) > MOST_MARKED:
        raise Refused(_("These are too many at once: mark at most %(n)s.") % {"n": MOST_MARKED}, 422)
    try:
        return [UUID(one) for one in given]
    except ValueError:
        raise Refused(_("One of the marks is no request."), 422) from None


def cursor_of(request: HttpRequest) -> str:
    """The place in a list; raises `Refused` for what is none."""
    cursor = request.GET.get("cursor", "")
    if len(cursor) > 200 or not cursor.isascii():
        raise Refused(_("This is no place in the list; begin at its start."), 422)
    return cursor


def number_of(text: str) -> int:
    """A row's number; raises `Refused`."""
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= HIGHEST):
        raise Refused(_("This is no number."), 422)
    return int(text)


def day_of(text: str) -> date | None:
    """A day as ISO 8601 has it, or None for no text; raises `Refused`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(_("This must be a day, as in 2026-01-31."), 422) from None


def clean(text: str) -> bool:
    """Whether a text can be stored."""
    return "\x00" not in text and is_unicode(text)
