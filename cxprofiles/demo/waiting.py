"""What the demonstration leaves for whoever opens the back office: requests that wait for somebody, and events of a
call centre's new release that nobody understands. A second run adds nothing that is still there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cxprofiles.demo.acts import Identifier, Json, Stage, settle
from cxprofiles.demo.leaving import named
from cxprofiles.demo.service import Api
from cxprofiles.demo.story import CALLS

NOT_UNDERSTOOD = 6  # more than one in twenty of the hour's calls, and at least five: the source asks for a look
NEVER = "9999-12-31"
PROVEN = {"level": "verified", "method": "signed_in"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for staff: open requests, and events in quarantine."""

    requests: int
    events: int


def leave_to_staff(stage: Stage) -> Waiting:
    """Act 10: a request by letter whose sender is yet to be identified, an erasure that can still be cancelled, a
    refusal that is appealed against, and events in quarantine."""
    ask_in_time(stage, "access", ("user_id", "ada.costa"), days_ago=26, source="staff")
    ask_in_time(stage, "erasure", ("user_id", "dev.costa"), days_ago=3, identity=PROVEN, cooling_off_days=14)
    appeal(stage, ask_in_time(stage, "portability", ("user_id", "hugo.costa"), days_ago=12))
    if not quarantined(stage):
        send_not_understood(stage)
    open_requests = stage.api.get(f"/v1/privacy/requests?due_before={NEVER}")["items"]
    return Waiting(len(open_requests), quarantined(stage))


def ask_in_time(stage: Stage, kind: str, who: Identifier, *, days_ago: int, **more: object) -> Json:
    """A request that came some days ago, told once: it carries a number of the shop's own."""
    received = datetime.fromisoformat(stage.keys.began) - timedelta(days=days_ago)
    told = {"type": kind, "identifiers": [named(who)], "region": "DE", "received_at": received.isoformat()}
    request: Json = stage.api.post("/v1/privacy/requests", {**told, "id": f"demo-{kind}", **more})
    return request


def appeal(stage: Stage, request: Json) -> None:
    """Refuse a request, and have its person contest that."""
    if request["state"] == "denied":
        return
    why = {"reason": "manifestly_unfounded", "explanation": "The fourth request for the same file within a month."}
    stage.api.post(f"/v1/privacy/requests/{request['id']}/deny", why)
    words = "None of the files that you sent me can be opened."
    stage.api.post("/v1/privacy/requests", {"type": "appeal", "about": request["id"], "reason": words})


def send_not_understood(stage: Stage) -> None:
    """Events of a kind that no client has: the call centre's new release has its own."""
    source = Api(stage.api.url, stage.keys.write_keys[CALLS])
    now = datetime.now(UTC)
    events = [
        {
            "type": "call",
            "messageId": f"call-{int(now.timestamp())}-{number}",
            "userId": "ines.berg",
            "event": "Call Transferred",
            "timestamp": (now - timedelta(minutes=number)).isoformat(),
            "properties": {"queue": "delivery", "seconds": 95 + 40 * number},
        }
        for number in range(NOT_UNDERSTOOD)
    ]
    source.post("/v1/batch", {"batch": events})
    settle(stage.api, NOT_UNDERSTOOD, lambda _: None)


def quarantined(stage: Stage) -> int:
    """How many events wait in quarantine."""
    return int(stage.api.get("/v1/status")["quarantined"])
