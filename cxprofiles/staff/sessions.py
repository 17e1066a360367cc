"""Sessions of staff: shown, and ended at once."""

from datetime import datetime
from typing import Any, NamedTuple

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone


class ShownSession(NamedTuple):
    """A session as its owner and those who manage people see it."""

    id: int
    began_at: datetime
    seen_at: datetime
    address: str
    browser: str
    is_current: bool


def sessions_of(user_id: int, *, current_key: str | None = None) -> list[ShownSession]:
    """The sessions of somebody that have not ended, the latest first."""
    kept = lasting_sessions().filter(user_id=user_id).order_by("-last_seen_at", "-id")[:100]
    return [
        ShownSession(
            id=one.pk,
            began_at=one.created_at,
            seen_at=one.last_seen_at,
            address=str(one.ip),
            browser=one.user_agent,
            is_current=one.session_key == current_key,
        )
        for one in kept
    ]


def lasting_sessions() -> Any:
    """The sessions that have not ended, of everybody."""
    stored = Session.objects.filter(expire_date__gt=timezone.now())
    return UserSession.objects.filter(session_key__in=stored.values("session_key"))


def note_use(session_key: str | None, now: datetime) -> None:
    """Note when a session was last used."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now)


def end_sessions_of(user_id: int, *, except_key: str | None = None) -> int:
    """End all sessions of somebody but one; how many there were."""
    ended = list(UserSession.objects.filter(user_id=user_id).exclude(session_key=except_key or ""))
    return _end(ended)


def end_session(user_id: int, session_id: int) -> int:
    """End one session of somebody; 0 where it is not theirs or has ended."""
    return _end(list(UserSession.objects.filter(user_id=user_id, pk=session_id)))


def forget_ended_sessions() -> None:
    """Let go of all sessions that are over, and of the addresses and browsers that they came from."""
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _end(rows: list[UserSession]) -> int:
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
