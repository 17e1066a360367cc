"""Undo: what was just done is offered to be taken back, for an hour, to whoever did it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cxprofiles.backoffice.rights import Right

SALT = "cxprofiles.backoffice.undo"
LASTS_SECONDS = 3600
MARK = "undo "

TakeBack = Callable[[list[str], str], str]


class Undoing(NamedTuple):
    """How a kind of act is taken back, and who may."""

    right: Right
    take_back: TakeBack


class NothingToUndo(Exception):
    """An offer that is too old, was made up, or is another person's; in a sentence for whoever asked."""

    def __init__(self) -> None:
        super().__init__(_("This can no longer be undone: the offer is too old, or it was made to somebody else."))


UNDOINGS: dict[str, Undoing] = {}


def undoes(kind: str, right: Right) -> Callable[[TakeBack], TakeBack]:
    """Register a function that takes back acts of a kind: it gets their ids and the actor, and answers a sentence."""

    def register(take_back: TakeBack) -> TakeBack:
        UNDOINGS[kind] = Undoing(right, take_back)
        return take_back

    return register


def offer_undo(request: HttpRequest, sentence: str, kind: str, ids: Sequence[str]) -> None:
    """Say what was done, with a button beside that takes it back."""
    token = signing.dumps({"kind": kind, "ids": list(ids), "user": request.user.pk}, salt=SALT, compress=True)
    messages.success(request, sentence, extra_tags=MARK + token)


def read_offer(token: str, user_id: int) -> tuple[Undoing, list[str]]:
    """What a token stands for; raises `NothingToUndo`."""
    try:
        held = signing.loads(token, salt=SALT, max_age=LASTS_SECONDS)
        if held["user"] != user_id:
            raise NothingToUndo
        return UNDOINGS[held["kind"]], held["ids"]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise NothingToUndo from None
