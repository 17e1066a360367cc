"""Cases about events: how many there are, and the latest of them, masked."""

import json
from typing import Any

from cxprofiles.backoffice.masking import masked_payload
from cxprofiles.backoffice.profile.timeline_words import REASONS
from cxprofiles.backoffice.refusal_words import refusal_in_words
from profiles.configuration import Configuration
from profiles.intake import lenient
from profiles.models import ReviewCase
from profiles.review.kinds.put_aside import MOST_COUNTED, QuarantinedEvents, count_quarantined, dropped_samples
from profiles.review.kinds.put_aside import quarantined as latest_quarantined

LONGEST_SAMPLE = 4_000


def events_shown(case: ReviewCase, held: Configuration) -> dict[str, Any]:
    """What is shown of the events that a case is about."""
    number = case.details.get("source", 0)
    source = held.sources.get(number)
    shown = {"source": source.name if source else "", "reason": case.details.get("reason", "")}
    if case.kind == QuarantinedEvents.name:
        return {**shown, **quarantined_shown(number, shown["reason"]), "reason": refusal_in_words(shown["reason"])}
    type_name = case.details.get("type", "")
    samples, found, among = dropped_samples(number, type_name, shown["reason"])
    why = REASONS.get(shown["reason"], shown["reason"])
    return {**shown, "reason": why, "type": type_name, "events": samples, "found": found, "among": among}


def quarantined_shown(source: int, reason: str) -> dict[str, Any]:
    """How many are in quarantine, and the latest."""
    count = count_quarantined(source, reason)
    samples = [
        {"received_at": row.received_at, "content": sample(bytes(row.body))}
        for row in latest_quarantined(source, reason)
    ]
    return {"count": count, "many": count >= MOST_COUNTED, "samples": samples}


def sample(body: bytes) -> str:
    """An event as it came, readable and masked; empty where it is no JSON, since then nothing in it can be masked."""
    try:
        content = masked_payload(lenient.decode(body))
    except (lenient.Unreadable, RecursionError):
        return ""
    return pretty(content)[:LONGEST_SAMPLE]


def pretty(content: Any) -> str:
    """JSON over several lines."""
    return json.dumps(content, indent=2, ensure_ascii=False, default=str)
