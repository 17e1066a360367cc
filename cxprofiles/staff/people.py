"""Who works here, as those see it who manage people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User

from cxprofiles.backoffice.rights import ROLES
from cxprofiles.staff.accounts import NoSuchPerson, standing_of
from cxprofiles.staff.sessions import lasting_sessions

PAGE = 100


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A person with what they may do and how they sign in."""

    id: int
    name: str
    email: str
    roles: tuple[str, ...]
    is_administrator: bool
    is_active: bool
    is_waiting: bool  # invited, has set no password yet
    factors: tuple[str, ...]  # totp, webauthn; recovery codes are none
    signed_in_at: datetime | None
    sessions: int

    @property
    def standing(self) -> list[str]:
        """Their roles, and `administrator` where they are one."""
        return standing_of(self.roles, self.is_administrator)


def list_people(*, after: str = "") -> tuple[list[PersonSeen], str]:
    """A page of people by user name, and the name to go on after; empty: that was all."""
    found = list(User.objects.filter(username__gt=after).order_by("username").prefetch_related("groups")[: PAGE + 1])
    shown = found[:PAGE]
    return seen(shown), shown[-1].username if len(found) > PAGE else ""


def find_person(user_id: int) -> PersonSeen:
    """One person; raises `NoSuchPerson`."""
    found = list(User.objects.filter(pk=user_id).prefetch_related("groups"))
    if not found:
        raise NoSuchPerson
    return seen(found)[0]


def seen(users: Sequence[User]) -> list[PersonSeen]:
    """People with their second factors and the number of their sessions, in two queries for all."""
    ids = [user.pk for user in users]
    factors: dict[int, list[str]] = defaultdict(list)
    for owner, kind in Authenticator.objects.filter(user_id__in=ids).values_list("user_id", "type").order_by("id"):
        factors[owner].append(kind)
    sessions: dict[int, int] = defaultdict(int)
    for owner in lasting_sessions().filter(user_id__in=ids).values_list("user_id", flat=True):
        sessions[owner] += 1
    return [_person(user, factors[user.pk], sessions[user.pk]) for user in users]


def _person(user: User, factors: list[str], sessions: int) -> PersonSeen:
    groups = {group.name for group in user.groups.all()}
    return PersonSeen(
        id=user.pk,
        name=user.username,
        email=user.email,
        roles=tuple(role for role in ROLES if role in groups),
        is_administrator=user.is_superuser,
        is_active=user.is_active,
        is_waiting=not user.has_usable_password() and user.last_login is None,
        factors=tuple(kind for kind in dict.fromkeys(factors) if kind != Authenticator.Type.RECOVERY_CODES),
        signed_in_at=user.last_login,
        sessions=sessions,
    )
