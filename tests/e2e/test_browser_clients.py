"""The published browser clients, unchanged, on pages of another origin than the service's."""

import hmac
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.asking import Api, Json
from tests.e2e.browsing import Visit, bundle, serving, visiting
from tests.e2e.journeys import Call, Plan, check_calls, check_one_person, check_order, check_profile, new_plan, sent
from tests.e2e.wiretap import DELIVERY_PATIENCE, Wiretap

pytestmark = pytest.mark.browser

SIGNING_SECRET = "a secret that only the backend and the service know"
LOST = "Failed to load resource: the server responded with a status of 500"


@dataclass(frozen=True, slots=True)
class Client:
    """One browser client: its driver, the calls that it makes, and whether it sends again what failed."""

    driver: str
    calls: tuple[Call, ...]
    sends_again: bool = True
    asks_first: bool = True  # by a preflight


SEEN: Call = ("track", "Product Viewed")
KNOWN: Call = ("identify", "")
ORDERED: Call = ("track", "Order Completed")
SEGMENT = Client("segment", (SEEN, KNOWN, ORDERED, ("page", "Home"), ("screen", "Cart"), ("group", ""), ("alias", "")))
HASHED = Client("segment-hashed", (KNOWN,))
ALL = [
    SEGMENT,
    # Its second post goes out with the page, so nobody is left to send it again.
    Client("segment-batching", (SEEN, KNOWN, ORDERED, ("page", "Home"), ("track", "Left")), sends_again=False),
    Client("rudder", (SEEN, KNOWN, ORDERED, ("page", "Home"), ("group", ""), ("alias", ""))),
    Client(
        "posthog",
        (
            SEEN,
            ("identify", "$identify"),
            ORDERED,
            ("page", "$pageview"),
            ("group", "$groupidentify"),
            ("alias", "$create_alias"),
        ),
        asks_first=False,
    ),
    Client("jitsu", (SEEN, KNOWN, ORDERED, ("page", "Home"), ("group", "")), sends_again=False),
]
every_client = pytest.mark.parametrize("client", ALL, ids=[client.driver for client in ALL])
patient_clients = pytest.mark.parametrize(
    "client", [client for client in ALL if client.sends_again], ids=[c.driver for c in ALL if c.sends_again]
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A browser, and the shop's site with a page for each client."""

    browser: Browser
    url: str

    def visit(self, client: Client, plan: Plan, wiretap: Wiretap) -> tuple[Visit, str]:
        """Drive the client's page until all its calls are delivered; the visit and the anonymous id that it made."""
        with visiting(self.browser, f"{self.url}/{client.driver}/page.html") as visit:
            before = len(wiretap.delivered())
            told = visit.drive(asdict(plan))
            visit.page.evaluate("() => window.left?.()")
            wait_for_delivery(visit, wiretap, before + len(client.calls))
        return visit, told["anonymous"]


def wait_for_delivery(visit: Visit, wiretap: Wiretap, count: int) -> None:
    """Let the page work until that many events are delivered, and then see that no more come."""
    deadline = time.monotonic() + DELIVERY_PATIENCE
    while len(wiretap.delivered()) < count and time.monotonic() < deadline:
        visit.page.wait_for_timeout(50)
    visit.page.wait_for_timeout(200)


@pytest.fixture(scope="module")
def shop(clients: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A site of its own with a page for each client."""
    site = tmp_path_factory.mktemp("shop")
    for client in [*ALL, HASHED]:
        bundle(clients, client.driver, site / client.driver)
    with serving(site) as url:
        yield Shop(browser, url)


@every_client
def test_every_call_from_another_origin_is_counted_once(
    client: Client, shop: Shop, wiretap: Wiretap, api: Api, public_key: str
) -> None:
    plan = new_plan(public_key, wiretap.url)
    visit, anonymous = shop.visit(client, plan, wiretap)
    assert (visit.complaints, visit.strangers) == ([], [])
    assert {exchange.status for exchange in wiretap.exchanges} == {200}
    assert {post.headers["Origin"] for post in wiretap.posts()} == {shop.url}
    assert any(exchange.method == "OPTIONS" for exchange in wiretap.exchanges) == client.asks_first
    api.settle()
    check_visitor(client, plan, anonymous, wiretap, api)


@patient_clients
def test_answers_that_get_lost_change_nothing(
    client: Client, shop: Shop, wiretap: Wiretap, api: Api, public_key: str
) -> None:
    plan = new_plan(public_key, wiretap.url)
    wiretap.lose_answers(2)
    visit, anonymous = shop.visit(client, plan, wiretap)
    assert [text for text in visit.complaints if not text.startswith(LOST)] == []
    assert visit.strangers == []
    assert len([post for post in wiretap.posts() if post.status == 500]) == 2
    api.settle()
    check_visitor(client, plan, anonymous, wiretap, api)


def check_visitor(client: Client, plan: Plan, anonymous: str, wiretap: Wiretap, api: Api) -> None:
    """The page's events are the timeline of one person, whom a claim does not make identified."""
    messages = sent(wiretap.delivered())
    check_calls(messages, client.calls)
    profile = check_profile(api, "user_id", plan.user, messages)
    check_order(api, profile)
    assert {name: profile["traits"][name]["value"] for name in ("email", "first_name")} == {
        "email": plan.email,
        "first_name": "Ann",
    }
    person = check_one_person(api, ("user_id", plan.user), ("anonymous_id", anonymous), ("email", plan.email))
    for identifier in (("user_id", plan.user), ("anonymous_id", anonymous), ("email", plan.email)):
        answer = api.recognise(identifier)
        assert (answer["status"], answer["assurance"], answer["profile_id"]) == ("known", "device", person)
        assert answer["traits"] == {}


def test_a_hash_made_by_the_backend_makes_a_page_s_claim_verified(shop: Shop, wiretap: Wiretap, api: Api) -> None:
    plan = new_plan(api.new_source("web", "public", signing_secret=SIGNING_SECRET), wiretap.url)
    hashes = {
        plan.user: hmac.new(SIGNING_SECRET.encode(), plan.user.encode(), "sha256").hexdigest(),
        plan.earlier: hmac.new(b"a guess", plan.earlier.encode(), "sha256").hexdigest(),
    }
    for user, hashed in hashes.items():
        own = replace(plan, user=user, email=f"{user}@shop.test", identity_hash=hashed)
        shop.visit(HASHED, own, wiretap)
    api.settle()
    found = {user: api.recognise(("user_id", user)) for user in hashes}
    assert found[plan.user]["assurance"] == "identified"
    assert found[plan.user]["traits"] == {"email": f"{plan.user}@shop.test", "first_name": "Ann"}
    assert (found[plan.earlier]["assurance"], found[plan.earlier]["traits"]) == ("device", {})


def test_an_alias_of_the_browser_library_that_lost_the_new_id_decides_nothing(
    shop: Shop, wiretap: Wiretap, api: Api, public_key: str
) -> None:
    plan = new_plan(public_key, wiretap.url)
    shop.visit(SEGMENT, plan, wiretap)
    aliases = [event for event in wiretap.delivered() if event["type"] == "alias"]
    assert [(alias["userId"], alias["previousId"]) for alias in aliases] == [(plan.user, plan.user)]
    api.settle()
    profile = api.profile_of("user_id", plan.user)
    assert graph(api, profile)["decisions"] == []
    assert api.lookup("user_id", plan.earlier) is None


@pytest.mark.parametrize("driver", ["rudder", "posthog"])
def test_an_alias_from_a_page_does_not_join_two_known_people(
    driver: str, shop: Shop, wiretap: Wiretap, api: Api, public_key: str, server_key: str
) -> None:
    plan = new_plan(public_key, wiretap.url)
    known = {"type": "identify", "userId": plan.earlier, "messageId": plan.earlier, "traits": {"first_name": "Eve"}}
    assert api.post_events(server_key, [known]).status == 200
    api.settle()
    before = api.profile_of("user_id", plan.earlier)["canonical_id"]
    shop.visit(next(client for client in ALL if client.driver == driver), plan, wiretap)
    api.settle()
    assert api.profile_of("user_id", plan.earlier)["canonical_id"] == before
    assert api.profile_of("user_id", plan.user)["canonical_id"] != before
    assert api.recognise(("user_id", plan.earlier))["traits"] == {"first_name": "Eve"}


def graph(api: Api, profile: Json) -> Json:
    """A profile's identity graph."""
    return api.good("GET", f"/v1/profiles/{profile['canonical_id']}/identity?purpose=service")
