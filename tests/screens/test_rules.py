"""Identity rules in a browser: read, tried and applied."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from profiles.models import IdentifierType, Source
from tests.factories.channels import event, tell
from tests.integration.api.conftest import default_types, shop, unseen_configuration

__all__ = ["default_types", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[..., Any]


def tell_of_some(shop: Source) -> None:
    """Two accounts of one address, and a mailbox that a whole family shares."""
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org", "name": "Ann Lee"}}))
    tell(shop, event(2, userId="ann-2", context={"traits": {"email": "ann@example.org", "name": "Ann Lee-Roy"}}))
    for number in range(5):
        tell(shop, event(number, userId=f"person-{number}", context={"traits": {"email": "family@example.org"}}))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_each_screen_of_the_rules_is_examined(look: Look, shop: Source, width: int, scheme: str) -> None:
    tell_of_some(shop)
    with look("steward", width=width, scheme=scheme) as seen:
        for path, name in (
            ("", "rules"),
            ("types/email/", "rules-type"),
            ("new/", "rules-new"),
            ("shared/", "rules-shared"),
            ("traits/", "rules-traits"),
        ):
            seen.goto(f"/backoffice/rules/{path}")
            seen.examine()
            if scheme == "light" and width == 1280:
                seen.keep(name)


def test_a_change_is_tried_first_and_then_applied(look: Look, shop: Source) -> None:
    tell_of_some(shop)
    with look("steward") as seen:
        page = seen.goto("/backoffice/rules/")
        page.get_by_role("link", name="Account").click()
        page.get_by_label("At most this many in one profile").fill("2")
        page.get_by_role("button", name="See what it would do").click()
        expect(page.get_by_text("Profiles that would become one")).to_be_visible()
        seen.examine()
        seen.keep("rules-preview")
        page.get_by_role("button", name="Apply the change").click()
        expect(page.get_by_text("The type is in force for what arrives")).to_be_visible()
        assert IdentifierType.objects.get(name="user_id").per_profile == 2
