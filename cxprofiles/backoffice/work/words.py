"""What the work list says, in the reader's language."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cxprofiles.portal.words import named, readable
from profiles.models import ReviewCase
from profiles.review.sides import SideSeen, differing

STATES: dict[str, str | Promise] = {
    "open": gettext_lazy("Open"),
    "later": gettext_lazy("Not sure"),
    "answered": gettext_lazy("Answered"),
    "settled": gettext_lazy("Settled by itself"),
}
EMPTY: dict[str, tuple[str | Promise, str | Promise]] = {
    "open": (
        gettext_lazy("Nothing waits for you"),
        gettext_lazy("The rules settled everything so far. What they cannot settle appears here within a minute."),
    ),
    "later": (
        gettext_lazy("Nobody was unsure"),
        gettext_lazy("A case that somebody answers with “not sure” waits here until somebody knows more."),
    ),
    "answered": (
        gettext_lazy("Nothing was answered yet"),
        gettext_lazy("The cases that were answered last are listed here, with who answered and why."),
    ),
    "settled": (
        gettext_lazy("Nothing settled itself yet"),
        gettext_lazy("A case that later events or other decisions settle closes itself and is listed here."),
    ),
}
ANSWERS: dict[str, str | Promise] = {
    "same": gettext_lazy("same person"),
    "different": gettext_lazy("different people"),
    "right": gettext_lazy("it is right"),
    "block": gettext_lazy("value blocked"),
    "replay": gettext_lazy("tried again"),
    "leave": gettext_lazy("left as they are"),
    "approve": gettext_lazy("approved"),
    "refuse": gettext_lazy("refused"),
    "withdraw": gettext_lazy("taken back"),
    "proposed": gettext_lazy("same person, once a colleague agrees"),
}
CONSENTS: dict[str, str | Promise] = {"granted": gettext_lazy("granted"), "denied": gettext_lazy("denied")}
REQUESTS: dict[str, str | Promise] = {
    "erasure": gettext_lazy("an open erasure request"),
    "access": gettext_lazy("an open access request"),
    "portability": gettext_lazy("an open portability request"),
    "rectification": gettext_lazy("an open rectification request"),
    "restriction": gettext_lazy("an open restriction request"),
    "objection": gettext_lazy("an open objection"),
}


def answer_said(case: ReviewCase) -> str:
    """What a case was answered, in words."""
    return named(ANSWERS, case.answer.partition("-")[0]) if case.answer else ""


def stakes_said(sides: Sequence[SideSeen], open_requests: Sequence[str]) -> list[str]:
    """What hangs on the answer, a phrase each: interactions, money, consents that differ, open requests."""
    total = sum(side.interactions for side in sides)
    found = [ngettext("%(n)s interaction", "%(n)s interactions", total) % {"n": total}]
    for purpose, (one, other) in differing(sides).items():
        said = {"purpose": readable(purpose), "one": named(CONSENTS, one), "other": named(CONSENTS, other)}
        found.append(_("a consent that differs: %(purpose)s, %(one)s and %(other)s") % said)
    found += [str(REQUESTS[one]) if one in REQUESTS else _("an open privacy request") for one in open_requests]
    return found
