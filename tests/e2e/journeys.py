"""What the drivers of the clients are asked to do, what they really sent, and what the service must then show."""

import json
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.asking import Api, Json

DRIVER_PATIENCE = 120.0
LONGEST_DELIVERY = timedelta(minutes=3)
ORDER = "Order Completed"
REVENUE = 12.5

Call = tuple[str, str]  # type and event, as a timeline shows them
POSTHOG_TYPES = {
    "$identify": "identify",
    "$set": "identify",
    "$set_once": "identify",
    "$pageview": "page",
    "$create_alias": "alias",
    "$groupidentify": "group",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a driver is told: where to post, and who is who."""

    key: str
    url: str
    user: str
    earlier: str
    anonymous: str
    email: str
    gzip: bool = False
    more: int = 0
    pause: int = 0  # milliseconds between the events that `more` asks for
    mode: str = ""
    identity_hash: str = ""


def new_plan(key: str, url: str, **changes: Any) -> Plan:
    """A plan about people that nobody has met."""
    unique = uuid.uuid4().hex[:12]
    plan = Plan(key, url, f"user-{unique}", f"earlier-{unique}", f"anon-{unique}", f"ann.{unique}@shop.test")
    return replace(plan, **changes)


def drive(command: list[str], folder: Path, plan: Plan) -> list[str]:
    """Run a driver to its end; the errors that its client told of."""
    done = subprocess.run(
        [*command, json.dumps(asdict(plan))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DRIVER_PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    errors: list[str] = json.loads(done.stdout.strip().splitlines()[-1])["errors"]
    return errors


def sent(events: Iterable[Json]) -> dict[str, Call]:
    """Message id to call, for events as they crossed the wire. The same id must always be the same call."""
    found: dict[str, Call] = {}
    for event in events:
        message_id, call = message_and_call(event)
        assert found.setdefault(message_id, call) == call
    return found


def message_and_call(event: Json) -> tuple[str, Call]:
    """The message id of an event, and what a timeline must say of it."""
    if "uuid" in event:  # PostHog
        return event["uuid"], (POSTHOG_TYPES.get(event["event"], "track"), event["event"])
    place = event.get("name") or event.get("properties", {}).get("name")
    named = {"track": event.get("event"), "page": place, "screen": place}
    return event["messageId"], (event["type"], named.get(event["type"]) or "")


def check_calls(messages: dict[str, Call], wanted: Iterable[Call]) -> None:
    """The messages are just the calls that the driver was to make."""
    assert Counter(messages.values()) == Counter(wanted)


def shown(timeline: list[Json]) -> dict[str, Call]:
    """Message id to call, for a timeline, which must show each message once."""
    once = {item["message_id"]: (item["type"], item["event"]) for item in timeline}
    assert len(once) == len(timeline), "a message stands in the timeline twice"
    return once


def check_profile(api: Api, type_name: str, value: str, expected: dict[str, Call]) -> Json:
    """The profile of an identifier, once its timeline and counters are just what was sent."""
    profile = api.profile_of(type_name, value)
    timeline = api.timeline(profile["canonical_id"])
    assert shown(timeline) == expected
    assert [item["message_id"] for item in timeline if late(item)] == []
    assert profile["counters"]["interactions"] == len(expected)
    return profile


def late(item: Json) -> bool:
    """Whether an interaction is dated after its receipt, or long before it: what is posted here has just happened."""
    received, occurred = (datetime.fromisoformat(item[name]) for name in ("received_at", "occurred_at"))
    return not timedelta(0) <= received - occurred < LONGEST_DELIVERY


def check_order(api: Api, profile: Json) -> None:
    """The one order is shown with what the client said of it."""
    (order,) = [item for item in api.timeline(profile["canonical_id"]) if item["event"] == ORDER]
    assert (order["properties"]["revenue"], order["properties"]["currency"]) == (REVENUE, "EUR")
    assert profile["counters"]["revenue"] == REVENUE
    assert profile["counters"]["revenue_by_currency"] == {"EUR": REVENUE}


def check_one_person(api: Api, *identifiers: tuple[str, str]) -> str:
    """The id of the one profile that holds all of the identifiers."""
    ids = {identifier: api.profile_of(*identifier)["canonical_id"] for identifier in identifiers}
    assert len(set(ids.values())) == 1, f"several profiles: {ids}"
    return str(next(iter(ids.values())))
