"""Secrets that a screen has just made: kept sealed in the session until the next page has shown them, and no longer.

Whoever posts a form that makes a secret is sent to the page that shows it, so that loading that page again makes none.
"""

import base64
import binascii
import time
from collections.abc import Mapping

import msgspec
from django.http import HttpRequest

from consent.sealing import Unsealable, seal, unseal_bytes

KEPT = "shown_once"
USE = "shown once"
LASTS_SECONDS = 600
MOST_KEPT = 5


class _Kept(msgspec.Struct, array_like=True):
    user_id: int
    until: float
    shown: dict[str, str]


def keep_once(request: HttpRequest, what: str, shown: Mapping[str, str]) -> None:
    """Keep texts for one showing within ten minutes, to this member of staff in this session. `what`: of what they
    are, as in `token` or `source:7`; what was kept of the same and not shown is gone."""
    kept = _Kept(request.user.pk or 0, time.time() + LASTS_SECONDS, dict(shown))
    sealed = base64.b64encode(seal(msgspec.json.encode(kept), USE)).decode()
    others = {name: text for name, text in _held(request).items() if name != what}
    request.session[KEPT] = dict([*others.items(), (what, sealed)][-MOST_KEPT:])


def take_once(request: HttpRequest, what: str) -> dict[str, str]:
    """What was kept, this once; empty: nothing was, it was shown already, or it waited for too long."""
    held = _held(request)
    sealed = held.pop(what, None)
    if sealed is None or request.method != "GET":
        return {}
    request.session[KEPT] = held
    try:
        kept = msgspec.json.decode(unseal_bytes(base64.b64decode(sealed), USE), type=_Kept)
    except (Unsealable, binascii.Error, msgspec.MsgspecError):
        return {}
    return kept.shown if kept.user_id == request.user.pk and kept.until > time.time() else {}


def _held(request: HttpRequest) -> dict[str, str]:
    return dict(request.session.get(KEPT, {}))
