"""Who acted, by name: members of staff, the person, tokens and the service itself."""

from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

STAFF, TOKEN = "staff:", "token:"


def names_of(actors: Iterable[str]) -> Mapping[str, str]:
    """Actors as staff read them, in one query at most."""
    asked = {one for one in actors if one}
    numbers = {one.removeprefix(STAFF) for one in asked if one.startswith(STAFF)}
    ids = [int(one) for one in numbers if one.isascii() and one.isdigit()]
    rows = get_user_model().objects.filter(pk__in=ids).values_list("pk", "username") if ids else ()
    staff = {f"{STAFF}{id_}": str(name) for id_, name in rows}
    return {one: staff.get(one) or _other(one) for one in asked}


def _other(actor: str) -> str:
    if actor == "person":
        return _("the person")
    if actor == "engine":
        return _("the service")
    if actor.startswith(TOKEN):
        return _("token %(name)s") % {"name": actor.removeprefix(TOKEN)}
    if actor.startswith(STAFF):
        return _("a former member of staff")
    return actor
