"""Sources in a browser: how they are, the last events as they come, a new source, its keys, and trying events again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from profiles.intake.awake import note_sweep
from profiles.models import Quarantine, Source
from tests.factories.channels import accept, event, make_source, work
from tests.factories.minutes import keep, minute_of, sending
from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("broker")]

Look = Callable[..., Any]
MINUTE = timedelta(minutes=1)
BROKEN = {"type": "track", "properties": {"sku": "A-1", "email": "ann@example.org"}}


@pytest.fixture
def shop(broker: redis.Redis) -> Source:
    """A web shop that sends, a till that fell silent, an app whose events are not all understood, an old mailer."""
    note_sweep()
    now = datetime.now(UTC)
    shop = make_source("web shop", trust="public")
    start = now.replace(second=0, microsecond=0) - MINUTE
    keep(
        minute_of(shop.pk, start - MINUTE * n, events=40 + (n * 37) % 90, duplicates=n % 4, quarantined=n % 9 == 0)
        for n in range(180)
    )
    sending(make_source("till Berlin", channel="store", region="DE"), now - timedelta(hours=5), minutes=90)
    sending(make_source("app", channel="app", trust="public"), now, minutes=30, events=12, quarantined=2)
    make_source("newsletter", channel="email")
    product = {"sku": "A-1", "price": 12.5}
    accept(shop, event(userId="ann-user-1", name="Product Viewed", properties=product), BROKEN, BROKEN)
    accept(shop, event(userId="ann-user-1", name="Order Completed", properties={"revenue": 12.5, "currency": "EUR"}))
    work()
    return shop


def path(source: Source, end: str = "") -> str:
    return f"/backoffice/sources/{source.pk}/{end}"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_each_screen_is_readable_everywhere(shop: Source, look: Look, width: int, scheme: str) -> None:
    with look("operator", width, scheme) as seen:
        names = {
            "/backoffice/sources/": "sources",
            path(shop): "source",
            path(shop, "live/"): "source-live",
            path(shop, "quarantine/"): "source-quarantine",
            path(shop, "settings/"): "source-settings",
            path(shop, "keys/"): "source-keys",
            path(shop, "connect/"): "source-connect",
            "/backoffice/sources/new/": "source-new",
        }
        for at, name in names.items():
            seen.goto(at)
            if at == path(shop):
                expect(seen.page.locator("#chart-events canvas")).to_be_visible()
            seen.examine()
            if (width, scheme) == (1280, "light"):
                seen.keep(name)
        if (width, scheme) == (390, "light"):
            seen.goto("/backoffice/sources/")
            seen.keep("sources-phone")


def test_new_events_appear_by_themselves_and_wait_while_paused(shop: Source, look: Look) -> None:
    with look("operator") as seen:
        page = seen.goto(path(shop, "live/"))
        expect(page.get_by_text("Live: new events appear at the top.")).to_be_visible()
        accept(shop, event(userId="bob-user-2", name="Cart Opened"))
        work()
        expect(page.locator("#events > li").first).to_contain_text("Cart Opened")
        expect(page.locator("#events > li").filter(has_text="Cart Opened")).to_have_count(1)
        page.get_by_role("button", name="Pause").click()
        accept(shop, event(userId="bob-user-2", name="Cart Emptied"))
        work()
        expect(page.get_by_text("Paused. 1 more came meanwhile.")).to_be_visible()
        expect(page.locator("#events > li").first).to_contain_text("Cart Opened")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#events > li").first).to_contain_text("Cart Emptied")
        page.wait_for_timeout(3500)  # two more looks, in which nothing is shown twice
        expect(page.locator("#events > li").filter(has_text="Cart Emptied")).to_have_count(1)


def test_the_live_view_ends_in_words_once_its_reader_is_signed_out(shop: Source, look: Look) -> None:
    with look("operator") as seen:
        page = seen.goto(path(shop, "live/"))
        expect(page.get_by_text("Live: new events appear at the top.")).to_be_visible()
        Session.objects.all().delete()
        expect(page.get_by_text("You are signed out, so that the live view has ended.")).to_be_visible()
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_without_scripts_a_link_looks_again(shop: Source, look: Look) -> None:
    with look("operator", scripts=False) as seen:
        page = seen.goto(path(shop, "live/"))
        accept(shop, event(userId="bob-user-2", name="Cart Opened"))
        work()
        page.get_by_role("link", name="Look again").click()
        expect(page.locator("#events > li").first).to_contain_text("Cart Opened")


def test_a_new_source_is_made_and_its_first_event_is_told_of(look: Look) -> None:
    with look("operator") as seen:
        page = seen.goto("/backoffice/sources/new/")
        page.get_by_label("Name").fill("web shop")
        page.get_by_role("button", name="Make the source and its key").click()
        expect(page.get_by_text("It is shown this once.")).to_be_visible()
        expect(page.get_by_text("Waiting for an event")).to_be_visible()
        key = page.locator("code.key").inner_text()
        assert key in page.locator("details[open] pre").inner_text()
        seen.examine()
        accept(Source.objects.get(), event(userId="ann-user-1"))
        work()
        expect(page.get_by_text("We received an event.")).to_be_visible()


def test_a_key_is_rotated_and_the_old_one_revoked(shop: Source, look: Look) -> None:
    with look("operator") as seen:
        page = seen.goto(path(shop, "keys/"))
        page.get_by_label("The old keys stay good").select_option("one hour")
        page.get_by_role("button", name="Make a new key").click()
        expect(page.locator("code.key")).to_contain_text("cxw_")
        page = seen.goto(path(shop, "keys/"))
        old = page.locator("tbody tr").last
        old.get_by_text("Revoke", exact=True).click()
        old.get_by_label("Type web shop to go on").fill("web shop")
        old.get_by_role("button", name="Revoke this key").click()
        expect(page.get_by_text("The key is revoked")).to_be_visible()
        expect(page.locator("tbody tr").last).to_contain_text("Revoked")


def test_events_of_a_reason_are_tried_again_in_pieces(
    shop: Source, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("profiles.intake.quarantine_groups.AT_ONCE", 1)
    monkeypatch.setattr("cxprofiles.backoffice.sources.quarantine.ring", lambda: True)
    with look("operator") as seen:
        page = seen.goto(path(shop, "quarantine/"))
        page.get_by_role("button", name="Try all of them again").click()
        expect(page.get_by_text("2 events are being tried again")).to_be_visible()
        assert not Quarantine.objects.exists()


def test_settings_are_changed_and_taken_back(shop: Source, look: Look) -> None:
    with look("operator") as seen:
        page = seen.goto(path(shop, "settings/"))
        page.get_by_label("Events a second, at most").fill("50")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("The settings are saved")).to_be_visible()
        assert Source.objects.get(pk=shop.pk).rate_limit == 50
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("as they were before")).to_be_visible()
        assert Source.objects.get(pk=shop.pk).rate_limit is None
