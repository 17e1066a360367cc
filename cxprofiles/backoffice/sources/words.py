"""How the screens say what is wrong with a source, and what to do about it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.figures.judging import Reason
from profiles.health import Unwell

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


class Said(NamedTuple):
    """What is wrong in a few words, in a sentence, and what to do."""

    reason: Reason
    short: str
    sentence: str
    advice: str
    is_bad: bool


LABELS: Mapping[Reason, str | Promise] = {
    Reason.NO_KEY: gettext_lazy("No key"),
    Reason.SILENT: gettext_lazy("Silent"),
    Reason.QUARANTINE: gettext_lazy("Not understood"),
    Reason.LAG: gettext_lazy("Slow"),
    Reason.RATE_LIMITED: gettext_lazy("Too fast"),
    Reason.SKEW: gettext_lazy("Clock is off"),
    Reason.KEY_EXPIRING: gettext_lazy("Key ends soon"),
    Reason.DISABLED: gettext_lazy("Disabled"),
}


def said(unwell: Unwell) -> Said:
    """What is wrong with a source, in words."""
    sentence, advice = SENTENCES[unwell.reason](unwell.told_by)
    return Said(unwell.reason, str(LABELS[unwell.reason]), sentence, advice, unwell.is_bad)


def _no_key(_told_by: Mapping[str, Any]) -> tuple[str, str]:
    return (
        _("No write key is good any more, so that everything this source posts is refused."),
        _("Make a new key and put it into the client."),
    )


def _silent(told_by: Mapping[str, Any]) -> tuple[str, str]:
    since, pause = told_by["since"], told_by["pause"]
    return (
        _("Nothing has come since %(since)s. Its longest pause within a week was %(pause)s.")
        % {"since": moment_in_words(since), "pause": duration_in_words(pause)},
        _("Ask whoever runs the channel whether it was changed or is down, and compare its key with those here."),
    )


def _quarantined(told_by: Mapping[str, Any]) -> tuple[str, str]:
    return (
        _("Within the hour %(events)s events, %(share)s of all, could not be understood and wait in quarantine.")
        % {"events": number_format(told_by["events"], force_grouping=True), "share": share_in_words(told_by["share"])},
        _("Look at the samples in the quarantine. Once the reason is mended, try the events again: none is lost."),
    )


def _lag(told_by: Mapping[str, Any]) -> tuple[str, str]:
    advice = _(
        "Look whether the workers run. What was accepted is safe, and becomes part of profiles as soon as they do."
    )
    if "waits" in told_by:
        return (
            _("What was accepted waits to become part of a profile, the oldest for %(waits)s.")
            % {"waits": duration_in_words(told_by["waits"])},
            advice,
        )
    return (
        _("One event in twenty takes longer than %(lag)s until it is part of a profile.")
        % {"lag": milliseconds_in_words(told_by["p95"])},
        advice,
    )


def _rate_limited(told_by: Mapping[str, Any]) -> tuple[str, str]:
    n = told_by["events"]
    return (
        ngettext(
            "Its rate limit turned %(n)s event away in this hour and the one before.",
            "Its rate limit turned %(n)s events away in this hour and the one before.",
            n,
        )
        % {"n": number_format(n, force_grouping=True)},
        _("Clients try again by themselves. Raise the limit if so much is expected; if not, find out who has the key."),
    )


def _skew(told_by: Mapping[str, Any]) -> tuple[str, str]:
    return (
        _("%(share)s of what it sends comes from clocks that are off by more than five minutes.")
        % {"share": share_in_words(told_by["share"])},
        _("Times are corrected by it, so nothing is wrong in profiles. Have the sender's clock set all the same."),
    )


def _key_expiring(told_by: Mapping[str, Any]) -> tuple[str, str]:
    return (
        _("Its last key ends on %(at)s; from then on everything is refused.") % {"at": moment_in_words(told_by["at"])},
        _("Make a new key now, and put it into the client before then."),
    )


def _disabled(_told_by: Mapping[str, Any]) -> tuple[str, str]:
    return (
        _("Somebody disabled this source: all its keys are revoked, and what it posts is refused."),
        _("A new key brings it back to life."),
    )


SENTENCES: Mapping[Reason, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    Reason.NO_KEY: _no_key,
    Reason.SILENT: _silent,
    Reason.QUARANTINE: _quarantined,
    Reason.LAG: _lag,
    Reason.RATE_LIMITED: _rate_limited,
    Reason.SKEW: _skew,
    Reason.KEY_EXPIRING: _key_expiring,
    Reason.DISABLED: _disabled,
}

# Why a field of a form was not taken.
REFUSALS: Mapping[str, str | Promise] = {
    "name": gettext_lazy(
        "A name is 1 to 100 printable characters without a slash; `rectification` is the service's own."
    ),
    "channel": gettext_lazy("Choose a channel."),
    "trust": gettext_lazy("Choose whom its word is taken from."),
    "region": gettext_lazy("A region is a country's two letters, for example DE; or leave it empty."),
    "rank": gettext_lazy("A rank is a whole number from 1 on."),
    "rate_limit": gettext_lazy("A rate limit is a whole number of events a second, from 1 on; or leave it empty."),
    "mappings": gettext_lazy(
        "Each line is a path, an equals sign and an identifier type that exists: traits.member_no = crm_id"
    ),
    "consent_categories": gettext_lazy(
        "Each line is a category, an equals sign and purposes that exist: marketing = email_marketing"
    ),
    "consent_rules": gettext_lazy("Choose for each purpose what is done."),
    "signing_secret": gettext_lazy("A signing secret is at most 500 characters."),
    "overlap": gettext_lazy("Choose how long the old keys stay good."),
}


def milliseconds_in_words(value: float) -> str:
    """A duration as short as it can be said exactly enough."""
    if value < SECOND:
        return _("%(n)s ms") % {"n": round(value)}
    if value < MINUTE:
        return _("%(n)s s") % {"n": number_format(round(value / SECOND, 1)).removesuffix(".0").removesuffix(",0")}
    if value < HOUR:
        return _("%(n)s min") % {"n": round(value / MINUTE)}
    if value < 2 * DAY:
        return _("%(n)s h") % {"n": round(value / HOUR)}
    return _("%(n)s days") % {"n": round(value / DAY)}


def duration_in_words(value: timedelta) -> str:
    """A duration."""
    return milliseconds_in_words(value.total_seconds() * SECOND)


def lag_in_words(value: int | None, beyond: bool) -> str:
    """A percentile of the lag; empty for none."""
    if value is None:
        return ""
    text = milliseconds_in_words(value)
    return _("over %(lag)s") % {"lag": text} if beyond else _("≤ %(lag)s") % {"lag": text}


def skew_in_words(milliseconds: int) -> str:
    """How far a sender's clock is off: above zero it is ahead. What the network takes says nothing of a clock."""
    if abs(milliseconds) < 2 * SECOND:
        return _("right")
    text = milliseconds_in_words(abs(milliseconds))
    return _("%(time)s ahead") % {"time": text} if milliseconds > 0 else _("%(time)s behind") % {"time": text}


def share_in_words(share: float) -> str:
    """A share as a percentage: one that is not nothing is not said to be."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return _("under 0.1 %")
    rounded = round(percent, 1) if percent < 10 else round(percent)
    return f"{number_format(rounded)} %".replace(".0 %", " %").replace(",0 %", " %")


def moment_in_words(at: datetime) -> str:
    """A day and time in the reader's time zone."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j F')}, {local:%H:%M}"
