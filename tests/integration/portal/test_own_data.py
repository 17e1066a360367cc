"""What people see of their own data: all that is surely theirs, nothing that may be another's."""

from typing import Any

import pytest

from consent.access import PERSON
from consent.models import AccessLog
from profiles.models import Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.visitors import ANN, ANN_SEEN, Visitor, text_of

pytestmark = pytest.mark.django_db

OVERVIEW, ACCESSES = "/privacy/overview", "/privacy/accesses"


def test_identifiers_traits_and_events_are_shown_with_their_source(ann: Visitor) -> None:
    shown = text_of(ann.get(OVERVIEW))
    for words in ("ann-1", "Customer account", "Ghent", "First name", "from shop", "Order Completed", "1 January 2026"):
        assert words in shown, words
    assert "2 events are kept" in shown


def test_who_is_not_known_is_told_so_kindly(somebody: Visitor) -> None:
    somebody.sign_in("nobody@example.org")
    for path in (OVERVIEW, "/privacy/choices", ACCESSES, "/privacy/receipts", "/privacy/requests"):
        assert somebody.get(path).status_code == 200, path
    assert "Nothing is held about you" in text_of(somebody.get(OVERVIEW))
    assert not Identifier.objects.filter(value="nobody@example.org").exists()


def test_what_is_tied_by_a_device_alone_is_not_shown(ann: Visitor, shop: Source) -> None:
    tell(shop, event(3, anonymousId="tablet", **ANN_SEEN))
    tell(
        shop, event(4, name="Secret Read", anonymousId="tablet", userId="ben-1", context={"traits": {"city": "Bruges"}})
    )
    shown = text_of(ann.get(OVERVIEW))
    assert "Ghent" in shown
    assert [words for words in ("ben-1", "Bruges", "Secret Read") if words in shown] == []


def test_of_an_address_that_several_people_use_nothing_is_shown(somebody: Visitor, shop: Source) -> None:
    for n in range(5):
        traits = {"email": "family@example.org", "city": f"Town {n}"}
        tell(shop, event(n, userId=f"member-{n}", context={"traits": traits}))
    assert Identifier.objects.get(value="family@example.org").shared
    somebody.sign_in("family@example.org")
    for path in (OVERVIEW, "/privacy/choices", ACCESSES, "/privacy/receipts"):
        shown = text_of(somebody.get(path))
        assert "Several people use this address" in shown, path
        assert "/privacy/opt-out" in shown
        assert [words for words in ("Town", "member-", 'name="allow"') if words in shown] == [], path


def test_events_come_in_pages(shop: Source, somebody: Visitor) -> None:
    tell(shop, *(event(n, name=f"Step {n:02}", **ANN_SEEN) for n in range(25)))
    somebody.sign_in(ANN)
    seen, path = [], OVERVIEW
    while path:
        shown = text_of(somebody.get(path))
        seen += [f"Step {n:02}" for n in range(24, -1, -1) if f"Step {n:02}" in shown]
        _, found, rest = shown.partition("/privacy/overview?cursor=")
        path = f"/privacy/overview?cursor={rest.partition(chr(34))[0]}" if found else ""
    assert seen == [f"Step {n:02}" for n in range(24, -1, -1)]


@pytest.mark.parametrize(
    "path", [f"{OVERVIEW}?cursor=x", f"{ACCESSES}?before=x", f"{ACCESSES}?before=nan_x", f"{ACCESSES}?before=1e999_x"]
)
def test_what_is_no_place_in_a_list_is_no_page(ann: Visitor, path: str) -> None:
    assert ann.get(path).status_code == 404


def test_what_others_wrote_into_data_is_text_and_never_markup(shop: Source, somebody: Visitor) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    seen: dict[str, Any] = {"userId": hostile, "context": {"traits": {"email": ANN, "note": hostile, hostile: "x"}}}
    tell(shop, event(1, name=hostile, **seen))
    somebody.sign_in(ANN)
    shown = text_of(somebody.get(OVERVIEW))
    assert "&lt;script&gt;" in shown
    assert [tag for tag in ("<script", "<img") if tag in shown] == []


def test_who_looked_is_shown_with_what_for_and_which_fields(ann: Visitor) -> None:
    service, profile = Caller(), Identifier.objects.get(value=ANN).profile_id
    assert service.get(f"/v1/profiles/{profile}", purpose="service").status == 200
    assert service.get(f"/v1/profiles/{profile}", purpose="analytics").status == 403
    shown = text_of(ann.get(ACCESSES))
    for words in (service.name, "looked at your profile", "Our service to you", "details about you"):
        assert words in shown, words
    assert "Was refused: nothing was shown" in shown
    assert "Learning how our service is used" in shown


def test_a_check_of_several_purposes_names_each(ann: Visitor) -> None:
    body = {"identifiers": [{"type": "email", "value": ANN}], "purposes": ["analytics", "personalisation"]}
    assert Caller().post("/v1/consents/check", body).status == 200
    shown = text_of(ann.get(ACCESSES))
    assert "asked whether something is allowed" in shown
    assert "Learning how our service is used, Content that suits you" in shown


def test_own_views_are_logged_and_listed_apart(ann: Visitor) -> None:
    for path in (OVERVIEW, "/privacy/choices", "/privacy/receipts"):
        ann.get(path)
    rows = AccessLog.objects.filter(actor=PERSON)
    assert set(rows.values_list("operation", flat=True)) == {"overview", "choices", "receipts"}
    assert set(rows.values_list("profile_id", flat=True)) <= set(
        Identifier.objects.values_list("profile_id", flat=True)
    )
    assert "Nobody, so far." in text_of(ann.get(ACCESSES))
    assert text_of(ann.get(f"{ACCESSES}?mine")).count("<strong>You</strong>") >= 3


def test_reads_come_in_pages_each_once(ann: Visitor) -> None:
    service, profile = Caller(), Identifier.objects.get(value=ANN).profile_id
    for _ in range(30):
        service.get(f"/v1/profiles/{profile}", purpose="service")
    first = text_of(ann.get(ACCESSES))
    place = first.partition("accesses?before=")[2].partition('"')[0]
    second = text_of(ann.get(f"{ACCESSES}?before={place}"))
    assert (first.count(f"<strong>{service.name}</strong>"), second.count(f"<strong>{service.name}</strong>")) == (
        25,
        5,
    )
