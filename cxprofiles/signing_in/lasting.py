"""How long a session lasts: it ends after some time without anything done, and after some hours whatever is done."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

BEGAN, SEEN = "session_began", "session_seen"
UNATTENDED = "X-Unattended"
NOTED_EVERY = 60  # seconds: a session is not written for each request


def begin(session: Any) -> None:
    """Count from now."""
    session[BEGAN] = session[SEEN] = int(time.time())


def has_ended(session: Any, now: float) -> bool:
    """Whether a session is too old, or was left alone too long. One that has no times is too old."""
    began, seen = session.get(BEGAN), session.get(SEEN)
    if not (isinstance(began, int) and isinstance(seen, int)):
        return True
    return now - began > settings.STAFF_SESSION_HOURS * 3600 or now - seen > settings.STAFF_IDLE_MINUTES * 60


def is_unattended(request: HttpRequest) -> bool:
    """Whether a page asks by itself while nobody does anything: a live view, or what shows how something goes on. Such
    a request keeps no session alive."""
    return UNATTENDED in request.headers or "text/event-stream" in request.headers.get("Accept", "")


def note_seen(session: Any, now: float) -> bool:
    """Note that a session is used, at most once a minute; whether it was noted now."""
    if now - session[SEEN] < NOTED_EVERY:
        return False
    session[SEEN] = int(now)
    return True
