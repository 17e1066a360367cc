"""What a timeline says of an interaction: how late it came, whose clock, what it refuses, what was left out."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent.signals.reading import Signals
from cxprofiles.backoffice.durations import span_said
from cxprofiles.backoffice.profile.identity_words import type_said
from cxprofiles.portal.words import readable
from profiles.journey.marks import Clock, Timing
from profiles.journey.reading import Interaction

NAMED_PURPOSES = 3  # so many are named on a row; the rest is counted

SIGNALS: Mapping[str, str | Promise] = {
    "segment": gettext_lazy("the consent block of the event"),
    "rudderstack": gettext_lazy("the consent block of RudderStack"),
    "posthog": gettext_lazy("the settings of PostHog"),
    "gpc": gettext_lazy("Global Privacy Control of the browser"),
    "gpp": gettext_lazy("a GPP string"),
    "tcf": gettext_lazy("a TCF string"),
    "consent_mode": gettext_lazy("Google Consent Mode"),
}
REASONS: Mapping[str, str | Promise] = {
    "blocked": gettext_lazy("it is a placeholder that names nobody, or it is on the list of blocked values"),
    "malformed": gettext_lazy("it does not have the form of this type"),
    "too long": gettext_lazy("it is longer than 500 characters"),
    "too many": gettext_lazy("the event names more than 100 identifiers"),
    "unknown type": gettext_lazy("there is no such type of identifiers"),
}
DIALECTS: Mapping[str, str | Promise] = {
    "segment": gettext_lazy("Segment"),
    "posthog": gettext_lazy("PostHog"),
    "jitsu": gettext_lazy("Jitsu"),
    "cloudevents": gettext_lazy("CloudEvents"),
    "file": gettext_lazy("an imported file"),
    "rectification": gettext_lazy("a correction made here"),
}


class Mark(NamedTuple):
    """Something odd about an interaction. `tone`: a class of badge; `icon`: a symbol that stands beside the word."""

    tone: str
    icon: str
    word: str


def marks_of(item: Interaction) -> list[Mark]:
    """What is odd about an interaction, in a few words each."""
    found = [Mark("warn", "clock", sentence) for sentence in times_said(item.timing)]
    if refusal := refusal_said(item):
        found.append(Mark("bad", "privacy", refusal))
    if not item.linkable:
        found.append(Mark("warn", "split", _("Joins nobody: it says no to that")))
    if item.dropped:
        left_out = ngettext("%(n)s identifier left out", "%(n)s identifiers left out", len(item.dropped))
        found.append(Mark("", "cross", left_out % {"n": len(item.dropped)}))
    if item.warnings:
        warned = ngettext("%(n)s warning", "%(n)s warnings", len(item.warnings))
        found.append(Mark("", "warn", warned % {"n": len(item.warnings)}))
    return found


def times_said(timing: Timing) -> list[str]:
    """How late an interaction came and that its clock was not believed, as far as that is worth a word."""
    said = []
    if timing.late is not None:
        late = {"time": span_said(timing.late)}
        said.append(_("Imported %(time)s later") % late if timing.imported else _("Arrived %(time)s late") % late)
    shift = {"time": span_said(abs(timing.shift))}
    if timing.clock is Clock.CORRECTED:
        back = timing.shift < timedelta()
        said.append(_("Clock put back by %(time)s") % shift if back else _("Clock put forward by %(time)s") % shift)
    elif timing.clock is Clock.AHEAD:
        said.append(_("Named a time %(time)s after it came") % shift)
    elif timing.clock is Clock.UNREAD:
        said.append(_("Its time could not be read"))
    return said


def clock_said(timing: Timing) -> str:
    """Which time was believed, and why, in a sentence."""
    return {
        Clock.BELIEVED: _("The time is the one that the client named."),
        Clock.CORRECTED: _(
            "The client's clock was wrong. The time is that of receipt, less the age that the client gave the event."
        ),
        Clock.AHEAD: _(
            "The client named a time after receipt. Nothing happens later than it is received, so receipt counts."
        ),
        Clock.UNREAD: _("What the client named is no time that can be read. Receipt counts."),
        Clock.UNSAID: _("The client named no time. Receipt counts."),
    }[timing.clock]


def refusal_said(item: Interaction) -> str:
    """What an event's own consent signals forbid, in a few words; empty: nothing."""
    signals = item.observed.signals if item.observed else None
    if signals is None or signals.unreadable:
        return _("Its consent cannot be read: it permits nothing that needs consent")
    if item.refused:
        return _("This event refuses %(purposes)s") % {"purposes": purposes_said(item.refused)}
    if not signals.stamped or not item.barred:
        return ""
    granted = sorted(key for key, said in signals.said.items() if said)
    if granted:
        return _("This event permits only %(purposes)s") % {"purposes": purposes_said(granted)}
    return _("This event permits nothing that needs consent")


def purpose_said(key: str) -> str:
    """A purpose as people read it."""
    return readable(key).lower()


def purposes_said(keys: Iterable[str]) -> str:
    """A few purposes, and how many more."""
    words = [purpose_said(key) for key in keys]
    if len(words) <= NAMED_PURPOSES + 1:
        return ", ".join(words)
    left = len(words) - NAMED_PURPOSES
    more = ngettext("%(n)s more", "%(n)s more", left) % {"n": left}
    return ", ".join([*words[:NAMED_PURPOSES], more])


def signals_said(signals: Signals | None) -> str:
    """What an event's consent signals are, all in all."""
    if signals is None:
        return _("Today's reading does not understand this event, so it permits nothing by itself.")
    if signals.unreadable:
        return _("A consent block of this event cannot be read. It grants nothing.")
    if signals.stamped:
        return _(
            "This event carries consent. It may be used for what it grants in so many words, "
            "and for nothing else that needs consent."
        )
    if signals.said:
        return _("This event carries no consent block, but says this:")
    return _("This event says nothing about consent: what the person chose elsewhere counts.")


def dropped_said(dropped: Iterable[Mapping[str, str]]) -> list[str]:
    """Which identifiers were left out and why. Their values are not kept."""
    return [
        _("%(type)s: left out, since %(reason)s.")
        % {
            "type": type_said(one.get("type", "")),
            "reason": REASONS.get(one.get("reason", ""), one.get("reason", "")),
        }
        for one in dropped
    ]
