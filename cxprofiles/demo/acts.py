"""What the demonstration does once the service runs, act by act. Each act returns what came of it, to be shown.

Everything is asked of the API, as any other system would ask it.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from cxprofiles.demo import cast
from cxprofiles.demo.posting import Channel, posted
from cxprofiles.demo.records import Agreement, Record, compare, read_records, read_truth
from cxprofiles.demo.service import Api
from cxprofiles.demo.setting_up import Keys
from cxprofiles.demo.story import WEB, Storyteller, Told, in_disorder, tell_interactions, tell_late, tell_records

SETTLE_PATIENCE = 120.0
LOOK = 0.02
ANSWER_PATIENCE = 30.0
QUESTIONS_A_BATCH = 500
READERS = 4

Advance = Callable[[float], None]  # how far an act has come, from 0 to 1
Identifier = tuple[str, str]
Json = dict[str, Any]


class TookTooLong(Exception):
    """The service took everything but did not get to the end of it in time."""


@dataclass(slots=True)
class Stage:
    """Where the demonstration plays: the service, the keys, and the story that is told in this folder."""

    api: Api
    keys: Keys
    records: list[Record] = field(default_factory=read_records)
    told_records: list[Told] = field(init=False)
    told: list[Told] = field(init=False)
    late: Told = field(init=False)

    def __post_init__(self) -> None:
        teller = Storyteller(datetime.fromisoformat(self.keys.began), self.keys.signing_secret)
        self.told_records = tell_records(teller, self.records)
        self.told = tell_interactions(teller, self.records)
        self.late = tell_late(teller)

    def everything(self) -> list[Told]:
        """Every event of the story, each once."""
        return [*self.told_records, *self.told, self.late]

    def recognise(self, *identifiers: Identifier, purpose: str = "service", channel: str = "web") -> Json:
        """Who stands before a channel."""
        answer: Json = self.api.post("/v1/recognise", question(identifiers, purpose, channel))
        return answer

    def profile(self, identifier: Identifier) -> Json:
        """The profile that holds an identifier, without the number of the access that read it."""
        named = {"type": identifier[0], "value": identifier[1]}
        profile: Json = self.api.post("/v1/profiles/lookup", {"identifier": named, "purpose": "service"})
        del profile["decision"]
        return profile

    def explain(self, a: Identifier, b: Identifier) -> Json:
        """Why two identifiers are, or are not, the same person."""
        ends = {name: {"type": end[0], "value": end[1]} for name, end in (("a", a), ("b", b))}
        explanation: Json = self.api.post("/v1/identity/explain", ends)
        return explanation


def question(identifiers: Iterable[Identifier], purpose: str, channel: str) -> Json:
    """A question for recognition."""
    named = [{"type": name, "value": value} for name, value in identifiers]
    return {"identifiers": named, "purpose": purpose, "channel": channel}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the profiles come to that hold the identifiers of the story."""

    profiles: int
    known: int
    interactions: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Events that were posted, and how long it took until all of them were part of a profile.

    `behind`: for how long after the last acknowledgement some were not.
    """

    events: int
    distinct: int
    seconds: float
    behind: float

    def __add__(self, other: "Delivery") -> "Delivery":
        """Both, one after the other."""
        return Delivery(
            self.events + other.events,
            self.distinct + other.distinct,
            self.seconds + other.seconds,
            max(self.behind, other.behind),
        )


def post(stage: Stage, told: Sequence[Told], advance: Advance) -> Delivery:
    """Post events through their systems' clients, and wait until every one is part of a profile."""
    began = time.perf_counter()
    done = 0

    def acknowledged(more: int) -> None:
        nonlocal done
        done += more
        advance(0.6 * done / len(told))

    with posted(stage.api.url, stage.keys.write_keys, told, acknowledged):
        all_acknowledged = time.perf_counter()
        settle(stage.api, len(told), lambda part: advance(0.6 + 0.4 * part))
        ended = time.perf_counter()
    distinct = len({event.message for event in told})
    return Delivery(len(told), distinct, ended - began, ended - all_acknowledged)


def settle(api: Api, most: int, advance: Advance) -> None:
    """Return when nothing waits any more; raises TookTooLong."""
    deadline = time.monotonic() + SETTLE_PATIENCE
    while pending := api.get("/v1/status")["pending"]:
        if time.monotonic() > deadline:
            raise TookTooLong(f"{pending} events still wait after {SETTLE_PATIENCE:.0f} seconds; look at the logs.")
        advance(1 - min(pending / most, 1))
        time.sleep(LOOK)


def bring_records(stage: Stage, advance: Advance) -> Delivery:
    """Act 1: the customer records of the three systems."""
    return post(stage, stage.told_records, advance)


def bring_interactions(stage: Stage, advance: Advance) -> Delivery:
    """Act 2: five weeks of all channels, out of order and partly twice; last of all the receipt that is late."""
    first = post(stage, in_disorder(stage.told), lambda part: advance(0.95 * part))
    return first + post(stage, [stage.late], lambda _: None)


def count(stage: Stage, advance: Advance) -> Counted:
    """What there is now: profiles, and the interactions that stand on them."""
    status: dict[str, str] = {}
    for answer in recognise_each(stage, list(named_in_story(stage))):
        if answer["profile_id"]:
            status[answer["profile_id"]] = answer["status"]
    interactions = 0
    with ThreadPoolExecutor(READERS) as readers:
        parts = [list(status)[n::READERS] for n in range(READERS)]
        for number, part in enumerate(readers.map(lambda ids: count_interactions(stage, ids), parts), 1):
            interactions += part
            advance(number / READERS)
    return Counted(len(status), sum(kind == "known" for kind in status.values()), interactions)


def count_interactions(stage: Stage, profile_ids: Iterable[str]) -> int:
    """The interactions of some profiles, read on a connection of its own."""
    api = Api(stage.api.url, stage.api.token)
    profiles = (api.get(f"/v1/profiles/{profile_id}?purpose=service") for profile_id in profile_ids)
    return sum(profile["counters"]["interactions"] for profile in profiles)


def named_in_story(stage: Stage) -> dict[Identifier, None]:
    """All that the story names that may be an identifier, each once."""
    return dict.fromkeys(named for event in stage.everything() for named in event.identifiers())


def recognise_each(stage: Stage, identifiers: Sequence[Identifier]) -> list[Json]:
    """Who each of many identifiers alone leads to."""
    answers: list[Json] = []
    for start in range(0, len(identifiers), QUESTIONS_A_BATCH):
        some = identifiers[start : start + QUESTIONS_A_BATCH]
        questions = [question([identifier], "service", "crm") for identifier in some]
        answers += stage.api.post("/v1/recognise/batch", questions)
    return answers


def agree(stage: Stage) -> Agreement:
    """How well the records of the three systems are brought together now, compared with the truth."""
    answers = recognise_each(stage, [(record.type, record.id) for record in stage.records])
    found = {record.id: str(answer["profile_id"]) for record, answer in zip(stage.records, answers, strict=True)}
    return compare(read_truth(), found)


@dataclass(frozen=True, slots=True)
class Late:
    """Where an event stands that came last: its place from the oldest, and the trait that it did not overwrite."""

    occurred_at: str
    received_at: str
    place: int
    interactions: int
    said: str
    city: Json


def find_late(stage: Stage) -> Late:
    """Where the receipt is that came seven weeks late."""
    profile = stage.profile(("user_id", cast.ELLIE.user_id))
    items = read_timeline(stage, profile["profile_id"])
    place = next(n for n, item in enumerate(reversed(items), 1) if item["message_id"] == stage.late.message[1])
    late = items[-place]
    said = stage.late.arguments["context"]["traits"]["city"]
    return Late(late["occurred_at"], late["received_at"], place, len(items), said, profile["traits"]["city"])


def read_timeline(stage: Stage, profile_id: str) -> list[Json]:
    """All interactions of a profile, newest first."""
    items: list[Json] = []
    asked = {"purpose": "service", "limit": "200"}
    while True:
        page = stage.api.get(f"/v1/profiles/{profile_id}/timeline?{urlencode(asked)}")
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        asked["cursor"] = page["next_cursor"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A visitor nobody knew, and the same person when the telephone rings."""

    before: Json  # recognised on the web before the log-in
    after: Json  # recognised at the call centre after it
    milliseconds: float  # from the acknowledged web event to the answer that knows of it
    profile: Json
    in_words: str


def meet(stage: Stage) -> Meeting:
    """Act 3: a new browser, a log-in, a failed payment, and a call a moment later."""
    web = Channel(stage.api.url, stage.keys.write_keys[WEB])
    browser = f"web-new-{int(time.time() * 1000):x}"
    ellie = cast.ELLIE.user_id
    signed = Storyteller(datetime.now(UTC), stage.keys.signing_secret).signed
    phone = ("phone", stage.profile(("user_id", ellie))["traits"]["phone"]["value"])
    for article in cast.ARTICLES[:2]:
        web.post("track", anonymous_id=browser, event="Product Viewed", properties={"sku": article.sku})
    before, _ = wait_for(lambda: stage.recognise(("anonymous_id", browser)), lambda answer: len(answer["recent"]) == 2)
    web.post("identify", user_id=ellie, anonymous_id=browser, context=signed(ellie))
    failed_at = datetime.now(UTC)
    web.post(
        "track",
        user_id=ellie,
        anonymous_id=browser,
        event="Payment Failed",
        properties={"sku": cast.ARTICLES[1].sku, "value": cast.ARTICLES[1].price, "currency": cast.CURRENCY},
        context=signed(ellie),
        timestamp=failed_at,
    )
    after, milliseconds = wait_for(
        lambda: stage.recognise(phone, channel="callcentre"),
        lambda answer: is_newest(answer, "Payment Failed", failed_at),
    )
    words = stage.explain(phone, ("anonymous_id", browser))["in_words"]
    return Meeting(before, after, milliseconds, stage.profile(("user_id", ellie)), words)


def is_newest(answer: Json, event: str, at: datetime) -> bool:
    """Whether the newest interaction that an answer shows is this one. The client sends milliseconds."""
    if not answer["recent"] or answer["recent"][0]["event"] != event:
        return False
    shown = datetime.fromisoformat(answer["recent"][0]["occurred_at"])
    return abs((shown - at).total_seconds()) < 0.01


def wait_for(ask: Callable[[], Json], good: Callable[[Json], bool]) -> tuple[Json, float]:
    """Ask until the answer is good; that answer, and how many milliseconds it took. Raises TookTooLong."""
    began = time.perf_counter()
    while True:
        answer = ask()
        waited = time.perf_counter() - began
        if good(answer):
            return answer, waited * 1000
        if waited > ANSWER_PATIENCE:
            raise TookTooLong(f"The service did not know of an event after {ANSWER_PATIENCE:.0f} seconds.")
        time.sleep(0.002)


@dataclass(frozen=True, slots=True)
class Recognition:
    """One question at one touchpoint, and its answer."""

    where: str
    presented: str
    answer: Json


def ask_around(stage: Stage) -> list[Recognition]:
    """Act 4: who is recognised where."""
    george = stage.profile(("user_id", cast.GEORGE.user_id))
    device = next(item["value"] for item in george["identifiers"] if item["type"] == "device_id")
    email = next(item["value"] for item in george["identifiers"] if item["type"] == "email")
    asked = [
        ("till", "store", ("loyalty_id", cast.GEORGE.card.lower()), "his card, typed in small letters"),
        ("mail", "email", ("email", email.upper()), "his address, in capitals"),
        ("app", "app", ("device_id", device), "his phone, before he logs in"),
        ("web", "web", ("anonymous_id", cast.FAMILY_TABLET), "the family's tablet"),
        ("web", "web", ("anonymous_id", "web-visitor-0007"), "a browser seen once before"),
        ("web", "web", ("email", cast.PLACEHOLDER), f"{cast.PLACEHOLDER}, a placeholder"),
        ("call centre", "callcentre", ("phone", "+1 212 555 0100"), "a number never seen"),
    ]
    return [
        Recognition(where, presented, stage.recognise(identifier, channel=channel))
        for where, channel, identifier, presented in asked
    ]


def explain_card(stage: Stage) -> str:
    """Why the till's card leads to a record of another system."""
    record = next(record for record in stage.records if record.id == cast.GEORGE.record)
    words: str = stage.explain(("loyalty_id", cast.GEORGE.card), (record.type, record.id))["in_words"]
    return words


def explain_refusals(stage: Stage) -> list[tuple[str, str]]:
    """Act 5: links that were seen and refused: what would have gone wrong, and the service's own words."""
    return [
        (
            "Two namesakes, Ellie O'Hare and Ellie D'Esquire, gave one landline:",
            stage.explain(("user_id", cast.ELLIE.user_id), ("user_id", cast.NAMESAKE.user_id))["in_words"],
        ),
        (
            "Mary and Edward both logged in on the tablet in their kitchen:",
            stage.explain(("user_id", cast.MARY.user_id), ("anonymous_id", cast.FAMILY_TABLET))["in_words"],
        ),
        (
            "One mailbox stands in the records of many people:",
            stage.explain(cast.RECORD_WITH_MAILBOX, ("email", cast.MAILBOX_OF_MANY))["in_words"],
        ),
    ]


@dataclass(frozen=True, slots=True)
class Undone:
    """A merge that a steward decided and took back: the profiles before, in between and after, as digests."""

    before: tuple[Json, Json]
    merged: Json
    after: tuple[Json, Json]

    @property
    def digests(self) -> list[tuple[str, str]]:
        """Of each profile: the digest of its bytes before the merge, and after it was undone."""
        return [(digest(old), digest(new)) for old, new in zip(self.before, self.after, strict=True)]

    @property
    def identical(self) -> bool:
        """Whether both profiles are, to the byte, what they were."""
        return all(old == new for old, new in self.digests)


def merge_and_undo(stage: Stage) -> Undone:
    """Act 6: a steward says that two profiles are one man's, and takes it back."""
    a, b = cast.BOB_BY_PHONE, cast.BOB_BY_EMAIL
    before = stage.profile(a), stage.profile(b)
    decided = stage.api.post(
        "/v1/identity/decisions",
        {
            "a": {"type": a[0], "value": a[1]},
            "b": {"type": b[0], "value": b[1]},
            "verdict": "same",
            "reason": "He rang and named both.",
        },
    )
    merged = stage.profile(b)
    stage.api.ask("DELETE", f"/v1/identity/decisions/{decided['id']}")
    return Undone(before, merged, (stage.profile(a), stage.profile(b)))


def digest(profile: Json) -> str:
    """The beginning of the SHA-256 of a profile's bytes."""
    return hashlib.sha256(json.dumps(profile).encode()).hexdigest()[:16]
