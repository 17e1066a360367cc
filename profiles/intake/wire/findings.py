"""What is found in an event, field by field, whatever its dialect: identifiers, traits, consent, money, times.

A field of the wrong type costs that field and a warning, never the event. Warnings and reasons name fields, never
what stood in them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import sha256
from typing import Any

from consent.signals.reading import Signals, read_signals
from profiles.intake.lenient import encode_sorted
from profiles.intake.observed import RawIdentifier
from profiles.intake.wire.request import Request
from profiles.intake.wire.times import EARLIEST, correct_skew, parse_time

MAX_IDENTIFIERS = 100  # of one event; more is a list, not a person
MAX_IDENTIFIER = 500  # characters
MAX_NAME = 200  # characters of the name of a trait, an event or a purpose
MAX_TRAITS = 500
MAX_MESSAGE_ID = 300  # characters; a longer one is hashed

MALFORMED = "malformed"
TOO_LONG = "too long"
TOO_MANY = "too many"

TRAIT_IDENTIFIERS = ("email", "phone", "loyalty_id", "crm_id")

_TYPE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_AMOUNT = re.compile(r"\s*[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?\s*", re.ASCII)
_AMOUNT_BOUND = Decimal(10) ** 15
_AMOUNT_STEP = Decimal("0.000001")
_GREATEST_EXACT_FLOAT = 2**53

NOTHING: Mapping[str, Any] = {}

# What changes between two deliveries of one event, or is a key to the service.
PER_DELIVERY = frozenset({"sentAt", "sent_at", "receivedAt", "writeKey", "api_key"})


@dataclass(slots=True)
class Findings:
    """What has been found so far, and what had to be left out."""

    identifiers: list[RawIdentifier] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sent_at: int | None = None  # by the sender's clock, where the request asks to measure it

    def warn(self, sentence: str) -> None:
        """Say what was wrong, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def drop(self, type_name: str, reason: str) -> None:
        """Report an identifier that is left out, once for each type and reason."""
        report = {"type": type_name, "reason": reason}
        if report not in self.dropped:
            self.dropped.append(report)

    def identify(self, type_name: str, value: Any) -> None:
        """Take `value` for an identifier of the type. None and the empty string are no identifier."""
        text = self.identifier_text(type_name, value)
        if text is None or (type_name, text) in self.identifiers:
            return
        if len(self.identifiers) >= MAX_IDENTIFIERS:
            self.drop(type_name, TOO_MANY)
        else:
            self.identifiers.append((type_name, text))

    def identify_each(self, type_name: str, value: Any) -> None:
        """As `identify`; of a list, each element."""
        for item in value if isinstance(value, list) else (value,):
            self.identify(type_name, item)

    def identifier_text(self, type_name: str, value: Any) -> str | None:
        """`value` as the text of an identifier; None, and a report where one is due, if it is none."""
        if value is None or value == "":
            return None
        text = text_of(value)
        if text is None:
            self.drop(type_name, MALFORMED)
        elif len(text) > MAX_IDENTIFIER:
            self.drop(type_name, TOO_LONG)
        else:
            return text
        return None

    def object_at(self, holder: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The object that stands under `name`; an empty one, and a warning where one is due, if there is none."""
        value = holder.get(name)
        if isinstance(value, dict):
            return value
        if value is not None and value != []:  # PHP writes an empty object as an empty list
            self.warn(f"`{name}` is not an object and was left out.")
        return {}

    def name_at(self, holder: Mapping[str, Any], name: str) -> str:
        """The name that stands under `name`, cut to a sane length; empty if there is none."""
        value = holder.get(name)
        if value is None:
            return ""
        text = text_of(value)
        if text is None:
            self.warn(f"`{name}` is not a string and was left out.")
            return ""
        if len(text) > MAX_NAME:
            self.warn(f"`{name}` is longer than {MAX_NAME} characters and was cut.")
        return text[:MAX_NAME].strip()


def text_of(value: Any) -> str | None:
    """A string, or a number as people write it (42 and 42.0 are "42"); None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _GREATEST_EXACT_FLOAT:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return None


def identify_by_external_ids(findings: Findings, context: Mapping[str, Any]) -> None:
    """`context.externalIds[] {id, type}`: identifiers of whatever type they name."""
    entries = context.get("externalIds")
    if not entries:
        return
    for entry in entries if isinstance(entries, list) else [entries]:
        type_name = entry.get("type") if isinstance(entry, dict) else None
        if isinstance(type_name, str) and _TYPE_NAME.fullmatch(type_name):
            findings.identify_each(type_name, entry.get("id"))
        else:
            findings.drop("externalIds", MALFORMED)


def identify_by_mappings(findings: Findings, mappings: Mapping[str, str], view: Mapping[str, Any]) -> None:
    """The source's own paths into an event, such as `properties.customer_no`."""
    for path, type_name in mappings.items():
        findings.identify_each(type_name, value_at(view, path))


def value_at(view: Any, path: str) -> Any:
    """What stands at a dotted path; None if nothing does."""
    for step in _steps(path):
        if not isinstance(view, dict):
            return None
        view = view.get(step)
    return view


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def gather_traits(findings: Findings, lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """The traits of two objects, of which the upper one wins. An explicit null is a trait too."""
    traits = {**lower, **upper}
    if any(not name or len(name) > MAX_NAME for name in traits):
        findings.warn(f"Traits whose name is empty or longer than {MAX_NAME} characters were left out.")
        traits = {name: value for name, value in traits.items() if 0 < len(name) <= MAX_NAME}
    if len(traits) > MAX_TRAITS:
        findings.warn(f"The event has more than {MAX_TRAITS} traits; the first {MAX_TRAITS} by name were kept.")
        traits = {name: traits[name] for name in sorted(traits)[:MAX_TRAITS]}
    return traits


def gather_signals(
    findings: Findings,
    context: Mapping[str, Any],
    request: Request,
    *,
    properties: Mapping[str, Any] = NOTHING,
    event: str = "",
) -> Signals:
    """What an event says about consent: in its context, in PostHog's properties and name, in the request's header."""
    signals = read_signals(
        context,
        request.signal_rules,
        gpc_header=bool(request.context.get("sec_gpc")),
        properties=properties,
        event=event,
    )
    for sentence in signals.warnings:
        findings.warn(sentence)
    return signals


def gather_revenue(findings: Findings, properties: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    """`properties.revenue` exactly, and `properties.currency` (empty: none said)."""
    value = properties.get("revenue")
    if value is None or value == "":
        return None, ""
    amount = _amount(value)
    if amount is None:
        findings.warn("`revenue` is not an amount and was not counted.")
        return None, ""
    return amount, _currency(findings, properties.get("currency"))


def _amount(value: Any) -> Decimal | None:
    text = text_of(value)
    if text is None or not _AMOUNT.fullmatch(text):
        return None
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return amount.quantize(_AMOUNT_STEP).normalize() + 0 if abs(amount) < _AMOUNT_BOUND else None


def _currency(findings: Findings, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str) and _CURRENCY.fullmatch(value):
        return value.upper()
    findings.warn("`currency` is not a code of three letters and was left out.")
    return ""


def gather_time(findings: Findings, request: Request, timestamp: Any, sent_at: Any) -> int:
    """When an event happened (microseconds), corrected for skew where the request asks for it; receipt if unsaid."""
    if request.corrects_skew and sent_at is not None:
        findings.sent_at = parse_time(sent_at)
    if timestamp is None or timestamp == "":
        return request.received_at
    said = parse_time(timestamp)
    if said is None:
        findings.warn("The timestamp could not be read; the time of receipt stands in its place.")
        return request.received_at
    happened = correct_skew(said, findings.sent_at, request.received_at)
    if happened < EARLIEST:
        findings.warn("`sentAt` makes no sense beside the timestamp; the clock was not corrected.")
        return min(said, request.received_at)
    return happened


def gather_message_id(value: Any, event: Any, salt: Iterable[str | None] = ()) -> str:
    """The client's message id; without one, a hash of all that is the same in each delivery of the event."""
    text = text_of(value) or ""
    text = text.strip()
    if len(text) > MAX_MESSAGE_ID:
        return "sha256:" + sha256(text.encode()).hexdigest()
    if text:
        return text
    if isinstance(event, dict):
        event = {name: item for name, item in event.items() if name not in PER_DELIVERY}
    return "derived:" + sha256(encode_sorted([list(salt), event])).hexdigest()[:40]
