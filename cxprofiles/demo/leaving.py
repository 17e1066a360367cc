"""Somebody who wants to see what is known of her, has it corrected, and then wants to be forgotten."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cxprofiles.demo import cast
from cxprofiles.demo.acts import Identifier, Json, Stage, settle, wait_for
from cxprofiles.demo.posting import Channel
from cxprofiles.demo.story import APP, STORE

CLOSED = ("completed", "partially_completed", "denied")


@dataclass(frozen=True, slots=True)
class Left:
    """How it went: what was planned, what the shop's till shows after the correction, and what is left at the end."""

    planned: Json
    corrected: Json  # the trait, although the app says otherwise later
    package: Json  # the request for a copy of everything
    erased: Json  # the request to be forgotten
    seconds: float
    before: Json
    after: Json  # recognised once she is erased
    late: Json  # recognised after an event of yesterday has arrived late
    dropped: int  # events that were dropped since she was erased


def leave(stage: Stage) -> Left:
    """Act 9: the rights of one person, carried out."""
    number = f"{int(time.time() * 1000):x}"
    address = ("email", f"frieda.{number}@{cast.SHOP}")
    app, till = (Channel(stage.api.url, stage.keys.write_keys[name]) for name in (APP, STORE))
    user, device = f"frieda-{number}", {"id": f"app-frieda-{number}"}
    traits = {"email": address[1], "first_name": "Frieda", "city": "Gent"}
    app.post("identify", user_id=user, traits=traits, context={"device": device})
    till.post("track", user_id=user, event="Receipt Printed", properties={"revenue": 19.5, "currency": cast.CURRENCY})
    before, _ = wait_for(lambda: stage.recognise(address), lambda answer: len(answer["recent"]) == 2)
    planned = stage.api.post("/v1/privacy/plan", {"identifiers": [named(address)]})
    ask(stage, "rectification", address, details={"traits": {"city": "Brugge"}})
    app.post("identify", user_id=user, traits={"city": "Gent"}, context={"device": device})
    settle(stage.api, 1, lambda _: None)
    corrected = stage.profile(address)["traits"]["city"]
    package = done(stage, ask(stage, "access", address))
    began = time.perf_counter()
    erased = done(stage, ask(stage, "erasure", address))
    seconds = time.perf_counter() - began
    after = stage.recognise(address)
    app.post("track", user_id=user, event="Product Viewed", timestamp=datetime.now(UTC) - timedelta(days=1))
    settle(stage.api, 1, lambda _: None)
    return Left(
        planned=planned,
        corrected=corrected,
        package=package,
        erased=erased,
        seconds=seconds,
        before=before,
        after=after,
        late=stage.recognise(("user_id", user)),
        dropped=dropped(stage),
    )


def named(identifier: Identifier) -> Json:
    """An identifier as the API takes it."""
    return {"type": identifier[0], "value": identifier[1]}


def ask(stage: Stage, kind: str, who: Identifier, **more: Json) -> Json:
    """Make a request for a person who is signed in."""
    told = {"type": kind, "identifiers": [named(who)], "identity": {"level": "verified", "method": "signed_in"}}
    request: Json = stage.api.post("/v1/privacy/requests", {**told, **more})
    return request


def done(stage: Stage, request: Json) -> Json:
    """The request once it is over."""
    ended, _ = wait_for(
        lambda: stage.api.get(f"/v1/privacy/requests/{request['id']}"), lambda shown: shown["state"] in CLOSED
    )
    return ended


def dropped(stage: Stage) -> int:
    """How many events were dropped since their people were erased."""
    counts = stage.api.get("/v1/privacy/suppressed")["items"]
    return sum(int(one["late_after_erasure"]) + int(one["after_erasure"]) for one in counts)
