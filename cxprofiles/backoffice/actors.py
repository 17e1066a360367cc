"""Who did something, as logs name it (`staff:ID`, `token:NAME`, `person`, `engine`, a command), in words."""

import re
from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model
from django.utils.translation import gettext, pgettext

STAFF, TOKEN = "staff", "token"
STAFF_NAMED = re.compile(rf"\b{STAFF}:[0-9]{{1,9}}\b")


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """The names of the members of staff among some actors, by actor. One query, none where there are none."""
    ids = {int(number) for kind, _, number in (one.partition(":") for one in actors) if kind == STAFF and is_id(number)}
    if not ids:
        return {}
    users = get_user_model().objects.filter(pk__in=ids).values_list("pk", "username", "first_name", "last_name")
    return {f"{STAFF}:{pk}": f"{first} {last}".strip() or username for pk, username, first, last in users}


def is_id(text: str) -> bool:
    """Whether a text can be the number of a member of staff."""
    return text.isascii() and text.isdigit() and len(text) < 10


def actor_shown(actor: str, names: Mapping[str, str]) -> str:
    """One actor in words."""
    kind, _, name = actor.partition(":")
    if kind == STAFF:
        return names.get(actor) or gettext("former member of staff %(number)s") % {"number": name}
    if kind == TOKEN:
        return gettext("token %(name)s") % {"name": name}
    if kind == "person":
        return pgettext("who did something", "the person")
    if kind == "engine":
        return gettext("the service")
    if kind == "command":
        return gettext("command %(name)s") % {"name": name}
    return actor


def staff_in(text: str) -> list[str]:
    """The members of staff whom a text names as logs do."""
    return STAFF_NAMED.findall(text)


def with_names(text: str, names: Mapping[str, str]) -> str:
    """A text in which members of staff are named as logs do, with their names."""
    return STAFF_NAMED.sub(lambda found: actor_shown(found[0], names), text)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Each of some actors in words, but nobody for none. One query, none where no staff are among them."""
    asked = {one for one in actors if one}
    names = actor_names(asked)
    return {one: actor_shown(one, names) for one in asked}


def staff_known() -> list[tuple[str, str]]:
    """All members of staff as an actor and a name, by name, up to 200."""
    users = get_user_model().objects.order_by("username").values_list("pk", "username", "first_name", "last_name")
    named = [(f"{STAFF}:{pk}", f"{first} {last}".strip() or username) for pk, username, first, last in users[:200]]
    return sorted(named, key=lambda one: one[1].casefold())
