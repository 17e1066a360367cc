"""The audit log in Chromium: an entry proven, two heads compared, everything verified; who read whose data."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import uuid_utils
from playwright.sync_api import expect

from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Look = Callable[..., Any]
HERE = "/backoffice/audit/"


@pytest.fixture
def log(default_types: None) -> None:
    """A log of some days, with heads, changes and reads."""
    from consent.access import Access, record_accesses
    from consent.audit.heads import sign_head
    from consent.audit.log import append_all
    from profiles.configuration import record_change
    from tests.factories.staff import make_staff

    now = datetime.now(UTC)
    for day in range(6):
        at = now - timedelta(days=6 - day)
        request = {"request": str(uuid4()), "request_type": "erasure", "source": "portal"}
        told: list[tuple[str, dict[str, Any]]] = [("consent.granted", {"purpose": "analytics"})] * 400
        append_all([*told, ("consent.withdrawn", {"purpose": "marketing.email"}), ("request.received", request)], at=at)
        sign_head()
    nina = make_staff("steward", "nina")
    record_change(
        actor=f"staff:{nina.pk}", subject="identifier_type:email", before={"per_profile": 3}, after={"per_profile": 5}
    )
    record_change(actor="token:deployment", subject="source:web shop", before=None, after={"channel": "web"})
    operations = ("staff.profile", "staff.timeline", "staff.reveal")
    noon = (now - timedelta(days=1)).replace(hour=12, minute=0)  # of one day, wherever somebody looks
    times = [noon - timedelta(minutes=n) for n in range(105)]
    record_accesses(
        Access(
            UUID(bytes=uuid_utils.uuid7(nanoseconds=int(at.timestamp() * 1e9)).bytes),
            at,
            f"staff:{nina.pk}",
            operations[n % 3],
            uuid4(),
            "service",
            True,
            "identifiers,traits",
        )
        for n, at in enumerate(times)
    )


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_every_screen_is_sound(look: Look, log: None, width: int, scheme: str) -> None:
    with look("auditor", width=width, scheme=scheme) as seen:
        for path, name in (
            ("", "audit"),
            ("entries/1777/", "audit-entry"),
            ("heads/?first=402&second=2412", "audit-heads"),
            ("verify/", ""),
            ("changes/", "changes"),
            ("accesses/", "accesses"),
        ):
            seen.goto(HERE + path)
            seen.examine()
            if name and (width, scheme) == (1280, "light"):
                seen.keep(name)


def test_everything_is_verified_by_itself_once_begun(look: Look, log: None) -> None:
    with look("auditor") as seen:
        page = seen.goto(f"{HERE}verify/")
        page.get_by_role("button", name="Verify everything").click()
        page.get_by_text("2,412 entries are as they were written, and 6 signed heads fit them.").wait_for()
        seen.examine()
        seen.keep("audit-verified")


def test_everything_is_verified_without_scripts_too(look: Look, log: None) -> None:
    with look("auditor", scripts=False) as seen:
        page = seen.goto(f"{HERE}verify/")
        page.get_by_role("button", name="Verify everything").click()
        for _ in range(2):
            page.get_by_role("button", name="Go on").click()
        page.get_by_text("2,412 entries are as they were written").wait_for()


def test_what_is_out_of_the_ordinary_leads_to_the_reads(look: Look, log: None) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(f"{HERE}accesses/")
        page.locator("#unusual").wait_for()
        page.locator(".notice.warning").get_by_role("link", name="nina").first.click()
        page.get_by_role("link", name="All reads by staff").wait_for()
        expect(page.locator("tbody tr").nth(20)).to_be_visible()
