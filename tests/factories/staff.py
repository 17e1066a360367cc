"""Members of staff, signed in as the pages see it."""

import time
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from cxprofiles.backoffice.rights import ROLES
from cxprofiles.backoffice.second_factor import METHODS, METHODS_OF
from cxprofiles.models import StaffRight

ADMINISTRATOR = "administrator"
PASSWORD = "a long password of staff"


def make_staff(role: str, name: str = "") -> User:
    """A member of staff with a role; `administrator`: a superuser; empty: one without a role."""
    name = name or f"{role or 'nobody'}-{User.objects.count() + 1}"
    user = User.objects.create(
        username=name,
        email=f"{name}@staff.example",
        password=hashed_password(settings.PASSWORD_HASHERS[0]),
        is_staff=True,
        is_superuser=role == ADMINISTRATOR,
    )
    if role and role != ADMINISTRATOR:
        user.groups.add(role_group(role))
    return user


@lru_cache
def hashed_password(_hasher: str) -> str:
    """The password of all of them, hashed once by each hasher that tests choose: that is slow on purpose."""
    return make_password(PASSWORD)


def role_group(role: str) -> Group:
    """The group of a role, as the migration ships it: tests that commit have emptied it away."""
    group, _ = Group.objects.get_or_create(name=role)
    lacking = {right.value for right in ROLES[role]} - set(group.permissions.values_list("codename", flat=True))
    ContentType.objects.clear_cache()  # it remembers rows that were emptied away
    kept = ContentType.objects.get_for_model(StaffRight, for_concrete_model=False)
    for codename in lacking:
        permission, _ = Permission.objects.get_or_create(content_type=kept, codename=codename)
        group.permissions.add(permission)
    return group


def sign_in(client: Client, user: User) -> Client:
    """Sign somebody in with a password and a second factor."""
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session: Any = client.session
    at = time.time()
    session[METHODS] = [
        {"method": "password", "at": at, "username": user.get_username()},
        {"method": "mfa", "at": at, "type": "totp"},
    ]
    session[METHODS_OF] = str(user.pk)
    session.save()
    return client
