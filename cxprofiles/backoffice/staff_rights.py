"""The rights of whoever is signed in, read once for each request."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q

from cxprofiles.backoffice.rights import Right

HELD = "_backoffice_rights"


def rights_of(user: Any) -> frozenset[Right]:
    """What a user may do, by their groups and their own permissions; all of it for a superuser. One query, once."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    if user.is_superuser:
        return frozenset(Right)
    if not hasattr(user, HELD):
        setattr(user, HELD, _read_rights(user))
    found: frozenset[Right] = getattr(user, HELD)
    return found


def has_right(user: Any, right: Right) -> bool:
    """Whether a user may do something."""
    return right in rights_of(user)


def _read_rights(user: Any) -> frozenset[Right]:
    granted = Permission.objects.filter(Q(group__user=user) | Q(user=user), content_type__app_label="cxprofiles")
    names = set(granted.values_list("codename", flat=True))
    return frozenset(right for right in Right if right.value in names)
