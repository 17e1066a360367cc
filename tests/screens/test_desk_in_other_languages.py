"""The privacy desk in German and Indonesian: their longer words push nothing out of sight."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consent.models import PrivacyRequest, RequestStep
from profiles.models import Source
from profiles.privacy.erasing import STEPS
from profiles.privacy.requests import Shown, extend_request
from tests.factories.desk import request_of, tell_of_ann
from tests.integration.api.conftest import default_types, shop, unseen_configuration

__all__ = ["default_types", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db(transaction=True)

DESK = "/backoffice/privacy/"
PART = "deterministic+itself"
Look = Callable[..., Any]
CLIPPED = """() => [...document.querySelectorAll('.scroll, .panel')]
    .filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.getAttribute('aria-label') || one.className)"""


@pytest.fixture
def erasing(shop: Source, settings: Any) -> Shown:
    """An erasure that is being carried out, of which a step failed; and requests with the longest words."""
    tell_of_ann(shop)
    settings.PRIVACY_APPROVAL = ["portability"]
    request_of("portability", days_ago=45, source="staff")
    request_of("access", source="staff", verified=False, identifier=("email", "dora@example.org"))
    extend_request(id=request_of("access", days_ago=12).id, reason="Many systems.", actor="staff:1")
    made = request_of("erasure", days_ago=2)
    PrivacyRequest.objects.filter(id=made.id).update(state="executing", attempts=1, executing_since=made.received_at)
    told = [(store, "done", "") for store, _step in STEPS[:5]] + [(STEPS[5][0], "failed", "OperationalError")]
    for store, state, problem in told:
        RequestStep.objects.create(request_id=made.id, store=store, part=PART, state=state, rows=1234, problem=problem)
    return made


def speak(page: Page, language: str) -> None:
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])


@pytest.mark.parametrize(("language", "failed"), [("de", "Die Datenbank hat nicht geantwortet."), ("id", "Basis data")])
def test_every_column_is_in_sight(erasing: Shown, look: Look, language: str, failed: str) -> None:
    with look("privacy_officer") as seen:
        speak(seen.goto(DESK), language)
        page = seen.goto(DESK)
        expect(page.locator("table.requests tbody tr")).to_have_count(4)
        assert page.evaluate(CLIPPED) == []
        seen.examine()
        page = seen.goto(f"{DESK}{erasing.id}/")
        expect(page.get_by_text(failed)).to_be_visible()
        expect(page.locator(".plan")).to_be_visible()
        assert page.evaluate(CLIPPED) == []
        seen.examine()
