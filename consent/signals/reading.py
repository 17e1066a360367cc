"""What one event says about consent, whatever the format: the one entry point of this package. Pure.

PostHog: a browser that has opted out sends nothing at all, so there is no opt-out to read. Two things do arrive
from posthog-js: the event `$opt_in`, sent once when a person agrees, and the property `$cookieless_mode`, with which
it goes on, without an identity of its own, for those who refused or for a whole site that asks nobody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from consent.signals.bits import UnreadableSignal
from consent.signals.consent_mode import DENIED, GRANTED, read_consent_mode
from consent.signals.gpp import Section, decode_gpp
from consent.signals.tcf import DISCLOSED_VENDORS_MISSING, DISCLOSURE_CUT_OFF, TcString, decode_tc_string

MAX_CATEGORIES = 100

SALE_OR_SHARE: Final = "ads.sale_share"
PERSONALISED_ADS: Final = "ads.personalised"
PERSONALISATION: Final = "personalisation"
ANALYTICS: Final = "analytics"

# Which purposes of the TCF one of ours needs, all of them, for a person who was asked about several and gave some
# has not agreed to the whole. 3 and 4 are profiles for advertising and their use (2, advertising without a profile,
# is not personalised); 5 and 6 the same for content; 7 to 10 measure advertising and content, study audiences and
# develop services, which our one purpose does not tell apart.
TCF_PURPOSES: Final[Mapping[str, tuple[int, ...]]] = {
    PERSONALISED_ADS: (3, 4),
    PERSONALISATION: (5, 6),
    ANALYTICS: (7, 8, 9, 10),
}
# Kind of Consent Mode → purpose of ours, and whether a yes to it is enough for a grant. `ad_user_data` is about
# sending data to Google: without it there are no personalised advertisements, with it there need not be any.
CONSENT_MODE_PURPOSES: Final[tuple[tuple[str, str, bool], ...]] = (
    ("ad_personalization", PERSONALISED_ADS, True),
    ("ad_user_data", PERSONALISED_ADS, False),
    ("analytics_storage", ANALYTICS, True),
    ("personalization_storage", PERSONALISATION, True),
)

_GPP_NAMES = ("gpp", "gppString", "gpp_string")
_TCF_NAMES = ("tcf", "tcString", "tcfString", "tc_string")
_CONSENT_MODE_NAMES = ("googleConsentMode", "consentMode", "consent_mode")
_MEMBERS = frozenset({"consent", "consentManagement", "gpc", *_GPP_NAMES, *_TCF_NAMES, *_CONSENT_MODE_NAMES})
_OPT_IN = "$opt_in"
_COOKIELESS = "$cookieless_mode"
_ID_NAMES = ("id", "purpose", "consent", "category", "oneTrustCookieCategory")
_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


@dataclass(frozen=True, slots=True)
class SignalRules:
    """How a source's signals are read.

    `categories`: a category that a client names → our purposes; `purposes`: keys of those that exist; `tcf_vendor`:
    the vendor whose consent a TC string must hold for any grant; `tcf_cut_off`: see `tcf.decode_tc_string`.
    """

    categories: Mapping[str, tuple[str, ...]]
    purposes: frozenset[str]
    tcf_vendor: int | None = None
    tcf_cut_off: date = DISCLOSURE_CUT_OFF


@dataclass(slots=True)
class Signals:
    """What an event says about consent.

    `said`: purpose → granted or refused; explicit values only, and a refusal beats every grant of the same purpose.
    `by`: purpose → which signal said so: segment, rudderstack, posthog, gpc, gpp, tcf or consent_mode.
    `stamped`: the event carried a consent block, be it empty or unreadable; Global Privacy Control alone is none.
    `unreadable`: some block could not be read, and grants nothing. `warnings`: sentences without values.
    """

    said: dict[str, bool] = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)
    stamped: bool = False
    unreadable: bool = False
    warnings: list[str] = field(default_factory=list)


def read_signals(
    context: Mapping[str, Any],
    rules: SignalRules,
    *,
    gpc_header: bool,
    properties: Mapping[str, Any] = {},
    event: str = "",
) -> Signals:
    """What an event says about consent, out of its context, PostHog's properties and name, and the request's header.

    Never raises: what cannot be read is said in `unreadable` and `warnings`, and grants nothing.
    """
    silent = not gpc_header and event != _OPT_IN and _COOKIELESS not in properties
    if silent and _MEMBERS.isdisjoint(context):  # so it is with most events
        return Signals()
    reading = _Reading(rules)
    consent = reading.object_of(context.get("consent"))
    reading.segment(consent)
    reading.rudderstack(context.get("consentManagement"))
    reading.posthog(properties, event)
    if gpc_header or context.get("gpc") in (True, "1"):
        reading.say(SALE_OR_SHARE, False, "gpc")
    for text in _held(consent, context, _GPP_NAMES):
        reading.gpp(text)
    for text in _held(consent, context, _TCF_NAMES):
        reading.tcf(text)
    for value in _held(consent, context, _CONSENT_MODE_NAMES):
        reading.consent_mode(value)
    return reading.result()


def _held(consent: Mapping[str, Any], context: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Any]:
    """What stands under any of the names, in the consent object and beside it, each once."""
    seen: list[Any] = []
    for holder in (consent, context):
        for name in names:
            value = holder.get(name)
            if value is None or value == "" or (isinstance(value, str) and value in seen):
                continue
            seen.append(value)
            yield value


class _Reading:
    """What has been read of one event so far."""

    def __init__(self, rules: SignalRules) -> None:
        self._rules = rules
        self._signals = Signals()
        self._barred: set[str] = set()  # purposes that something unreadable was about: nothing grants them
        self._categories = 0

    def result(self) -> Signals:
        signals = self._signals
        for purpose in self._barred:
            if signals.said.get(purpose):
                del signals.said[purpose], signals.by[purpose]
        return signals

    def say(self, purpose: str, granted: bool, by: str) -> None:
        said = self._signals.said
        if purpose not in said or (said[purpose] and not granted):
            said[purpose] = granted
            self._signals.by[purpose] = by

    def warn(self, sentence: str) -> None:
        if sentence not in self._signals.warnings:
            self._signals.warnings.append(sentence)

    def fail(self, sentence: str) -> None:
        """Note that a block could not be read."""
        self._signals.stamped = self._signals.unreadable = True
        self.warn(sentence)

    def object_of(self, value: Any, name: str = "consent") -> Mapping[str, Any]:
        """The block itself; an empty one if there is none, or if it cannot be read."""
        if value is None:
            return {}
        self._signals.stamped = True
        if isinstance(value, Mapping):
            return value
        if value != []:  # PHP writes an empty object as an empty list
            self.fail(f"`{name}` is not an object and could not be read.")
        return {}

    def segment(self, consent: Mapping[str, Any]) -> None:
        preferences = self.object_of(consent.get("categoryPreferences"), "categoryPreferences")
        self._take_categories(list(preferences.items()), "segment")

    def rudderstack(self, value: Any) -> None:
        block = self.object_of(value, "consentManagement")
        denied, allowed = (_ids(block.get(name)) for name in ("deniedConsentIds", "allowedConsentIds"))
        entries: list[tuple[str, Any]] = [(name, False) for name, _ in denied or ()]
        if denied is None or allowed is None:
            self.fail("The ids in `consentManagement` could not be read; it grants nothing.")
            entries += [(name, state) for name, state in allowed or () if state is not True]
        else:
            entries += allowed
        self._take_categories(entries, "rudderstack")

    def _take_categories(self, entries: list[tuple[Any, Any]], by: str) -> None:
        entries.sort(key=lambda entry: entry[1] is True)  # where there are too many, refusals are not what is lost
        room = MAX_CATEGORIES - self._categories
        if len(entries) > room:
            self.warn(f"The event has more than {MAX_CATEGORIES} consent categories; the rest was left out.")
        for category, state in entries[:room]:
            self._take_category(category, state, by)
        self._categories += min(len(entries), room)

    def _take_category(self, category: Any, state: Any, by: str) -> None:
        purposes = self._purposes_of(category)
        if not purposes:
            self.warn("Consent categories that no purpose can have the name of were left out.")
        for purpose in purposes:
            if isinstance(state, bool):
                self.say(purpose, state, by)
            else:
                self._barred.add(purpose)
                self.warn("Consent preferences that are neither true nor false were left out.")

    def _purposes_of(self, category: Any) -> tuple[str, ...]:
        if not isinstance(category, str):
            return ()
        mapped = self._rules.categories.get(category)
        if mapped is not None:
            return tuple(mapped)
        for key in (category, category.lower()):
            if key in self._rules.purposes:
                return (key,)
        return (category,) if _KEY.fullmatch(category) else ()

    def posthog(self, properties: Mapping[str, Any], event: str) -> None:
        if event == _OPT_IN:
            self._signals.stamped = True
            self.say(ANALYTICS, True, "posthog")
        if properties.get(_COOKIELESS) is True:
            self._signals.stamped = True
            self.say(ANALYTICS, False, "posthog")

    def gpp(self, text: Any) -> None:
        self._signals.stamped = True
        try:
            held = decode_gpp(_text(text))
        except UnreadableSignal:
            self.fail("The GPP string could not be read.")
            return
        if held.broken:
            self.fail("Some sections of the GPP string could not be read.")
        if held.unknown:
            self.warn("The GPP string has sections that are not known; they were left out.")
        for section in held.sections.values():
            self._take_section(section)
        if held.tc_string is not None:
            self.tcf(held.tc_string)

    def _take_section(self, section: Section) -> None:
        """Only what was refused: that a person did not opt out, or was not asked, permits nothing."""
        if section.gpc or section.opted_out("SaleOptOut") or section.opted_out("SharingOptOut"):
            self.say(SALE_OR_SHARE, False, "gpp")
        if section.opted_out("TargetedAdvertisingOptOut"):
            self.say(PERSONALISED_ADS, False, "gpp")

    def tcf(self, text: Any) -> None:
        self._signals.stamped = True
        try:
            tc_string = decode_tc_string(_text(text), self._rules.tcf_cut_off)
        except UnreadableSignal:
            self.fail("The TC string could not be read.")
            return
        if DISCLOSED_VENDORS_MISSING in tc_string.warnings:
            self.warn(f"{DISCLOSED_VENDORS_MISSING}: what the TC string says about vendors is unproven.")
        grants = self._tcf_grants(tc_string)
        for purpose, needed in TCF_PURPOSES.items():
            if not set(needed) <= set(tc_string.purpose_consents):
                self.say(purpose, False, "tcf")
            elif grants:
                self.say(purpose, True, "tcf")

    def _tcf_grants(self, tc_string: TcString) -> bool:
        """Whether the string may grant anything at all."""
        vendor = self._rules.tcf_vendor
        if not tc_string.is_service_specific:
            self.warn("The TC string is not specific to this service; it grants nothing.")
        elif vendor is None:
            return True
        elif vendor not in tc_string.vendor_consents:
            self.warn("The TC string holds no consent for this vendor; it grants nothing.")
        elif tc_string.vendors_disclosed is not None and vendor not in tc_string.vendors_disclosed:
            self.warn("The person was not shown this vendor, by the TC string; it grants nothing.")
        else:
            return DISCLOSED_VENDORS_MISSING not in tc_string.warnings
        return False

    def consent_mode(self, value: Any) -> None:
        self._signals.stamped = True
        try:
            found = read_consent_mode(value)
        except UnreadableSignal:
            self.fail("Consent Mode could not be read.")
            return
        if found.unreadable:
            self.warn("Kinds of Consent Mode that are neither granted nor denied were left out.")
        for kind, purpose, is_enough in CONSENT_MODE_PURPOSES:
            answer = found.answers.get(kind)
            if kind in found.unreadable:
                self._barred.add(purpose)
            if answer == DENIED:
                self.say(purpose, False, "consent_mode")
            elif answer == GRANTED and is_enough:
                self.say(purpose, True, "consent_mode")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UnreadableSignal("The signal is not a string.")
    return value


def _ids(value: Any) -> list[tuple[str, Any]] | None:
    """Ids of consent categories, and what is said of each: they come as a list of names or of objects with one, or
    as an object whose keys are the ids. None if they cannot be read."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [(name, True if isinstance(state, str) else state) for name, state in value.items()]
    if not isinstance(value, list):
        return None
    names = [_id(item) for item in value if item != ""]
    return None if None in names else [(name, True) for name in names if name is not None]


def _id(item: Any) -> str | None:
    if isinstance(item, Mapping):
        item = next((item[name] for name in _ID_NAMES if name in item), None)
    if isinstance(item, int) and not isinstance(item, bool):
        return str(item)
    return item if isinstance(item, str) and item else None
