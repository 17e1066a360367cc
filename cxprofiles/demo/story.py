"""What the channels saw in five weeks, the same in every run: who browsed, logged in, bought, called and read mail.

Every event is one call of Segment's client, ready to be made. Only the instants depend on when the story begins.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cxprofiles.demo import cast
from cxprofiles.demo.cast import ARTICLES, CURRENCY, Article, Customer
from cxprofiles.demo.records import Record

WEB, APP, STORE, CALLS, MAIL = "demo-web", "demo-app", "demo-store", "demo-callcentre", "demo-mail"

NOBODY = "none"  # the client wants a user id or an anonymous id; this one is blocked everywhere, so it names nobody
GUEST = "guest"  # blocked as well: what a till writes when it does not know who pays

DAYS = 35
VISITORS = 180
GUESTS = 30
DUPLICATES = 0.05  # the share of events that are delivered twice
TOPICS = ("delivery", "returns", "opening hours", "a damaged parcel", "an invoice")
MAILINGS = ("Autumn rooms", "Light for short days", "Your cart is waiting", "New: wool rugs")
TOWNS = ("Las Vegas", "Chicago", "Elmwood Park")


@dataclass(frozen=True, slots=True)
class Told:
    """One call of the client of a source: `identify`, `track`, `page` or `screen`, with its arguments."""

    source: str
    call: str
    arguments: dict[str, Any]

    @property
    def message(self) -> tuple[str, str]:
        """What makes an event one and the same, however often it is delivered."""
        return self.source, self.arguments["message_id"]

    def identifiers(self) -> list[tuple[str, str]]:
        """What in it may be an identifier, by type, as sent."""
        said = self.arguments
        context = said.get("context", {})
        traits = {**context.get("traits", {}), **said.get("traits", {})}
        named = [("user_id", said.get("user_id")), ("anonymous_id", said.get("anonymous_id"))]
        named += [(name, traits.get(name)) for name in ("email", "phone", "loyalty_id")]
        named += [("device_id", context.get("device", {}).get("id"))]
        named += [(item["type"], item["id"]) for item in context.get("externalIds", ())]
        return [(name, value) for name, value in named if value]


class Storyteller:
    """Tells events one after the other and numbers them. `began` is the instant at which the story ends: now."""

    def __init__(self, began: datetime, signing_secret: str) -> None:
        self._began = began
        self._secret = signing_secret
        self._numbers: dict[str, int] = {}

    def tell(self, source: str, call: str, *, days_ago: float, **arguments: Any) -> Told:
        """One event. Its message id is its number at its source, so it is the same in every run."""
        number = self._numbers[source] = self._numbers.get(source, 0) + 1
        at = self._began - timedelta(days=days_ago)
        return Told(source, call, {**arguments, "timestamp": at, "message_id": f"{source}-{number:05d}"})

    def signed(self, user_id: str) -> dict[str, Any]:
        """The context by which the shop's server vouches for a log-in that a browser tells of."""
        digest = hmac.new(self._secret.encode(), user_id.encode(), hashlib.sha256)
        return {"identityHash": digest.hexdigest()}


def tell_records(teller: Storyteller, records: list[Record]) -> list[Told]:
    """The customer records of the three systems, one `identify` each, dated over the three years before."""
    return [
        teller.tell(
            source_of(record),
            "identify",
            days_ago=60 + int(hashlib.sha256(record.id.encode()).hexdigest(), 16) % 1000,
            anonymous_id=NOBODY,
            traits=record.traits(),
            context={"externalIds": record.external_ids()},
        )
        for record in records
    ]


def source_of(record: Record) -> str:
    """The source that posts the records of the record's system."""
    return f"demo-{record.system}"


def tell_interactions(teller: Storyteller, records: list[Record]) -> list[Told]:
    """Five weeks of all channels, in the order of who they are about, but for the one that comes late."""
    customers = [*cast.known_customers(records), *cast.new_customers()]
    told = [event for customer in customers for event in tell_customer(teller, customer)]
    told += [event for number in range(VISITORS) for event in tell_visitor(teller, number)]
    told += [tell_guest(teller, number) for number in range(GUESTS)]
    return told + list(tell_tablet(teller))


def in_disorder(told: list[Told]) -> list[Told]:
    """The events as a network delivers them: out of order, and some of them twice."""
    chance = chance_of("disorder")
    delivered = told + chance.sample(told, int(len(told) * DUPLICATES))
    chance.shuffle(delivered)
    return delivered


def tell_customer(teller: Storyteller, customer: Customer) -> Iterator[Told]:
    """One customer: an account, visits on the web and in the app, the shop, the telephone, mail."""
    chance = chance_of(customer.user_id)
    opened = chance.uniform(20, DAYS)
    phone = f"app-{customer.user_id}"
    context: dict[str, Any] = {"device": {"id": f"{phone}-{chance.randrange(10**6):06d}"}}
    if customer.number:
        context["externalIds"] = [{"type": "customers_record", "id": customer.number}]
    yield teller.tell(
        APP, "identify", days_ago=opened, user_id=customer.user_id, traits=customer.traits(), context=context
    )
    for visit in range(chance.randint(3, 6)):
        days_ago = chance.uniform(0.2, opened)
        if visit % 3 == 2:
            yield from tell_app_visit(teller, customer, chance, days_ago, context["device"])
        else:
            yield from tell_web_visit(teller, customer, chance, days_ago, visit)
    yield from tell_shop_visits(teller, customer, chance, opened)
    if customer.email:
        yield from tell_mailings(teller, customer, chance, opened)
    if customer.phone:
        yield from tell_calls(teller, customer, chance, opened)


def tell_web_visit(
    teller: Storyteller, customer: Customer, chance: Random, days_ago: float, visit: int
) -> Iterator[Told]:
    """A visit that begins as anybody's and is known from the log-in on; the browser is one of two."""
    browser = f"web-{customer.user_id}-{visit % 2}"
    steps = tell_browsing(teller, chance, days_ago, WEB, anonymous_id=browser)
    yield from steps
    logged_in = days_ago - minutes(8)
    signed = teller.signed(customer.user_id)
    yield teller.tell(
        WEB,
        "identify",
        days_ago=logged_in,
        user_id=customer.user_id,
        anonymous_id=browser,
        traits={"first_name": customer.first_name},
        context=signed,
    )
    if chance.random() < 0.5:
        yield teller.tell(
            WEB,
            "track",
            days_ago=logged_in - minutes(4),
            user_id=customer.user_id,
            anonymous_id=browser,
            event="Order Completed",
            properties=order(chance),
            context=dict(signed),
        )


def tell_app_visit(
    teller: Storyteller, customer: Customer, chance: Random, days_ago: float, device: dict[str, str]
) -> Iterator[Told]:
    """A visit in the app, which is always logged in."""
    yield teller.tell(
        APP, "screen", days_ago=days_ago, user_id=customer.user_id, name="Home", context={"device": dict(device)}
    )
    for step in range(chance.randint(2, 5)):
        yield teller.tell(
            APP,
            "track",
            days_ago=days_ago - minutes(1 + step),
            user_id=customer.user_id,
            event="Product Viewed",
            properties=described(chance.choice(ARTICLES)),
            context={"device": dict(device)},
        )


def tell_shop_visits(teller: Storyteller, customer: Customer, chance: Random, opened: float) -> Iterator[Told]:
    """Receipts of the shop's tills for whoever shows a card. A careless till adds the shop's own address."""
    for _ in range(chance.randint(1, 3) if customer.card else 0):
        traits = {"loyalty_id": customer.card}
        if chance.random() < 0.4:
            traits["email"] = cast.TILL_ADDRESS
        yield teller.tell(
            STORE,
            "track",
            days_ago=chance.uniform(0.3, opened),
            anonymous_id=NOBODY,
            event="Receipt Printed",
            properties={**order(chance), "store": chance.choice(TOWNS)},
            context={"traits": traits},
        )


def tell_mailings(teller: Storyteller, customer: Customer, chance: Random, opened: float) -> Iterator[Told]:
    """What became of the mailings to one address, which is all that the mail system knows."""
    for mailing in chance.sample(MAILINGS, k=chance.randint(1, 3)):
        sent = chance.uniform(1, opened)
        happened = ["Email Delivered", "Email Opened", "Email Link Clicked"][: chance.randint(1, 3)]
        for step, event in enumerate(happened):
            yield teller.tell(
                MAIL,
                "track",
                days_ago=sent - minutes(30 * step),
                anonymous_id=NOBODY,
                event=event,
                properties={"mailing": mailing},
                context={"traits": {"email": customer.email}},
            )


def tell_calls(teller: Storyteller, customer: Customer, chance: Random, opened: float) -> Iterator[Told]:
    """Calls from one telephone, which is all that the call centre's switchboard knows."""
    for _ in range(chance.randint(1, 3)):
        yield teller.tell(
            CALLS,
            "track",
            days_ago=chance.uniform(0.5, opened),
            anonymous_id=NOBODY,
            event="Call Answered",
            properties={"topic": chance.choice(TOPICS), "minutes": chance.randint(2, 19)},
            context={"traits": {"phone": customer.phone}},
        )


def tell_visitor(teller: Storyteller, number: int) -> Iterator[Told]:
    """Somebody who looks around and says nothing; a few are testers who type in a placeholder."""
    chance = chance_of(f"visitor {number}")
    browser = f"web-visitor-{number:04d}"
    days_ago = chance.uniform(0.1, DAYS)
    yield from tell_browsing(teller, chance, days_ago, WEB, anonymous_id=browser)
    if number % 40 == 0:
        yield teller.tell(
            WEB,
            "identify",
            days_ago=days_ago - minutes(9),
            anonymous_id=browser,
            traits={"email": cast.PLACEHOLDER_OF_TESTERS},
        )


def tell_browsing(teller: Storyteller, chance: Random, days_ago: float, source: str, **who: str) -> Iterator[Told]:
    """A page and a few articles, one of which may go into the cart."""
    yield teller.tell(
        source, "page", days_ago=days_ago, name="Home", properties={"url": f"https://{cast.SHOP}/"}, **who
    )
    for step in range(chance.randint(2, 6)):
        article = chance.choice(ARTICLES)
        in_cart = step > 1 and chance.random() < 0.3
        yield teller.tell(
            source,
            "track",
            days_ago=days_ago - minutes(1 + step),
            event="Product Added" if in_cart else "Product Viewed",
            properties=described(article),
            **who,
        )


def tell_guest(teller: Storyteller, number: int) -> Told:
    """A receipt of somebody who shows no card: the till fills in what it has, and none of it names anybody."""
    chance = chance_of(f"guest {number}")
    return teller.tell(
        STORE,
        "track",
        days_ago=chance.uniform(0.1, DAYS),
        anonymous_id=GUEST,
        event="Receipt Printed",
        properties={**order(chance), "store": chance.choice(TOWNS)},
        context={"traits": {"email": cast.PLACEHOLDER}},
    )


def tell_tablet(teller: Storyteller) -> Iterator[Told]:
    """The tablet of a family: two people log in on it, one after the other."""
    for known, days_ago in ((cast.MARY, 12.0), (cast.EDWARD, 3.0)):
        chance = chance_of(f"tablet {known.user_id}")
        yield from tell_browsing(teller, chance, days_ago, WEB, anonymous_id=cast.FAMILY_TABLET)
        yield teller.tell(
            WEB,
            "identify",
            days_ago=days_ago - minutes(10),
            user_id=known.user_id,
            anonymous_id=cast.FAMILY_TABLET,
            traits={"first_name": known.first_name},
            context=teller.signed(known.user_id),
        )


def tell_late(teller: Storyteller) -> Told:
    """A receipt of seven weeks ago, from a till that was offline: it arrives after everything else."""
    return teller.tell(
        STORE,
        "track",
        days_ago=49,
        anonymous_id=NOBODY,
        event="Receipt Printed",
        properties={"order_id": "R-0049", "revenue": 79.5, "currency": CURRENCY, "store": "Bergamo"},
        context={"traits": {"loyalty_id": cast.ELLIE.card, "email": cast.TILL_ADDRESS, "city": "Bergamo"}},
    )


def order(chance: Random) -> dict[str, Any]:
    """What was bought, with an exact total."""
    articles = chance.sample(ARTICLES, k=chance.randint(1, 3))
    return {
        "order_id": f"R-{chance.randrange(10**6):06d}",
        "revenue": sum(article.cents for article in articles) / 100,
        "currency": CURRENCY,
        "products": [described(article) for article in articles],
    }


def described(article: Article) -> dict[str, Any]:
    """An article as properties."""
    return {"sku": article.sku, "name": article.name, "price": article.price, "currency": CURRENCY}


def minutes(number: float) -> float:
    """Minutes in days."""
    return number / 1440


def chance_of(seed: str) -> Random:
    """Chance that falls the same way in every run."""
    return Random(f"fernhill {seed}")  # noqa: S311  (a story, not a secret)
