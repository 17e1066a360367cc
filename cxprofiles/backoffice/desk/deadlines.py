"""How much of a request's time is over: the bar and the words beside it. The days are those of UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.requests.clocks import day_of
from consent.requests.desk import SOON_DAYS
from consent.requests.kinds import CLOSED, IDENTITY_CHECK, PARTIALLY_COMPLETED, RECEIVED
from consent.requests.shown import Standing
from cxprofiles.day_words import day_in_words

LATE, SOON, FINE, WAITS, OVER = "late", "soon", "fine", "waits", "over"
WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """A deadline as it is drawn: places from 0 to 1000 along the time from receipt to the end of the bar.

    `tone`: late, soon, fine, waits (for the person's proof; the clock runs on) or over. `internal`: the day that staff
    work to, `legal`: the law's, `before`: the legal day before an extension (None: there is none).
    """

    words: str
    tone: str
    filled: int
    internal: int
    legal: int
    internal_on: date
    due_on: date
    title: str
    extended: bool
    before: int | None = None

    @property
    def marks(self) -> str:
        """The places that the bar marks, in words."""
        return _("received %(received)s; our day %(internal)s; legal day %(legal)s") % {
            "received": self.title,
            "internal": day_in_words(self.internal_on),
            "legal": day_in_words(self.due_on),
        }


def bar_of(one: Standing, today: date | None = None, *, extended: bool = False, before: date | None = None) -> Bar:
    """The deadline of a request today."""
    now = today or datetime.now(UTC).date()
    begun = day_of(one.received_at)
    end = max(one.due_on, now if one.state not in CLOSED else one.due_on, one.internal_due_on)
    whole = max((end - begun).days, 1)

    def place(day: date) -> int:
        return max(0, min(WIDTH, (day - begun).days * WIDTH // whole))

    reached = day_of(one.closed_at) if one.closed_at is not None else now
    return Bar(
        words=words_of(one, now),
        tone=tone_of(one, now),
        filled=place(reached),
        internal=place(one.internal_due_on),
        legal=place(one.due_on),
        internal_on=one.internal_due_on,
        due_on=one.due_on,
        title=day_in_words(begun),
        extended=extended,
        before=None if before is None else place(before),
    )


def tone_of(one: Standing, now: date) -> str:
    """How a deadline looks."""
    if one.state in CLOSED:
        return OVER
    if one.due_on < now:
        return LATE
    if (one.internal_due_on - now).days <= SOON_DAYS:
        return SOON
    return WAITS if one.state in (RECEIVED, IDENTITY_CHECK) else FINE


def words_of(one: Standing, now: date) -> str:
    """How many days are left, or how many it is late, in words."""
    if one.state in CLOSED:
        return _("Closed on %(day)s") % {"day": day_in_words(day_of(one.closed_at))} if one.closed_at else _("Closed")
    late, left = (now - one.due_on).days, (one.internal_due_on - now).days
    if late > 0 and one.state == PARTIALLY_COMPLETED:
        return _("Answered in part")
    if late > 0:
        return ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
    if left < 0:
        to_law = (one.due_on - now).days
        return ngettext("%(n)s day to the legal day", "%(n)s days to the legal day", to_law) % {"n": to_law}
    if left == 0:
        return _("Due today")
    return ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
