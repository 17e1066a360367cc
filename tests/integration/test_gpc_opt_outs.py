"""Global Privacy Control is an opt-out request, noted once for each browser however often it says so."""

import pytest

from consent.models import GpcOptOut
from profiles.models import Identifier
from tests.factories.channels import event, make_source, tell

pytestmark = pytest.mark.django_db


def noted() -> list[str]:
    ids = GpcOptOut.objects.values_list("identifier_id", flat=True)
    return sorted(Identifier.objects.filter(id__in=ids).values_list("value", flat=True))


def test_a_browser_that_says_it_with_every_event_is_noted_once() -> None:
    source = make_source()
    tell(source, *(event(minute, anonymousId="a-1", context={"gpc": True}) for minute in range(3)))
    assert noted() == ["a-1"]


def test_whoever_refuses_in_another_way_is_not_noted() -> None:
    source = make_source()
    refused = {"consent": {"categoryPreferences": {"ads.sale_share": False}}}
    tell(source, event(anonymousId="a-1", context=refused), event(anonymousId="a-2"))
    assert noted() == []


def test_the_account_that_says_it_in_the_same_event_is_noted_with_its_browser() -> None:
    tell(make_source(), event(userId="u-1", anonymousId="a-1", context={"gpc": True}))
    assert noted() == ["a-1", "u-1"]
