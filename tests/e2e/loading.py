"""A stream of events with known message ids, posted while the service is being wounded, and what must come of it."""

import http.client
import itertools
import json
import random
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal

from tests.e2e.asking import Api, Json, basic

PEOPLE = 12
EVENTS_A_BATCH = 20
ANSWER_PATIENCE = 5.0
PAUSE = 0.01
PAUSE_AFTER_FAILURE = 0.1


@dataclass(slots=True)
class Load:
    """A client that posts batch after batch. It gives some of the failed ones up, and sends some good ones again."""

    port: int
    key: str
    tag: str
    attempted: dict[str, Json] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def stop(self) -> None:
        self.over.set()
        if self.thread is not None:
            self.thread.join()

    def acknowledged_more(self, count: int, patience: float = 30.0) -> None:
        """Return when that many more events have been acknowledged than now."""
        wanted = len(self.acknowledged) + count
        deadline = time.monotonic() + patience
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"only {len(self.acknowledged)} of {wanted} events are acknowledged"
            time.sleep(0.02)

    def _run(self) -> None:
        for number in itertools.count():
            if self.over.is_set():
                return
            batch = self._batch(number)
            while not self._post(batch) and not self.over.is_set() and self.chance.random() < 0.8:
                time.sleep(PAUSE_AFTER_FAILURE)
            if self.chance.random() < 0.1:
                self._post(batch)
            time.sleep(PAUSE)

    def _batch(self, number: int) -> list[Json]:
        events = [self._event(f"{self.tag}-{number}-{n}") for n in range(EVENTS_A_BATCH)]
        self.attempted.update((event["messageId"], event) for event in events)
        return events

    def _event(self, message_id: str) -> Json:
        person = f"{self.tag}-person-{self.chance.randrange(PEOPLE)}"
        event: Json = {"messageId": message_id, "userId": person, "timestamp": "2026-01-01T00:00:00Z"}
        if self.chance.random() < 0.2:
            return event | {"type": "identify", "anonymousId": f"{person}-device", "traits": {"last_said": message_id}}
        return event | {"type": "track", "event": "Tick", "properties": {"revenue": 0.1, "currency": "EUR"}}

    def _post(self, batch: list[Json]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_PATIENCE)
        try:
            connection.request("POST", "/v1/batch", json.dumps({"batch": batch}), basic(self.key))
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if status == 200:
            self.acknowledged.update(event["messageId"] for event in batch)
        elif status != 503:
            self.refusals.append(str(status))
        return status == 200

    def check(self, api: Api) -> None:
        """All that was acknowledged is in the timelines, once; the counters say the same."""
        seen: dict[str, str] = {}
        for person in range(PEOPLE):
            user = f"{self.tag}-person-{person}"
            profile = api.profile_of("user_id", user)
            timeline = [item["message_id"] for item in api.timeline(profile["canonical_id"])]
            assert len(set(timeline)) == len(timeline), "an interaction stands in a timeline twice"
            assert {self.attempted[message]["userId"] for message in timeline} == {user}
            self._check_counters(profile, timeline)
            seen.update((message, user) for message in timeline)
        missing = self.acknowledged - set(seen)
        assert missing == set(), f"{len(missing)} acknowledged events are lost"
        assert self.refusals == []

    def _check_counters(self, profile: Json, timeline: list[str]) -> None:
        sold = [message for message in timeline if self.attempted[message]["type"] == "track"]
        counters = profile["counters"]
        assert counters["interactions"] == len(timeline)
        assert counters["interactions_by_channel"] == {"store": len(timeline)}
        assert Decimal(str(counters["revenue"])) == Decimal("0.1") * len(sold)
