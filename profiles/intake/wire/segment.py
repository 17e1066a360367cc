"""Segment's tracking API, as its SDKs, RudderStack's and Jitsu's speak it; imported files are read as it too."""

from typing import Any

from profiles.intake.lenient import Unreadable, decode, encode
from profiles.intake.observed import Observed, RawIdentifier
from profiles.intake.wire.findings import (
    TRAIT_IDENTIFIERS,
    Findings,
    gather_message_id,
    gather_revenue,
    gather_signals,
    gather_time,
    gather_traits,
    identify_by_external_ids,
    identify_by_mappings,
    text_of,
    value_at,
)
from profiles.intake.wire.request import NotAnEvent, Request

CONSENT_CHANGE = "Segment Consent Preference Updated"
NO_PREFERENCES = "context.consent.categoryPreferences is required."
TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})


def observe(event: dict[str, Any], request: Request, findings: Findings) -> Observed:
    """The normal form of a Segment event; raises NotAnEvent. The event loses the write key it may hold."""
    event.pop("writeKey", None)
    kind = kind_of(event, request.path_type)
    context = findings.object_at(event, "context")
    properties = findings.object_at(event, "properties")
    traits = gather_traits(
        findings,
        findings.object_at(context, "traits"),
        {} if kind == "group" else findings.object_at(event, "traits"),  # a group's traits are not the person's
    )
    identify(event, context, traits, findings)
    if request.mappings:
        identify_by_mappings(findings, request.mappings, {**event, "traits": traits})
    revenue, currency = gather_revenue(findings, properties)
    signals = gather_signals(findings, context, request)
    name = event_name(kind, event, properties, findings)
    changes_consent = kind == "track" and name == CONSENT_CHANGE
    if changes_consent:
        check_consent_change(event)
    return Observed(
        message_id=gather_message_id(event.get("messageId"), event, salt=(kind,)),
        type=kind,
        event=name,
        occurred_at=gather_time(findings, request, first_said(event, TIMES), event.get("sentAt")),
        identifiers=findings.identifiers,
        payload=encode(event),
        same=same_person(event, findings) if kind == "alias" else [],
        traits=traits,
        signals=signals,
        decides_unification=changes_consent,
        revenue=revenue,
        currency=currency,
        sent_at=findings.sent_at,
        identity_hash=identity_hash(context),
        hashed_user_id=text_of(event.get("userId")),
        warnings=findings.warnings,
        dropped=findings.dropped,
    )


def check_consent_change(event: dict[str, Any]) -> None:
    """An event whose one job is to change consent says to what; raises NotAnEvent."""
    if not isinstance(value_at(event, "context.consent.categoryPreferences"), dict):
        raise NotAnEvent(NO_PREFERENCES)


def is_empty_consent_change(raw: bytes, path_type: str | None) -> bool:
    """Whether an event, as it came, is to change consent and does not say to what."""
    try:
        event = decode(raw)
        if not isinstance(event, dict) or event.get("event") != CONSENT_CHANGE or kind_of(event, path_type) != "track":
            return False
        check_consent_change(event)
    except Unreadable:
        return False  # it is refused for that
    except NotAnEvent:
        return True
    return False


# By definition the first is the client's own clock; the second may have been corrected by whoever passed it on.
TIMES = ("originalTimestamp", "timestamp")


def first_said(event: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The first of some members that says anything."""
    return next((event[name] for name in names if event.get(name)), None)


def kind_of(event: dict[str, Any], path_type: str | None) -> str:
    """The type of an event: its own, or the one that the path names; raises NotAnEvent."""
    kind = event.get("type")
    if kind is None or kind == "":
        kind = path_type
    if isinstance(kind, str):
        kind = kind.strip().lower()
        if kind in TYPES:
            return kind
    raise NotAnEvent("The event has no `type` that is one of identify, track, page, screen, group and alias.")


def event_name(kind: str, event: dict[str, Any], properties: dict[str, Any], findings: Findings) -> str:
    """What the event is called: a track's `event`, which must be there, or the name of a page or screen."""
    if kind == "track":
        name = findings.name_at(event, "event")
        if not name:
            raise NotAnEvent("The track event has no name; say in `event` what happened.")
        return name
    if kind in ("page", "screen"):
        return findings.name_at(event, "name") or findings.name_at(properties, "name")
    return ""


def identify(event: dict[str, Any], context: dict[str, Any], traits: dict[str, Any], findings: Findings) -> None:
    """All the identifiers that api.md finds in an event of this shape."""
    findings.identify("user_id", event.get("userId"))
    findings.identify("anonymous_id", event.get("anonymousId"))
    for name in TRAIT_IDENTIFIERS:
        if name in traits:
            findings.identify(name, traits[name])
    device = context.get("device")
    if device is not None:
        findings.identify("device_id", value_at(device, "id"))
        findings.identify("device_id", value_at(device, "advertisingId"))
    identify_by_external_ids(findings, context)


def same_person(event: dict[str, Any], findings: Findings) -> list[RawIdentifier]:
    """What an alias says is one person. `previousId` may be a user id or an anonymous id, and nothing tells which
    unless it is the event's own anonymous id. An id that replaces itself says nothing."""
    current = findings.identifier_text("user_id", event.get("userId"))
    previous = findings.identifier_text("user_id", event.get("previousId"))
    if current is None or previous is None:
        findings.warn("The alias lacks `userId` or `previousId` and decides nothing.")
        return []
    if current == previous:
        return []
    if previous == text_of(event.get("anonymousId")):
        return [("user_id", current), ("anonymous_id", previous)]
    return [("user_id", current), ("user_id", previous), ("anonymous_id", previous)]


def identity_hash(context: dict[str, Any]) -> str | None:
    """`context.identityHash`, if it is one."""
    value = context.get("identityHash")
    return value if isinstance(value, str) and value else None
