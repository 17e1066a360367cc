"""What a source sent as staff see it: its shape with every value masked, or as it came once they asked for that."""

import json
from typing import Any, NamedTuple

from cxprofiles.backoffice.masking import is_plain, masked_json
from profiles.intake import lenient

# Members of the outermost object that say what kind of event it is; what looks like an identifier is masked there too.
PLAIN = frozenset({"type", "event", "timestamp", "original_timestamp", "sent_at", "specversion"})


class Payload(NamedTuple):
    """A body as text. `readable`: it is JSON, of which the shape can be shown; else only its length is told."""

    text: str
    readable: bool
    bytes: int


def payload_of(body: bytes, revealed: bool) -> Payload:
    """A body, masked unless it was revealed."""
    try:
        content = lenient.decode(body)
        shown = content if revealed else masked_event(content)
        return Payload(json.dumps(shown, ensure_ascii=False, indent=2), True, len(body))
    except lenient.Unreadable:
        return Payload(body.decode(errors="replace") if revealed else "", False, len(body))


def masked_event(content: Any) -> Any:
    """An event of the same shape, in which only its kind and its times are readable."""
    shown = masked_json(content)
    if isinstance(content, dict):
        told = {name: value for name, value in content.items() if isinstance(value, str) and is_plain(name, PLAIN)}
        shown |= masked_json(told, plain=PLAIN)
    return shown
