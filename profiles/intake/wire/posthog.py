"""PostHog's capture API."""

from typing import Any

from profiles.intake.lenient import encode
from profiles.intake.observed import Observed, RawIdentifier
from profiles.intake.wire.findings import (
    TRAIT_IDENTIFIERS,
    Findings,
    gather_message_id,
    gather_revenue,
    gather_signals,
    gather_time,
    gather_traits,
    identify_by_mappings,
    text_of,
)
from profiles.intake.wire.request import NotAnEvent, Request

COOKIELESS = "$posthog_cookieless"
TYPES = {
    "$pageview": "page",
    "$screen": "screen",
    "$identify": "identify",
    "$set": "identify",
    "$set_once": "identify",
    "$unset": "identify",
    "$create_alias": "alias",
    "$groupidentify": "group",
}


def observe(event: dict[str, Any], request: Request, findings: Findings) -> Observed:
    """The normal form of a PostHog event; raises NotAnEvent. The event loses the project key it may hold."""
    event.pop("api_key", None)
    properties = findings.object_at(event, "properties")
    properties.pop("token", None)
    name = findings.name_at(event, "event")
    if not name:
        raise NotAnEvent("The event has no name; say in `event` what happened.")
    kind = TYPES.get(name, "track")
    traits: dict[str, Any] = {}
    traits_once: dict[str, Any] = {}
    same: list[RawIdentifier] = []
    if properties.get("$process_person_profile") is not False:  # it asks that nobody be made of it
        traits, traits_once = person_traits(kind, event, properties, findings)
        identify(kind, event, properties, {**traits_once, **traits}, findings)
        if request.mappings:
            identify_by_mappings(findings, request.mappings, {**event, "traits": {**traits_once, **traits}})
        if kind == "alias":
            same = same_person(event, properties, findings)
    else:
        identify_device(distinct_id(event, properties), properties, findings)
    revenue, currency = gather_revenue(findings, properties)
    return Observed(
        message_id=gather_message_id(event.get("uuid"), event, salt=(kind,)),
        type=kind,
        event=name,
        occurred_at=gather_time(findings, request, event.get("timestamp"), event.get("sent_at")),
        identifiers=findings.identifiers,
        payload=encode(event),
        same=same,
        traits=traits,
        traits_once=traits_once,
        signals=gather_signals(findings, {}, request, properties=properties, event=name),
        revenue=revenue,
        currency=currency,
        sent_at=findings.sent_at,
        warnings=findings.warnings,
        dropped=findings.dropped,
    )


def person_traits(
    kind: str, event: dict[str, Any], properties: dict[str, Any], findings: Findings
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`$set` with what `$unset` takes away, and `$set_once`. An event about a group says nothing of a person."""
    if kind == "group":
        return {}, {}
    traits = gather_traits(
        findings,
        {**_unset(properties), **_unset(event)},
        {**findings.object_at(properties, "$set"), **findings.object_at(event, "$set")},
    )
    once = gather_traits(findings, findings.object_at(properties, "$set_once"), findings.object_at(event, "$set_once"))
    return traits, once


def _unset(holder: dict[str, Any]) -> dict[str, Any]:
    names = holder.get("$unset")
    return {name: None for name in names if isinstance(name, str)} if isinstance(names, list) else {}


def identify(
    kind: str, event: dict[str, Any], properties: dict[str, Any], traits: dict[str, Any], findings: Findings
) -> None:
    """All the identifiers that api.md finds in an event of this shape."""
    distinct = distinct_id(event, properties)
    if not (kind == "group" and names_group(distinct, properties)):
        findings.identify("anonymous_id" if is_anonymous(distinct, properties) else "user_id", distinct)
    identify_browser(properties, findings)
    findings.identify("anonymous_id", properties.get("$anon_distinct_id"))
    for name in TRAIT_IDENTIFIERS:
        if name in traits:
            findings.identify(name, traits[name])


def identify_device(distinct: Any, properties: dict[str, Any], findings: Findings) -> None:
    """The browser of an event that asks for no person. posthog-js asks so for every visitor until `$identify`, which
    ties to the person what this browser did before. Elsewhere `distinct_id` is made up for one event, and is nobody."""
    if is_anonymous(distinct, properties):
        findings.identify("anonymous_id", distinct)
    identify_browser(properties, findings)


def identify_browser(properties: dict[str, Any], findings: Findings) -> None:
    """The browser itself, unless it has no identity of its own."""
    if properties.get("$device_id") != COOKIELESS:
        findings.identify("anonymous_id", properties.get("$device_id"))


def distinct_id(event: dict[str, Any], properties: dict[str, Any]) -> Any:
    """The id of whom the event is about: at the top in server clients, among the properties in browsers. In cookieless
    mode all visitors share one, which is nobody's."""
    value = event.get("distinct_id")
    value = properties.get("distinct_id") if value is None or value == "" else value
    return None if value == COOKIELESS else value


def is_anonymous(distinct: Any, properties: dict[str, Any]) -> bool:
    """Whether `distinct_id` names a device."""
    return distinct == properties.get("$device_id") or properties.get("$is_identified") is False


def names_group(distinct: Any, properties: dict[str, Any]) -> bool:
    """Whether `distinct_id` is what posthog-node makes up for an event about a group."""
    group = f"${text_of(properties.get('$group_type'))}_{text_of(properties.get('$group_key'))}"
    return bool(distinct == group)


def same_person(event: dict[str, Any], properties: dict[str, Any], findings: Findings) -> list[RawIdentifier]:
    """What an alias says is one person. Clients differ in which of the two ids is the new one, and either may be
    a user's or a device's; so all four are the same."""
    one = findings.identifier_text("user_id", distinct_id(event, properties))
    other = findings.identifier_text("user_id", properties.get("alias"))
    if one is None or other is None:
        findings.warn("The alias lacks `distinct_id` or `alias` and decides nothing.")
        return []
    if one == other:
        return []
    return [(type_name, value) for value in (one, other) for type_name in ("user_id", "anonymous_id")]
