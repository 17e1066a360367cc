"""What Django and allauth tell of signing in, and what is made of it: notes, the session's times, the second factor."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa import signals as second_factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from cxprofiles.backoffice.second_factor import METHODS
from cxprofiles.signing_in.address import address_of
from cxprofiles.signing_in.lasting import begin
from cxprofiles.staff.sessions import end_sessions_of, forget_ended_sessions
from cxprofiles.staff.sign_ins import SignInEvent, note_sign_in


@receiver(user_logged_in)
def on_signed_in(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Note who came in and how, and begin to count the session's time."""
    begin(request.session)
    forget_ended_sessions()
    note_sign_in(user_id=user.pk, event=SignInEvent.SIGNED_IN, method=ways_of(request), address=address_of(request))


@receiver([password_changed, password_set, password_reset])
def on_new_password(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """End the other sessions: a new password may be the answer to a stolen one."""
    end_sessions_of(user.pk, except_key=request.session.session_key)


@receiver(user_logged_out)
def on_signed_out(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Note who left."""
    if user is not None:
        event = getattr(request, "sign_out_event", SignInEvent.SIGNED_OUT)
        note_sign_in(user_id=user.pk, event=event, method="", address=address_of(request))


@receiver(second_factors.authentication_failed)
def on_wrong_code(sender: Any, request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    """Note a wrong code: somebody had the password."""
    note_sign_in(user_id=user.pk, event=SignInEvent.CODE_FAILED, method=authenticator.type, address=address_of(request))


@receiver(second_factors.authenticator_added)
def on_factor_added(sender: Any, request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    """Whoever has just set up a second factor has shown it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver(second_factors.authenticator_removed)
def on_factor_removed(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Where none is left nobody goes on by one that was shown: this session sets up another, the others end."""
    if Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        return
    records = request.session.get(METHODS, [])
    request.session[METHODS] = [record for record in records if record.get("method") != "mfa"]
    end_sessions_of(user.pk, except_key=request.session.session_key)


def ways_of(request: HttpRequest) -> str:
    """How somebody signed in, as in `password, totp`."""
    records = request.session.get(METHODS, [])
    ways = [str(record.get("type") or record.get("provider") or record.get("method") or "") for record in records]
    return ", ".join(dict.fromkeys(way for way in ways if way))[:100]
