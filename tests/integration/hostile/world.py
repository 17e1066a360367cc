"""A deployment with something of everything, so that hostile requests meet more than empty tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection

from consent.models import Delivery
from cxprofiles.doors.front import front_door
from cxprofiles.models import ApiToken
from profiles.pipeline import take_batches
from profiles.privacy.requests import execute_request
from tests.factories.protocols import AGENT, AGENT_SEED, key_of
from tests.factories.shipped import restore_shipped
from tests.integration.cases.service import PROOF
from tests.integration.doors.client import Answered, Doors, basic, bearer, make_source, make_token, tell

# What stands in no request: whoever is answered one of these was told of another person.
PLANTED = {
    "user_id": "planted-account-7c41",
    "email": "planted.7c41@leak.example",
    "phone": "+4915112340741",
    "name": "Plantedname7c41",
}
SECOND = "second.7c41@leak.example"


@dataclass
class World:
    """`keys`: headers by kind of caller. `known`: values that lead somewhere, by the name of a path's parameter."""

    application: Any
    keys: Mapping[str, Mapping[str, str]]
    known: dict[str, list[str]] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = b"", caller: str = "admin", **headers: str) -> Answered:
        sent = {"Content-Type": "application/json", **self.keys[caller], **headers}
        return Doors()(method, path, body, sent)


def build() -> World:
    """Planted people, requests in several states, recipients, callers, receipts, and what else has a path."""
    write_key = make_source()
    keys: dict[str, dict[str, str]] = {
        "nobody": {},
        "admin": bearer(make_token(tuple(ApiToken.Scope.values))),
        "reader": bearer(make_token(("recognise",))),
        "source": basic(write_key),
    }
    world = World(front_door(get_wsgi_application()), keys)
    traits = {"email": PLANTED["email"], "phone": PLANTED["phone"], "first_name": PLANTED["name"]}
    tell(write_key, {"type": "identify", "userId": PLANTED["user_id"], "anonymousId": "planted-7c41", "traits": traits})
    tell(write_key, {"type": "identify", "userId": "planted-account-2", "traits": {"email": SECOND}})
    tell(write_key, {"type": 7, "userId": PLANTED["user_id"]})
    world.known = {**known_names(write_key), **known_ids(world)}
    made(world, "PUT", "/v1/privacy/callers/opendsr/ctrl", {})
    keys["controller"] = bearer(made(world, "POST", "/v1/privacy/callers/opendsr/ctrl/rotate", {})["token"])
    return world


def known_names(write_key: str) -> dict[str, list[str]]:
    return {
        "key": ["marketing.email", "unification", "service", "privacy", write_key],
        "version": ["1", "2026-01"],
        "country": ["DE", "*", "US"],
        "name": ["email", "user_id", "first_name", "crm", "tax", "ctrl", AGENT],
        "protocol": ["opendsr", "drp"],
        "agent_id": [AGENT],
        "number": ["1", "2", "9223372036854775807"],
        "write_key": [write_key],
        "type": ["track", "identify"],
    }


def known_ids(world: World) -> dict[str, list[str]]:
    """Ids of what is made here over HTTP, as outsiders make it."""
    person = {"type": "email", "value": PLANTED["email"]}
    second = {"type": "email", "value": SECOND}
    profile = made(world, "POST", "/v1/profiles/lookup", {"identifier": person, "purpose": "service"})["canonical_id"]
    made(world, "PUT", "/v1/privacy/recipients/crm", {"url": "https://crm.example/in"})
    made(world, "PUT", "/v1/privacy/callers/drp/" + AGENT, {"verify_key": key_of(AGENT_SEED)})
    receipt = made(
        world,
        "POST",
        "/v1/consents",
        {"identifiers": [person], "decisions": [{"purpose": "marketing.email", "state": "denied"}], "proof": PROOF},
    )["id"]
    verified = {"identity": {"level": "verified", "method": "session"}}
    requests = [
        made(world, "POST", "/v1/privacy/requests", {"type": kind, "identifiers": [who], **more})["id"]
        for kind, who, more in (
            ("access", person, {}),
            ("erasure", second, {}),
            ("objection", person, {}),
            ("portability", second, verified),
        )
    ]
    execute_request(UUID(requests[-1]))
    decision = made(
        world, "POST", "/v1/identity/decisions", {"a": person, "b": second, "verdict": "different", "reason": "test"}
    )["id"]
    return {
        "profile_id": [profile],
        "receipt_id": [receipt],
        "request_id": requests,
        "decision_id": [decision],
        "delivery_id": [str(one) for one in Delivery.objects.values_list("id", flat=True)],
    }


def made(world: World, method: str, path: str, body: Any) -> dict[str, Any]:
    answered = world.ask(method, path, body)
    assert answered.status in (200, 201, 202), (path, answered.body)
    while take_batches().batches:
        pass
    found: dict[str, Any] = answered.content
    return found


def tear_down() -> None:
    """Empty every table, and put back what the migrations ship."""
    call_command("flush", interactive=False, verbosity=0)
    connection.close()
    restore_shipped()
