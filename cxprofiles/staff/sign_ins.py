"""Who came in, who left, and who tried: kept for a while, for whoever looks into what happened."""

from datetime import timedelta

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.contrib.auth.models import User
from django.utils import timezone

from cxprofiles.models import StaffSignIn

SignInEvent = StaffSignIn.Event
KEPT = timedelta(days=400)


def note_sign_in(*, user_id: int | None, event: SignInEvent, method: str, address: str) -> None:
    """Write one line, and let go of those that are older than anybody looks back."""
    StaffSignIn.objects.create(user_id=user_id, event=event, method=method, address=address)
    StaffSignIn.objects.filter(at__lt=timezone.now() - KEPT).delete()


def note_failure(*, name: str, address: str) -> None:
    """Note a wrong password. What was typed as a name is not kept: it may be the password."""
    note_sign_in(user_id=known_id(name), event=SignInEvent.PASSWORD_FAILED, method="password", address=address)


def known_id(name: str) -> int | None:
    """The id of whoever has this user name or address."""
    found: User | None = next(iter(filter_users_by_email(name)), None) if "@" in name else None
    found = found or get_user_by_username(name)
    return found.pk if found else None


def sign_ins_of(user_id: int, *, most: int = 20) -> list[StaffSignIn]:
    """The last lines about somebody, the latest first."""
    return list(StaffSignIn.objects.filter(user_id=user_id).order_by("-at", "-id")[:most])
