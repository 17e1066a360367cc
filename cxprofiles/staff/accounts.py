"""Changes of who works here and what they may do. Each is recorded with its actor, and ends sessions where it must.

Nobody changes their own roles, and one active administrator always stays.
"""

from collections.abc import Collection, Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from cxprofiles.backoffice.rights import ROLES
from cxprofiles.staff.sessions import end_sessions_of
from profiles.configuration import record_change

ADMINISTRATOR = "administrator"
LONGEST_NAME, LONGEST_ADDRESS = 150, 254


class PersonRefused(ValueError):
    """Why a person cannot be made or changed: `reason` is a key of REASONS, `field` names what is wrong."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(REASONS[reason])
        self.reason = reason
        self.field = field


class NoSuchPerson(LookupError):
    """There is nobody of this number."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


REASONS = {
    "name": "A user name is 1 to 150 letters, digits and . + - _ without an @.",
    "name_taken": "Somebody has this user name already.",
    "email": "This is no address that mail can be sent to.",
    "email_taken": "Somebody has this address already.",
    "role": f"A role is one of {', '.join(ROLES)}.",
    "no_role": "Give at least one role, or make the person an administrator.",
    "own": "Nobody changes their own roles or account; ask another administrator.",
    "changed": "Somebody changed what this person may do; look at it again first.",
    "last": "This is the last active administrator; make somebody else one first.",
}


def invite_person(
    *, name: str, email: str, roles: Collection[str], administrator: bool = False, password: str = "", actor: str
) -> User:
    """A new person, who cannot sign in before they have set a password (or: with this one). Raises `PersonRefused`."""
    email = email.strip().lower()
    check_person(name, email, roles, administrator)
    with transaction.atomic():
        record_change(actor=actor, subject=f"person:{name}", before=None, after=_described(roles, administrator, True))
        # After `record_change`: its row lock makes such changes one after another.
        if User.objects.filter(username__iexact=name).exists():
            raise PersonRefused("name_taken", "name")
        if find_by_email(email) is not None:
            raise PersonRefused("email_taken", "email")
        user: User = User.objects.create_user(name, email, password or None)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        _set_roles(user, roles, administrator)
    return user


def welcome_newcomer(*, email: str, role: str, actor: str) -> User | None:
    """A person of the provider whom nobody invited, with the role of newcomers; None where the address cannot be
    stored. The user name is the address's first part, with a number where somebody has it."""
    name = "".join(mark for mark in email.partition("@")[0] if mark.isalnum() or mark in ".+-_")[:100] or "newcomer"
    for number in range(1, 100):
        try:
            return invite_person(
                name=name if number == 1 else f"{name}-{number}", email=email, roles=[role], actor=actor
            )
        except PersonRefused as refused:
            if refused.reason != "name_taken":
                return None
    return None


def change_roles(
    *, user_id: int, roles: Collection[str], administrator: bool, actor: str, seen: Collection[str] | None = None
) -> User:
    """Give a person just these roles, at once. `seen`: what whoever decides took them to have, `administrator` among
    it; where it is something else by now nothing is changed. Raises `PersonRefused` or `NoSuchPerson`."""
    check_roles(roles, administrator)
    with transaction.atomic():
        user = _held(user_id, actor)
        if seen is not None and set(seen) != set(standing_of(roles_of(user), user.is_superuser)):
            raise PersonRefused("changed")
        if not administrator:
            _keep_an_administrator(user)
        _record(user, actor, roles, administrator, user.is_active)
        _set_roles(user, roles, administrator)
    return user


def deactivate_person(*, user_id: int, actor: str) -> User:
    """Let a person no longer in, and end their sessions. Raises `PersonRefused` or `NoSuchPerson`."""
    with transaction.atomic():
        user = _held(user_id, actor)
        _keep_an_administrator(user)
        _record(user, actor, roles_of(user), user.is_superuser, False)
        User.objects.filter(pk=user.pk).update(is_active=False)
        end_sessions_of(user.pk)
    return user


def reactivate_person(*, user_id: int, actor: str) -> User:
    """Let a person in again, with the roles that they had. Raises `PersonRefused` or `NoSuchPerson`."""
    with transaction.atomic():
        user = _held(user_id, actor)
        _record(user, actor, roles_of(user), user.is_superuser, True)
        User.objects.filter(pk=user.pk).update(is_active=True)
    return user


def reset_second_factor(*, user_id: int, actor: str) -> User:
    """Take a person's codes and passkeys away, so that they set up new ones, and end their sessions."""
    with transaction.atomic():
        user = _held(user_id, actor)
        taken = sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        Authenticator.objects.filter(user=user).delete()
        before, after = {"second_factor": taken}, {"second_factor": None}
        record_change(actor=actor, subject=f"person:{user.username}", before=before, after=after)
        end_sessions_of(user.pk)
    return user


def change_email(*, user_id: int, email: str, actor: str) -> User:
    """Give a person another address, which they sign in with and are written to, and end their sessions; links that
    were sent to the former one work no more. Raises `PersonRefused` or `NoSuchPerson`."""
    email = email.strip().lower()
    check_email(email)
    with transaction.atomic():
        user = _held(user_id, actor)
        # Before looking who has the address: its row lock makes such changes one after another.
        record_change(actor=actor, subject=f"person:{user.username}", before=None, after={"email": "changed"})
        if is_taken(email, user.pk):
            raise PersonRefused("email_taken", "email")
        user.email = email
        user.save(update_fields=["email"])
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        end_sessions_of(user.pk)
    return user


def end_all_sessions(*, user_id: int, actor: str) -> User:
    """End all sessions of a person. Raises `PersonRefused` or `NoSuchPerson`."""
    with transaction.atomic():
        user = _held(user_id, actor)
        ended = end_sessions_of(user.pk)
        record_change(actor=actor, subject=f"person:{user.username}", before=None, after={"sessions_ended": ended})
    return user


def note_new_link(*, user_id: int, actor: str) -> User:
    """Record that a person is given another link to set a first password. Raises `PersonRefused` or `NoSuchPerson`."""
    with transaction.atomic():
        user = _held(user_id, actor)
        record_change(actor=actor, subject=f"person:{user.username}", before=None, after={"new_link": True})
    return user


def find_by_email(email: str) -> User | None:
    """Whoever has this address, in whatever case it is written."""
    found = EmailAddress.objects.filter(email__iexact=email).select_related("user").order_by("id").first()
    return found.user if found else User.objects.filter(email__iexact=email).order_by("id").first()


def is_taken(email: str, user_id: int) -> bool:
    """Whether somebody else has this address, in whatever case it is written."""
    others = EmailAddress.objects.filter(email__iexact=email).exclude(user_id=user_id)
    return others.exists() or User.objects.filter(email__iexact=email).exclude(pk=user_id).exists()


def roles_of(user: User) -> list[str]:
    """A person's roles in the order of `ROLES`."""
    held = set(user.groups.values_list("name", flat=True))
    return [role for role in ROLES if role in held]


def standing_of(roles: Iterable[str], administrator: bool) -> list[str]:
    """A person's roles, and `administrator` where they are one."""
    return [*roles, *([ADMINISTRATOR] if administrator else [])]


def check_person(name: str, email: str, roles: Collection[str], administrator: bool) -> None:
    """Raise `PersonRefused` unless a person may be made of this."""
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise PersonRefused("name", "name") from None
    if "@" in name or len(name) > LONGEST_NAME:
        raise PersonRefused("name", "name")
    check_email(email)
    check_roles(roles, administrator)


def check_email(email: str) -> None:
    """Raise `PersonRefused` unless mail can be sent to this."""
    try:
        validate_email(email)
    except ValidationError:
        raise PersonRefused("email", "email") from None
    if len(email) > LONGEST_ADDRESS:
        raise PersonRefused("email", "email")


def check_roles(roles: Collection[str], administrator: bool) -> None:
    """Raise `PersonRefused` unless these are roles, and there is one."""
    if not set(roles) <= set(ROLES):
        raise PersonRefused("role", "roles")
    if not roles and not administrator:
        raise PersonRefused("no_role", "roles")


def _held(user_id: int, actor: str) -> User:
    """A person's row, held until the end of the transaction; never the actor's own."""
    if actor == f"staff:{user_id}":
        raise PersonRefused("own")
    # All administrators with them and in one order, so that two who take each other away wait instead of both
    # succeeding, or of each holding what the other waits for.
    held = User.objects.select_for_update().filter(Q(pk=user_id) | Q(is_superuser=True)).order_by("pk")
    user = next((one for one in held if one.pk == user_id), None)
    if user is None:
        raise NoSuchPerson
    return user


def _keep_an_administrator(user: User) -> None:
    """Raise `PersonRefused` where no other active administrator would stay. Call it once the person is held."""
    if not (user.is_superuser and user.is_active):
        return
    if not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists():
        raise PersonRefused("last")


def _record(user: User, actor: str, roles: Iterable[str], administrator: bool, active: bool) -> None:
    record_change(
        actor=actor,
        subject=f"person:{user.username}",
        before=_described(roles_of(user), user.is_superuser, user.is_active),
        after=_described(roles, administrator, active),
    )


def _described(roles: Iterable[str], administrator: bool, active: bool) -> dict[str, object]:
    return {"roles": sorted(roles), "administrator": administrator, "active": active}


def _set_roles(user: User, roles: Collection[str], administrator: bool) -> None:
    """Roles as groups; what is in other groups stays there. All staff may reach the admin; what they see is by role."""
    user.is_superuser, user.is_staff = administrator, True
    user.save(update_fields=["is_superuser", "is_staff"])
    user.groups.remove(*Group.objects.filter(name__in=ROLES))
    user.groups.add(*(Group.objects.get_or_create(name=role)[0] for role in roles))
