"""cloudevents: it makes the message, and requests carries it, chunked."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import requests
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

plan: dict[str, Any] = json.loads(sys.argv[1])
errors: list[str] = []
convert = to_binary if plan["mode"] == "binary" else to_structured


def in_pieces(body: bytes) -> Iterator[bytes]:
    """A generator makes requests send the body in chunks."""
    yield body[:10]
    yield body[10:]


def send(id_: str, type_: str, data: dict[str, Any], subject: str | None = None) -> None:
    attributes: dict[str, Any] = {"id": id_, "type": type_, "source": "/e2e/shop", "specversion": "1.0"}
    attributes |= {"datacontenttype": "application/json"} | ({"subject": subject} if subject else {})
    message = convert(CloudEvent(attributes=attributes, data=data), JSONFormat())
    answer = requests.post(
        f"{plan['url']}/v1/cloudevents",
        data=in_pieces(message.body),
        headers=dict(message.headers),
        auth=(plan["key"], ""),
        timeout=30,
    )
    if answer.status_code != 200:
        errors.append(f"{id_}: {answer.status_code} {answer.text}")


send("1", "shop.viewed", {"anonymous_id": plan["anonymous"], "sku": "A-1"})
registration = {"userId": plan["user"], "anonymousId": plan["anonymous"]}
send(
    "2",
    "shop.registered",
    {"type": "identify", **registration, "traits": {"email": plan["email"], "first_name": "Ann"}},
)
send("3", "shop.ordered", {"userId": plan["user"], "revenue": 12.5, "currency": "EUR"})
send("4", "shop.visited", {"place": "Jakarta"}, plan["user"])
send("4", "shop.visited", {"place": "Jakarta"}, plan["user"])  # a retry
print(json.dumps({"errors": errors}))
