"""The consumers of the benchmarks' world and the events that their channels send: made up, and the same in every run.

Everything about a person follows from a number, so that whoever loads the world, asks about it or adds to it agrees.
"""

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import msgspec

# Out of ten people; three identifiers each on average.
SHAPES: tuple[tuple[str, ...], ...] = (
    ("user_id", "email", "anonymous_id"),
    ("user_id", "email", "anonymous_id"),
    ("user_id", "email", "phone", "device_id", "anonymous_id"),
    ("user_id", "email", "anonymous_id"),
    ("email", "anonymous_id"),
    ("user_id", "email", "anonymous_id"),
    ("user_id", "loyalty_id", "email", "anonymous_id"),
    ("user_id", "email", "anonymous_id"),
    ("anonymous_id",),
    ("user_id", "email", "anonymous_id"),
)
ANONYMOUS = 8  # the one of ten who was only ever seen as a device
IDENTIFIERS_OF_TEN = sum(map(len, SHAPES))
_BEFORE = (0, *accumulate(map(len, SHAPES)))

START = datetime(2026, 1, 1, tzinfo=UTC)
CITIES = ("Berlin", "Lyon", "Porto", "Leeds", "Gent", "Turin", "Graz", "Brno", "Malmö", "Cork", "Split", "Vigo")
PLANS = ("free", "basic", "plus", "family", "business")
LANGUAGES = ("de", "fr", "pt", "en", "nl", "it", "cs", "sv")

_encode = msgspec.json.Encoder().encode


def people_of(identifiers: int) -> int:
    """How many people a world of about so many identifiers holds."""
    return max(10, identifiers * 10 // IDENTIFIERS_OF_TEN // 10 * 10)


def first_identifier(person: int) -> int:
    """The database id of the person's strongest identifier in a freshly loaded world; the others follow it."""
    return 1 + person // 10 * IDENTIFIERS_OF_TEN + _BEFORE[person % 10]


def value_of(kind: str, person: int) -> str:
    """The canonical value of a person's identifier of one kind."""
    return {
        "user_id": f"customer-{person}",
        "loyalty_id": f"LOYAL{person:09}",
        "email": f"consumer.{person}@mail.example",
        "phone": f"+49151{person % 10**8:08}",
        "device_id": f"7c9e6679-7425-40de-944b-{person:012x}",
        "anonymous_id": f"5f0c1a52-6a6d-4c1e-8f0b-{person:012x}",
    }[kind]


def identifiers_of(person: int) -> list[tuple[str, str]]:
    """Type and value of each of a person's identifiers, the strongest first."""
    return [(kind, value_of(kind, person)) for kind in SHAPES[person % 10]]


def traits_of(person: int) -> dict[str, Any]:
    """Six traits that are no identifier; with the e-mail address and such there are seven to nine."""
    return {
        "first_name": f"Name{person % 997}",
        "family_name": f"Family{person % 9973}",
        "city": CITIES[person % len(CITIES)],
        "language": LANGUAGES[person % len(LANGUAGES)],
        "plan": PLANS[person % len(PLANS)],
        "birth_year": 1940 + person % 70,
    }


def introduction(person: int) -> dict[str, Any]:
    """The event by which the world learned of a person: all identifiers and traits."""
    named = dict(identifiers_of(person))
    traits = traits_of(person) | {name: named[name] for name in ("email", "phone", "loyalty_id") if name in named}
    event = event_of(
        message_id=f"introduction-{person}",
        at=START + timedelta(seconds=person % 8_000_000),
        user_id=named.get("user_id"),
        anonymous_id=named["anonymous_id"],
        traits=traits,
    )
    if "device_id" in named:
        event["context"]["device"] = {"id": named["device_id"]}
    if person % 2:
        event["context"]["consent"] = {"categoryPreferences": {"personalisation": True, "analytics": person % 4 == 1}}
    return event


def event_of(
    *,
    message_id: str,
    at: datetime,
    user_id: str | None = None,
    anonymous_id: str | None = None,
    traits: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A track event as Segment's clients send it, of about 670 bytes."""
    event: dict[str, Any] = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": message_id,
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "context": {
            "library": {"name": "analytics-python", "version": "2.4.0"},
            "ip": "203.0.113.7",
            "locale": "en-GB",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0",
            "page": {"path": "/shoes/running", "url": "https://shop.example/shoes/running", "title": "Running shoes"},
        },
        "integrations": {},
        "properties": {
            "product_id": "sku-40017",
            "name": "Trail runner",
            "price": 89.9,
            "currency": "EUR",
            "position": 3,
        },
    }
    if user_id is not None:
        event["userId"] = user_id
    if anonymous_id is not None:
        event["anonymousId"] = anonymous_id
    if traits:
        event["context"]["traits"] = traits
    return event


def batch_body(events: Sequence[dict[str, Any]]) -> bytes:
    """A body as Segment's clients post it to /v1/batch."""
    return _encode({"batch": events, "sentAt": datetime.now(UTC).isoformat()})


@dataclass(frozen=True, slots=True)
class Mix:
    """Who the events are about, in shares of one; the rest are newcomers."""

    known: float = 0.70  # a person with a device that is known as theirs
    known_and_new: float = 0.15  # a known person on a new device
    bridging: float = 0.01  # a known person on a device that belongs to another profile
    with_traits: float = 0.30


class Traffic:
    """An endless, repeatable stream of events over a world of so many people."""

    def __init__(self, people: int, *, seed: str, mix: Mix | None = None) -> None:
        self._people = people
        self._seed = seed
        self._mix = mix or Mix()
        self._random = random.Random(seed)
        self._sent = 0
        self._bounds = list(accumulate((self._mix.known, self._mix.known_and_new, self._mix.bridging)))

    def bodies(self, events: int, a_batch: int = 100) -> Iterator[bytes]:
        """So many events as bodies of one batch each."""
        for start in range(0, events, a_batch):
            yield batch_body([self.event() for _ in range(min(a_batch, events - start))])

    def event(self) -> dict[str, Any]:
        """The next event."""
        self._sent += 1
        user_id, anonymous_id = self._who()
        return event_of(
            message_id=f"{self._seed}-{self._sent:010}-{self._random.getrandbits(64):016x}",
            at=datetime.now(UTC) - timedelta(seconds=self._random.random() * 60),
            user_id=user_id,
            anonymous_id=anonymous_id,
            traits=self._traits() if self._random.random() < self._mix.with_traits else None,
        )

    def _who(self) -> tuple[str, str]:
        kind = bisect(self._bounds, self._random.random())
        if kind == 3:
            return f"newcomer-{self._seed}-{self._sent}", self._new_device()
        person = self._known_person()
        if kind == 0:
            return value_of("user_id", person), value_of("anonymous_id", person)
        if kind == 1:
            return value_of("user_id", person), self._new_device()
        return value_of("user_id", person), value_of("anonymous_id", self._other(person))

    def _known_person(self) -> int:
        """Somebody with a user id."""
        while True:
            person = self._random.randrange(self._people)
            if "user_id" in SHAPES[person % 10]:
                return person

    def _other(self, person: int) -> int:
        """Half of the time an anonymous profile, which joins; else another person's device, which changes hands."""
        other = self._random.randrange(self._people // 10) * 10
        return other + (ANONYMOUS if self._random.random() < 0.5 else (person + 1) % 4)

    def _new_device(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _traits(self) -> dict[str, Any]:
        return {
            "last_viewed": f"sku-{self._random.randrange(100_000)}",
            "basket_value": round(self._random.random() * 200, 2),
            "newsletter": self._random.random() < 0.5,
        }
