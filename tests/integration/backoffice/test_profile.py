"""A profile as staff read it: its head, its tabs, what is masked, and what is logged."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consent.access import Access, record_access
from consent.models import AccessLog
from profiles.models import Identifier
from tests.factories.channels import START, event, make_source, tell
from tests.factories.decisions import decide, decision
from tests.factories.pages import page_of, text_of
from tests.factories.requests import submit

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
TABS = ("", "traits/", "raw/", "accesses/")
REVEAL = "/backoffice/reveal/"


def base(identifier: Identifier) -> str:
    return f"/backoffice/profiles/{identifier.profile_id}/"


@pytest.fixture
def ann() -> Identifier:
    shop = make_source(region="DE")
    traits = {
        "email": "ann.lee@example.org",
        "phone": "030 901820",
        "firstName": "Ann",
        "lastName": "Lee",
        "birthday": "1980-02-01",
        "city": "Ghent",
        "language": "nl",
        "note": "call ann.lee@example.org or +49 30 901820, account ann-0001",
        "favourite_brand": "Northwind of ann-0001",
    }
    tell(
        shop,
        {
            "type": "identify",
            "userId": "ann-0001",
            "messageId": "m-1",
            "traits": traits,
            "timestamp": START.isoformat(),
        },
    )
    tell(
        shop,
        event(
            5,
            name="Order Completed",
            userId="ann-0001",
            anonymousId="browser-77",
            properties={"revenue": 30, "currency": "EUR"},
        ),
    )
    tell(
        make_source("crm", channel="crm"),
        event(9, userId="ann-0001", context={"traits": {"lastName": "Moss", "city": "Ghent"}}),
    )
    return Identifier.objects.get(value="ann-0001")


VALUES = ("ann.lee@example.org", "ann-0001", "+4930901820", "browser-77", "1980-02-01", "030 901820")


@pytest.mark.parametrize("tab", TABS)
def test_nothing_that_names_or_reaches_somebody_is_shown_before_it_is_revealed(
    staff: Staff, ann: Identifier, tab: str
) -> None:
    page = page_of(staff("steward").get(base(ann) + tab))
    assert "Ann Moss" in page
    assert [value for value in VALUES if value in page] == []


def test_values_are_shown_once_they_are_revealed_and_masked_again_on_demand(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    answer = client.post(REVEAL, {"profile": ann.profile_id, "next": base(ann) + "raw/"})
    assert (answer.status_code, answer["Location"]) == (303, base(ann) + "raw/")
    shown = page_of(client.get(base(ann))) + page_of(client.get(base(ann) + "traits/"))
    assert [value for value in VALUES if value not in shown] == []
    assert AccessLog.objects.filter(operation="staff.reveal", profile_id=ann.profile_id).count() == 1
    client.post(REVEAL, {"profile": ann.profile_id, "hide": "1", "next": base(ann)})
    assert "ann.lee@example.org" not in page_of(client.get(base(ann)))


def test_what_was_revealed_is_masked_after_ten_minutes(staff: Staff, ann: Identifier) -> None:

    client = staff("steward")
    client.post(REVEAL, {"profile": ann.profile_id})
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert "ann.lee@example.org" not in page_of(client.get(base(ann)))


def test_revealing_to_one_reveals_to_nobody_else(staff: Staff, ann: Identifier) -> None:
    staff("steward").post(REVEAL, {"profile": ann.profile_id})
    assert "ann.lee@example.org" not in page_of(staff("steward").get(base(ann)))


def test_who_may_not_reveal_sees_no_button_and_is_refused(staff: Staff, ann: Identifier) -> None:
    client = staff("analyst")
    page = page_of(client.get(base(ann)))
    assert "Reveal values" not in page
    assert "Values are masked" in page
    assert client.post(REVEAL, {"profile": ann.profile_id}).status_code == 403
    assert not AccessLog.objects.filter(operation="staff.reveal").exists()


def test_a_restricted_profile_is_revealed_to_who_handles_requests_alone(staff: Staff, ann: Identifier) -> None:
    steward, officer = staff("steward"), staff("privacy_officer")
    steward.post(REVEAL, {"profile": ann.profile_id})
    decide(decision(ann.id, "*", "ProcessingRestricted", timezone.now()))
    page = page_of(steward.get(base(ann)))
    assert "Processing is restricted." in page
    assert "ann.lee@example.org" not in page
    answer = steward.post(REVEAL, {"profile": ann.profile_id})
    assert (answer.status_code, "Only who handles privacy requests" in page_of(answer)) == (409, True)
    officer.post(REVEAL, {"profile": ann.profile_id})
    assert "ann.lee@example.org" in page_of(officer.get(base(ann)))


@pytest.mark.parametrize("profile", ["", "x", "3694b448-4f48-4855-a778-afa0f7e3f90e", "\0", "9" * 9000, "é"])
def test_revealing_nobody_is_a_page(staff: Staff, profile: str) -> None:
    assert staff("steward").post(REVEAL, {"profile": profile, "next": "https://evil.example/"}).status_code == 404


def test_a_reveal_leads_into_the_back_office_alone(staff: Staff, ann: Identifier) -> None:
    answer = staff("steward").post(REVEAL, {"profile": ann.profile_id, "next": "//evil.example/"})
    assert answer["Location"] == base(ann)


def test_a_former_id_leads_to_the_profile_of_today_and_says_so(staff: Staff, ann: Identifier) -> None:
    members = Identifier.objects.filter(root_id=ann.root_id)
    former = members.exclude(id=ann.root_id).first()
    assert former is not None
    page = text_of(staff("steward").get(base(former)))
    assert f"You came by the former id {former.profile_id}" in page
    assert "former ids" in page


def test_who_looked_comes_in_pages_under_every_id_of_the_profile(staff: Staff, ann: Identifier) -> None:
    ids = list(Identifier.objects.filter(root_id=ann.root_id).values_list("profile_id", flat=True))
    at = timezone.now()
    for number in range(120):
        operation = f"read_{number:03}"
        record_access(
            Access(uuid4(), at - timedelta(seconds=number // 3), "token:t", operation, ids[number % 3], "", True)
        )
    client, seen, path = staff("steward"), [], base(ann) + "accesses/"
    while path:
        page = page_of(client.get(path))
        seen += re.findall(r"read \d{3}", page)
        following = re.search(r'href="([^"]+before=[^"]+)"', page)
        path = following[1] if following else ""
    assert sorted(seen) == [f"read {number:03}" for number in range(120)]


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("query", ["", "?as_of=2026-01-01&of=x&before=y&cursor=%00"])
def test_a_profile_that_is_not_there_is_a_page(staff: Staff, tab: str, query: str) -> None:
    assert staff("steward").get(f"/backoffice/profiles/{uuid4()}/{tab}{query}").status_code == 404


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_is_logged_before_it_is_shown(staff: Staff, ann: Identifier, tab: str) -> None:
    staff("analyst").get(base(ann) + tab)
    [read] = AccessLog.objects.filter(profile_id=ann.profile_id)
    assert read.operation == f"staff.{tab.strip('/') or 'profile'}"


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_who_may_not_search_may_not_read_profiles(staff: Staff, ann: Identifier, tab: str, role: str) -> None:
    assert staff(role).get(base(ann) + tab).status_code == 403
    assert not AccessLog.objects.exists()


def test_the_head_says_who_it_is_and_what_they_allow(staff: Staff, ann: Identifier) -> None:
    decide(decision(ann.id, "marketing.email", "ConsentRefused", timezone.now()))
    page = text_of(staff("steward").get(base(ann)))
    for words in ("Ann Moss", "Known", "News and offers by email: no", "Interactions", "Revenue in EUR"):
        assert words in page


@pytest.mark.parametrize(
    ("language", "euros", "yen", "dinars", "half"),
    [
        ("en", "647.10", "1,200", "1,234.500", "12,345.68"),
        ("de", "647,10", "1.200", "1.234,500", "12.345,68"),
        ("id", "647,10", "1.200", "1.234,500", "12.345,68"),
    ],
)
def test_amounts_are_written_to_the_smallest_unit_of_their_currency(
    staff: Staff, language: str, euros: str, yen: str, dinars: str, half: str
) -> None:
    bought = [("u-1", 647.1, "EUR"), ("u-1", 1200, "JPY"), ("u-1", 1234.5, "BHD"), ("u-2", 12345.675, "USD")]
    for user, revenue, currency in bought:
        order = {"revenue": revenue, "currency": currency}
        tell(make_source(f"till-{currency}"), event(userId=user, name="Order Completed", properties=order))
    client = staff("steward")
    client.cookies["django_language"] = language
    page = text_of(client.get(base(Identifier.objects.get(value="u-1"))))
    for currency, amount in (("EUR", euros), ("JPY", yen), ("BHD", dinars)):
        assert re.search(rf"\b{currency} {re.escape(amount)} ", page), currency
    assert f" {half} " in text_of(client.get(base(Identifier.objects.get(value="u-2"))))
    assert f"{euros} EUR" in text_of(client.get(base(Identifier.objects.get(value="u-1")) + "timeline/"))


def test_an_anonymous_visitor_is_called_one(staff: Staff) -> None:
    tell(make_source(), event(anonymousId="browser-1"))
    page = text_of(staff("steward").get(base(Identifier.objects.get())))
    assert "Anonymous visitor Anonymous" in page
    assert "No channel has said anything of this person yet." in page


def test_who_is_known_without_a_name_is_no_anonymous_visitor(staff: Staff) -> None:
    tell(make_source(), event(userId="u-2", context={"traits": {"email": "nameless@example.org"}}))
    page = text_of(staff("steward").get(base(Identifier.objects.get(value="u-2"))))
    assert "Person without a name Known" in page
    assert "Anonymous" not in page


def test_traits_and_events_are_named_as_people_read_them(staff: Staff) -> None:
    traits = {"firstName": "Bo", "loyalty_tier": "gold", "shoeSize": 42, "x@example.org": 1}
    tell(make_source(), event(name="Product Viewed", userId="u-2", context={"traits": traits}))
    client, whose = staff("steward"), base(Identifier.objects.get(value="u-2"))
    for page in (text_of(client.get(whose)), text_of(client.get(whose + "traits/"))):
        for words in ("First name", "Loyalty tier", "Shoe size"):
            assert words in page
        assert "firstName" not in page
        assert "x@example.org" not in page
    assert "Viewed a product" in text_of(client.get(whose))


def test_identifiers_can_be_copied_once_they_are_revealed(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    assert 'data-copy="ann-0001"' not in page_of(client.get(base(ann)))
    client.post(REVEAL, {"profile": ann.profile_id})
    assert 'data-copy="ann-0001"' in page_of(client.get(base(ann)))


def test_open_requests_are_on_the_overview(staff: Staff, ann: Identifier) -> None:
    request = submit("erasure", ("user_id", "ann-0001"))
    assert f"/backoffice/privacy/{request.id}/" in page_of(staff("privacy_officer").get(base(ann)))
    page = page_of(staff("steward").get(base(ann)))
    assert "Open privacy requests" in page
    assert f"/backoffice/privacy/{request.id}/" not in page


def test_a_trait_tells_its_history_and_which_of_it_counts(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    marks = re.findall(r"\?of=([0-9a-f]{18})#history", page_of(client.get(base(ann) + "traits/")))
    pages = [text_of(client.get(base(ann) + "traits/", {"of": mark})) for mark in marks]
    [last_name] = [page for page in pages if "All that was said of Last name" in page]
    assert "The rule of this trait: the latest word counts." in last_name
    assert re.search(r"Moss\s+shown\s+Customer account", last_name)
    assert re.search(r"Lee\s+Customer account", last_name)


@pytest.mark.parametrize("query", [{"of": "x"}, {"of": "\0"}, {"of": "0" * 18}])
def test_a_trait_that_is_not_there_is_a_page(staff: Staff, ann: Identifier, query: dict[str, str]) -> None:
    assert staff("steward").get(base(ann) + "traits/", query).status_code == 404


def test_many_facts_come_in_pages_that_repeat_nothing(staff: Staff, ann: Identifier) -> None:
    shop = make_source("till")
    tell(shop, *(event(n, userId="ann-0001", context={"traits": {"shirt": f"value{n:03}"}}) for n in range(20, 140)))
    client, seen = staff("steward"), []
    client.post(REVEAL, {"profile": ann.profile_id})
    marks = re.findall(
        r"\?of=([0-9a-f]{18})#history\">[^<]*<span class=\"unseen\"> Shirt<", page_of(client.get(base(ann) + "traits/"))
    )
    path = base(ann) + f"traits/?of={marks[0]}"
    while path:
        page = page_of(client.get(path))
        history = page.split('id="all-traits"')[0]
        seen += re.findall(r"value\d{3}", history)
        following = re.search(r'href="([^"]+cursor=[^"#]+)#history"', page)
        path = following[1] if following else ""
    assert sorted(seen) == [f"value{n:03}" for n in range(20, 140)]


@pytest.mark.parametrize("cursor", ["x", "é", "%00", "A" * 5000, "lQAAAAA"])
def test_a_made_up_cursor_of_a_history_is_refused(staff: Staff, ann: Identifier, cursor: str) -> None:
    client = staff("steward")
    mark = re.search(r"\?of=([0-9a-f]{18})#", page_of(client.get(base(ann) + "traits/")))
    assert mark is not None
    assert 400 <= client.get(f"{base(ann)}traits/?of={mark[1]}&cursor={cursor}").status_code < 500


def test_the_raw_profile_is_what_the_api_shows(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    client.post(REVEAL, {"profile": ann.profile_id})
    page = page_of(client.get(base(ann) + "raw/"))
    content = json.loads(page.split("<pre", 1)[1].split(">", 1)[1].split("</pre>")[0])
    assert content["canonical_id"] == str(Identifier.objects.get(id=ann.root_id).profile_id)
    assert content["traits"]["birthday"]["value"] == "1980-02-01"
    assert {one["value"] for one in content["identifiers"]} >= {"ann.lee@example.org", "ann-0001"}


def test_who_looked_is_told_with_the_names_of_staff(staff: Staff, ann: Identifier) -> None:
    staff("analyst").get(base(ann))
    page = text_of(staff("steward").get(base(ann) + "accesses/"))
    assert re.search(r"analyst-\d+ opened the profile", page)
    assert staff("steward").get(base(ann) + "accesses/", {"before": "x"}).status_code == 404
    assert staff("steward").get(base(ann) + "accesses/", {"before": str(uuid4())}).status_code == 200


def test_the_past_is_shown_as_it_was_believed(staff: Staff) -> None:
    shop = make_source()
    then = timezone.now() - timedelta(days=9)
    tell(shop, event(userId="bo-00001", context={"traits": {"firstName": "Bo"}}), received_at=then)
    tell(shop, event(1, userId="bo-00001", context={"traits": {"firstName": "Bob"}}))
    bo = Identifier.objects.get(value="bo-00001")
    client = staff("steward")
    page = text_of(client.get(base(bo), {"as_of": (then + timedelta(days=1)).date().isoformat()}))
    assert "This is what had been received and decided by the end of" in page
    assert re.search(r"First name Bo ", page)
    before = client.get(base(bo), {"as_of": (then - timedelta(days=3)).date().isoformat()})
    assert (before.status_code, "Nothing was known of this profile on that day." in page_of(before)) == (422, True)


@pytest.mark.parametrize("as_of", ["x", "2999-01-01", "0001-01-01", "9999-12-31", "\0", "2026-13-01", "1" * 9000])
def test_a_day_that_is_none_is_answered_by_a_sentence(staff: Staff, ann: Identifier, as_of: str) -> None:
    answer = staff("steward").get(base(ann), {"as_of": as_of})
    assert answer.status_code == 422
    assert re.search(r"This is no day|still to come|Nothing was known", page_of(answer))


@pytest.fixture
def busy() -> Identifier:
    """A profile with 3,000 interactions, 300 identifiers and a history of traits."""
    shop = make_source()
    tell(shop, *(event(n, userId="busy-01", anonymousId=f"browser-{n % 300:04}") for n in range(1500)))
    tell(
        shop,
        *(event(n, userId="busy-01", context={"traits": {"shirt": f"s{n}", f"t{n % 40}": n}}) for n in range(1500)),
    )
    return Identifier.objects.get(value="busy-01")


def test_each_tab_asks_few_questions_whatever_hangs_on_it(
    staff: Staff, busy: Identifier, django_assert_max_num_queries: Any
) -> None:
    client = staff("privacy_officer")
    client.get(base(busy))
    mark = re.search(r"\?of=([0-9a-f]{18})#", page_of(client.get(base(busy) + "traits/")))
    assert mark is not None
    for tab in (*TABS, f"traits/?of={mark[1]}"):
        with django_assert_max_num_queries(15):
            assert client.get(base(busy) + tab).status_code == 200, tab


def test_the_past_is_worked_out_in_a_bounded_number_of_questions(
    staff: Staff, busy: Identifier, django_assert_max_num_queries: Any
) -> None:
    client = staff("privacy_officer")
    client.get(base(busy))
    with django_assert_max_num_queries(15):
        assert client.get(base(busy), {"as_of": timezone.localdate().isoformat()}).status_code == 200


def test_no_identifier_survives_in_any_tab(staff: Staff) -> None:
    values = ["zoe.quinn@quartz.example", "zq-44170", "QUARTZ-9", "browser-zq-1"]
    traits = {
        "email": values[0], "loyalty_id": values[2], "name": f"Zoe {values[1]}", values[1]: values[0],
        "language": f"en {values[0]}", "order_count": 44170, "nested": {values[1]: [values[0], {"a": values[2]}]},
        "referrer": f"https://shop.example/?mail={values[0]}&id={values[1]}", "wishlist": [values[2], "Boots"],
    }  # fmt: skip
    tell(
        make_source(),
        event(userId=values[1], anonymousId=values[3], name=f"Bought by {values[0]}", context={"traits": traits}),
    )
    one = Identifier.objects.get(value=values[1])
    client = staff("steward")
    marks = re.findall(r"\?of=([0-9a-f]{18})#", page_of(client.get(base(one) + "traits/")))
    for tab in (*TABS, *(f"traits/?of={mark}" for mark in marks)):
        page = page_of(client.get(base(one) + tab))
        assert [value for value in values if value.casefold() in page.casefold()] == [], tab
