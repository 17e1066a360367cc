"""All sources, and the chain that leads from them to profiles."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen, show
from cxprofiles.backoffice.sources.pictures import HEIGHT, WIDTH, sparkline
from cxprofiles.backoffice.sources.words import (
    lag_in_words,
    milliseconds_in_words,
    said,
    share_in_words,
    skew_in_words,
)
from cxprofiles.backoffice.staff_rights import has_right
from cxprofiles.templatetags.backoffice import ago_in_words
from profiles.figures.judging import SLOW, WAITS
from profiles.figures.minutes import KEPT_FOR
from profiles.figures.reading import MOST_QUARANTINED
from profiles.health import Chain, SourceHealth, source_health

GOOD, WARN, BAD = "good", "warn", "bad"
MINUTES = 60


class Step(NamedTuple):
    """A step of the chain as it is drawn: its name, how it is in a word, a figure, and a line below it."""

    label: str
    state: str
    word: str
    figure: str
    note: str
    x: int = 0


@screen(Right.SEE_SOURCES, "GET")
def sources_page(request: HttpRequest) -> HttpResponse:
    """All sources, those that need somebody first."""
    health = source_health()
    rows = sorted((row_of(one) for one in health.sources), key=lambda row: (not row["bad"], row["off"]))
    shown = {
        "rows": rows,
        "steps": steps_of(health.chain),
        "bad": sum(row["bad"] for row in rows),
        "runs": has_right(request.user, Right.RUN_SOURCES),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return show(request, "sources/list.html", shown)


def row_of(one: SourceHealth) -> dict[str, Any]:
    """A source as the table has it."""
    figures, unwell = one.figures, [said(unwell) for unwell in one.unwell]
    return {
        "source": one.row,
        "unwell": unwell,
        "bad": any(found.is_bad for found in unwell),
        "off": one.row.disabled_at is not None,
        "path": sparkline(one.per_minute),
        "per_minute": rate_in_words(figures.delivered, MINUTES),
        "p50": lag_in_words(figures.lag_at(0.5), figures.lag_is_beyond(0.5)),
        "p95": lag_in_words(figures.lag_at(0.95), figures.lag_is_beyond(0.95)),
        "duplicates": share_in_words(figures.share("duplicates")) if figures.delivered else "",
        "quarantined": quarantined_in_words(one.quarantined),
        "skew": skew_in_words(figures.mean_skew()) if sum(figures.skew) else "",
        "last_received": one.last_received,
        "is_new": one.row.created_at > datetime.now(UTC) - KEPT_FOR,  # no figure of it was forgotten
    }


def steps_of(chain: Chain) -> list[Step]:
    """The chain from sources to profiles, step by step."""
    steps = (_sources(chain), _intake(chain), _queue(chain), _resolver(chain), _profiles(chain))
    return [step._replace(x=n * 184) for n, step in enumerate(steps)]


def _sources(chain: Chain) -> Step:
    figure = _("%(n)s of %(all)s send") % {"n": chain.sending, "all": chain.sources}
    if chain.sources == 1:
        figure = _("sends") if chain.sending else _("quiet")
    note = ngettext("%(n)s needs attention", "%(n)s need attention", chain.unwell) % {"n": chain.unwell}
    if chain.unwell:
        return Step(_("Sources"), BAD, _("Look at it"), figure, note)
    return Step(_("Sources"), GOOD, _("Well"), figure, _("within the hour"))


def _intake(chain: Chain) -> Step:
    figure = _("%(n)s a minute") % {"n": rate_in_words(chain.figures.delivered, MINUTES)}
    if chain.refused:
        turned_away = number_format(chain.refused, force_grouping=True)
        return Step(_("Intake"), WARN, _("Turns away"), figure, _("%(n)s over the limit") % {"n": turned_away})
    if chain.last_received is None:
        return Step(_("Intake"), GOOD, _("Well"), figure, _("nothing yet"))
    seconds = int((datetime.now(UTC) - chain.last_received).total_seconds())
    return Step(_("Intake"), GOOD, _("Well"), figure, ago_in_words(seconds))


def _queue(chain: Chain) -> Step:
    figure = ngettext("%(n)s waits", "%(n)s wait", chain.pending) % {
        "n": number_format(chain.pending, force_grouping=True)
    }
    if not chain.pending:
        return Step(_("Queue"), GOOD, _("Well"), figure, _("empty"))
    oldest = _("oldest for %(time)s") % {"time": milliseconds_in_words(chain.oldest_pending_seconds * 1000)}
    slow = chain.oldest_pending_seconds > WAITS.total_seconds()
    return Step(_("Queue"), BAD if slow else GOOD, _("Grows old") if slow else _("Well"), figure, oldest)


def _resolver(chain: Chain) -> Step:
    resolved = _("never yet")
    if chain.resolved_at is not None:
        resolved = ago_in_words(int((datetime.now(UTC) - chain.resolved_at).total_seconds()))
    if chain.workers is None:
        return Step(_("Resolver"), WARN, _("Unknown"), _("Redis is away"), resolved)
    if not chain.workers_look:
        return Step(_("Resolver"), BAD, _("Gone"), _("none seen"), resolved)
    awake = chain.workers.awake
    figure = ngettext("%(n)s at work", "%(n)s at work", awake) % {"n": awake} if awake else _("asleep")
    return Step(_("Resolver"), GOOD, _("Well"), figure, resolved)


def _profiles(chain: Chain) -> Step:
    p95 = chain.figures.lag_at(0.95)
    if p95 is None:
        return Step(_("Profiles"), GOOD, _("Well"), _("nothing new"), _("within the hour"))
    slow = p95 > SLOW
    figure = lag_in_words(p95, chain.figures.lag_is_beyond(0.95))
    note = _("for 19 in 20 events")
    return Step(_("Profiles"), BAD if slow else GOOD, _("Slow") if slow else _("Well"), figure, note)


def rate_in_words(count: int, minutes: int) -> str:
    """How many a minute."""
    rate = count / minutes
    if 0 < rate < 0.1:
        return _("under 0.1")
    return number_format(round(rate) if rate >= 10 or rate == round(rate) else round(rate, 1), force_grouping=True)


def quarantined_in_words(count: int) -> str:
    """How many are in quarantine; beyond a bound they are not counted."""
    if count > MOST_QUARANTINED:
        return _("over %(n)s") % {"n": number_format(MOST_QUARANTINED, force_grouping=True)}
    return number_format(count, force_grouping=True) if count else ""
