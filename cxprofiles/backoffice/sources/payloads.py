"""What a source sent as staff see it: its shape with every value masked, or as it came once they asked for that."""

import json
from typing import Any, NamedTuple

from cxprofiles.backoffice.masking import masked_json

DEEPEST = 40


class Payload(NamedTuple):
    """A body as text. `readable`: it is JSON, of which the shape can be shown; else only its length is told."""

    text: str
    readable: bool
    bytes: int


def payload_of(body: bytes, revealed: bool) -> Payload:
    """A body, masked unless it was revealed."""
    try:
        content: Any = json.loads(body)
        shown = content if revealed else masked_json(content)
        return Payload(json.dumps(shown, ensure_ascii=False, indent=2), True, len(body))
    except (ValueError, RecursionError):
        return Payload(body.decode(errors="replace") if revealed else "", False, len(body))
