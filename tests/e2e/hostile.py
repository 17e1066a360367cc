"""Values that no honest client sends, and events with one of them in each place."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.asking import Json

LONG = "x" * 10_000


class Raw(str):
    """Text that goes into the JSON as it is: what no encoder writes."""

    __slots__ = ()


def nested(depth: int, opening: str = "[", closing: str = "]") -> Raw:
    """Brackets within brackets."""
    return Raw(opening * depth + closing * depth)


VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    -(10**400),
    Raw("1e308"),
    Raw("1e999"),
    Raw("-0"),
    Raw("NaN"),
    Raw("-Infinity"),
    "",
    " ",
    "null",
    "[object Object]",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2026-02-30T25:61:61Z",
    "\u202e\u0130\ufb01\U0001f600",
    Raw(r'"\u0000"'),
    Raw(r'"a\u0000b"'),
    Raw(r'"\ud800"'),
    Raw(r'"\udfff\ud800"'),
    Raw(r'{"\u0000":"\ud800","":1}'),
    "'; DROP TABLE x; --",
    "%s%(x)s{0}",
    LONG,
    [],
    [1, "a", None],
    [[[]]],
    {},
    {"a": 1},
    {"id": {"id": {}}, "type": ["x"]},
    [{"id": "a", "type": "email"}, 7],
    nested(200),
    Raw('{"a":' * 200 + "1" + "}" * 200),
]

PERSON: Json = {
    "messageId": "",
    "type": "",
    "timestamp": "2026-01-01T00:00:00Z",
    "originalTimestamp": "2026-01-01T00:00:00Z",
    "sentAt": "2026-01-01T00:00:00Z",
    "userId": "",
    "anonymousId": "",
    "channel": "web",
    "integrations": {"All": True},
    "context": {
        "device": {"id": "", "advertisingId": ""},
        "externalIds": [{"id": "", "type": "crm_id"}],
        "consent": {"categoryPreferences": {"analytics": True}},
        "gpc": False,
        "identityHash": "00",
        "traits": {"plan": "free"},
        "ip": "203.0.113.7",
        "page": {"url": "https://shop.test/"},
    },
}
SHAPES: dict[str, Json] = {
    "identify": {"traits": {"email": "", "phone": "", "loyalty_id": "", "crm_id": "", "first_name": "Ann"}},
    "track": {"event": "Order Completed", "properties": {"revenue": 12.5, "currency": "EUR", "items": []}},
    "page": {"name": "Home", "category": "Docs", "properties": {"name": "Home", "url": "https://shop.test/"}},
    "group": {"groupId": "acct-9", "traits": {"name": "Initech"}},
    "alias": {"previousId": ""},
}


def honest(kind: str, name: str) -> Json:
    """An event of a kind with all its fields, about a person of this name."""
    event = copy.deepcopy(PERSON | SHAPES[kind]) | {"type": kind, "messageId": f"{name}-message"}
    event |= {"userId": f"{name}-user", "anonymousId": f"{name}-anonymous"}
    event["context"]["device"] = {"id": f"{name}-device", "advertisingId": f"{name}-advertising"}
    event["context"]["externalIds"][0]["id"] = f"{name}-external"
    if kind == "identify":
        event["traits"] |= {"email": f"{name}@shop.test", "loyalty_id": f"{name}-l", "crm_id": f"{name}-c"}
    if kind == "alias":
        event["previousId"] = f"{name}-previous"
    return event


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything that stands in an event, down to the last field."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def with_value(event: Json, path: tuple[Any, ...], value: Any) -> Json:
    """The event with something else in one place."""
    changed = copy.deepcopy(event)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed


def written(value: Any) -> str:
    """JSON with the raw parts as they are."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)
