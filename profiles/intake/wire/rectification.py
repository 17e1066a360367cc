"""The service's own events: what a person had corrected. No door takes them; they are read again for rebuilds.

They name who it is, and the identifiers that were found to be right. Their traits are traits and nothing else: a
corrected `email` is no identifier by itself, unlike in Segment's events.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from profiles.intake.lenient import encode
from profiles.intake.observed import Observed, RawIdentifier
from profiles.intake.wire.findings import Findings, gather_message_id, gather_time, gather_traits
from profiles.intake.wire.request import NotAnEvent, Request

DIALECT = "rectification"


def correction(
    *, message_id: str, at: str, identifiers: Iterable[RawIdentifier], traits: Mapping[str, Any]
) -> dict[str, Any]:
    """The event that corrects traits of whom the identifiers name. `at`: RFC 3339; a value of None unsets."""
    named = [{"type": type_name, "value": value} for type_name, value in identifiers]
    return {"messageId": message_id, "timestamp": at, "identifiers": named, "traits": dict(traits)}


def observe(event: Any, request: Request, findings: Findings) -> Observed:
    """The normal form of such an event; raises NotAnEvent."""
    named = event.get("identifiers")
    if not isinstance(named, list):
        raise NotAnEvent("The correction names nobody.")
    for one in named:
        if isinstance(one, dict) and isinstance(one.get("type"), str):
            findings.identify(one["type"], one.get("value"))
    return Observed(
        message_id=gather_message_id(event.get("messageId"), event),
        type="identify",
        event="",
        occurred_at=gather_time(findings, request, event.get("timestamp"), None),
        identifiers=findings.identifiers,
        payload=encode(event),
        traits=gather_traits(findings, {}, findings.object_at(event, "traits")),
        warnings=findings.warnings,
        dropped=findings.dropped,
    )
