"""CloudEvents 1.0 over HTTP: binary, structured and batched.

The attributes say what happened and when; the data is read as a Segment event where it is shaped like one, and is
otherwise the event's properties.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from profiles.intake import lenient
from profiles.intake.lenient import encode
from profiles.intake.observed import Observed
from profiles.intake.wire import segment
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

# Members of the data that name an identifier, under either spelling.
DATA_IDENTIFIERS = {
    "userId": "user_id",
    "user_id": "user_id",
    "anonymousId": "anonymous_id",
    "anonymous_id": "anonymous_id",
    "device_id": "device_id",
    **{name: name for name in TRAIT_IDENTIFIERS},
}


def observe(event: Any, request: Request, findings: Findings) -> Observed:
    """The normal form of a CloudEvent; raises NotAnEvent."""
    event = structured(event, request.context.get("ce"))
    name = findings.name_at(event, "type")
    if not name:
        raise NotAnEvent("The CloudEvent has no `type`; say in it what happened.")
    data = data_of(event, findings)
    shaped = as_segment(data, name, findings)
    kind = shaped["type"]
    context = findings.object_at(shaped, "context")
    traits = gather_traits(
        findings,
        findings.object_at(context, "traits"),
        {} if kind == "group" else findings.object_at(shaped, "traits"),
    )
    identify(event, shaped, data, context, traits, findings)
    if request.mappings:
        identify_by_mappings(findings, request.mappings, {**event, "data": data, **shaped, "traits": traits})
    properties = shaped["properties"]
    revenue, currency = gather_revenue(findings, properties)
    time = event.get("time") or segment.first_said(shaped, segment.TIMES)
    return Observed(
        message_id=gather_message_id(message_id(event), event),
        type=kind,
        event=segment.event_name(kind, shaped, properties, findings),
        occurred_at=gather_time(findings, request, time, None),
        identifiers=findings.identifiers,
        payload=encode(event),
        same=segment.same_person(shaped, findings) if kind == "alias" else [],
        traits=traits,
        signals=gather_signals(findings, context, request),
        revenue=revenue,
        currency=currency,
        identity_hash=segment.identity_hash(context),
        hashed_user_id=text_of(shaped.get("userId")),
        warnings=findings.warnings,
        dropped=findings.dropped,
    )


def structured(event: Any, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """The event as one object, which is how it is stored. In binary mode `event` is the data and the `attributes`
    stood in headers, unless it has been stored and holds them already."""
    if attributes is None:
        return dict(event)
    if isinstance(event, dict) and event == {**attributes, "data": event.get("data")}:
        return event
    return {**attributes, "data": event}


def data_of(event: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """The data of an event. What is no object is left out: there is nothing to find in it."""
    data = event.get("data")
    if data is None:
        data = decoded(event.get("data_base64"), findings)
    if isinstance(data, dict):
        return data
    if data is not None:
        findings.warn("`data` is not an object and was left out.")
    return {}


def decoded(text: Any, findings: Findings) -> Any:
    """The JSON in `data_base64`, if it is any."""
    if text is None:
        return None
    try:
        return lenient.decode(base64.b64decode(text, validate=True))
    except (TypeError, ValueError, binascii.Error, lenient.Unreadable):
        findings.warn("`data_base64` holds no JSON and was left out.")
        return None


def as_segment(data: dict[str, Any], name: str, findings: Findings) -> dict[str, Any]:
    """The data in Segment's shape: its own where it has it, a track with the data for properties where it has not."""
    kind = data.get("type")
    kind = kind.lower() if isinstance(kind, str) and kind.lower() in segment.TYPES else "track"
    properties = findings.object_at(data, "properties") if "properties" in data else data
    shaped = {**data, "type": kind, "properties": properties}
    if kind == "track" and not (isinstance(data.get("event"), str) and data["event"].strip()):
        shaped["event"] = name
    for member, type_name in (("userId", "user_id"), ("anonymousId", "anonymous_id")):
        if not shaped.get(member) and type_name in shaped:
            shaped[member] = shaped[type_name]
    return shaped


def identify(
    event: dict[str, Any],
    shaped: dict[str, Any],
    data: dict[str, Any],
    context: dict[str, Any],
    traits: dict[str, Any],
    findings: Findings,
) -> None:
    """The identifiers that the data names; where it names none, the `subject` is the user."""
    segment.identify(shaped, context, traits, findings)
    for member, type_name in DATA_IDENTIFIERS.items():
        if member in data:
            findings.identify(type_name, data[member])
    if not findings.identifiers:
        findings.identify("user_id", event.get("subject"))


def message_id(event: dict[str, Any]) -> str:
    """`source` and `id`, which together are unique; empty if there is no id."""
    own = text_of(event.get("id")) or ""
    return f"{text_of(event.get('source')) or ''} {own}" if own.strip() else ""
