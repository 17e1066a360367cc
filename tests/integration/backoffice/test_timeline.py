"""The timeline tab: what happened to whom, in order, sought, and nobody else's."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.models import AccessLog
from profiles.models import Identifier, Interaction, Source
from tests.factories.channels import START, event, make_source, tell
from tests.factories.pages import text_of

Staff = Callable[[str], Client]


@pytest.fixture
def shop(db: None) -> Source:
    return make_source()


def profile_of(value: str = "ann-1") -> str:
    """The path of the timeline of whoever has this identifier."""
    found = Identifier.objects.get(value=value)
    root = Identifier.objects.get(id=found.root_id)
    return f"/backoffice/profiles/{root.profile_id}/timeline/"


def happened(answer: Any) -> list[str]:
    """The interactions of a page, in its order, in words."""
    return [unescape(one) for one in re.findall(r"data-opens>([^<]+)<", answer.content.decode())]


def test_interactions_stand_newest_first_under_their_days(staff: Staff, shop: Source) -> None:
    tell(
        shop,
        event(1, name="Signed Up", userId="ann-1"),
        event(60 * 24, name="Product Viewed", userId="ann-1"),
        event(60 * 24 + 5, name="Order Completed", userId="ann-1", properties={"revenue": 59.9, "currency": "eur"}),
    )
    answer = staff("analyst").get(profile_of())
    assert answer.status_code == 200
    assert happened(answer) == ["Completed an order", "Viewed a product", "Signed up"]
    said = text_of(answer)
    assert said.index("Friday, 2 January 2026") < said.index("Completed an order") < said.index("Viewed a product")
    assert said.index("Viewed a product") < said.index("Thursday, 1 January 2026") < said.index("Signed up")
    assert "59.90 EUR" in said
    assert "This is the beginning." in said


def test_days_and_times_are_those_of_the_reader(staff: Staff, shop: Source) -> None:
    tell(shop, event(60 * 24 - 30, name="Late in the evening", userId="ann-1"))
    reader = staff("analyst")
    reader.cookies["time_zone"] = "Asia/Tokyo"
    said = text_of(reader.get(profile_of()))
    assert "Friday, 2 January 2026" in said
    assert "08:30:00" in said


def test_pages_hold_each_interaction_once_in_both_directions(staff: Staff, shop: Source) -> None:
    # Many at one instant, so that the edge of a page lies among equals.
    tell(shop, *(event(n // 40, name=f"number {n}", userId="ann-1") for n in range(130)))
    reader = staff("analyst")
    path = profile_of()
    pages = [reader.get(path)]
    while link := re.search(r'href="(\?earlier=[^"]+)"', pages[-1].content.decode()):
        pages.append(reader.get(path + unescape(link[1])))
    down = [happened(page) for page in pages]
    assert [len(one) for one in down] == [50, 50, 30]
    assert len({name for page in down for name in page}) == 130
    link = re.search(r'href="(\?later=[^"]+)"', pages[-1].content.decode())
    assert link is not None
    assert happened(reader.get(path + link[1])) == down[1]


def test_a_page_without_a_whole_document_is_answered_to_htmx(staff: Staff, shop: Source) -> None:
    tell(shop, *(event(n, name=f"number {n}", userId="ann-1") for n in range(60)))
    reader = staff("analyst")
    link = re.search(r'href="(\?earlier=[^"]+)"', reader.get(profile_of()).content.decode())
    assert link is not None
    answer = reader.get(profile_of() + link[1], headers={"HX-Request": "true"})
    assert len(happened(answer)) == 10
    assert "<html" not in answer.content.decode()
    assert "(continued)" in text_of(answer)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("channel=store", ["Bought"]),
        ("channel=crm", []),
        ("type=page", ["Viewed the page “Home”"]),
        ("event=Bought", ["Bought", "Bought"]),
        ("event=bought", []),
        ("text=OUGH", ["Bought", "Bought"]),
        ("text=%25", []),
        ("from=2026-01-02", ["Bought", "Seen"]),
        ("to=2026-01-01", ["Viewed the page “Home”", "Bought"]),
        ("from=2026-01-02&to=2026-01-02&event=Bought", ["Bought"]),
        ("day=2026-01-01", ["Viewed the page “Home”", "Bought"]),
        ("day=2025-12-31", []),
    ],
)
def test_filters_pick_by_channel_type_name_and_day(staff: Staff, shop: Source, query: str, names: list[str]) -> None:
    till = make_source("till", channel="store")
    tell(shop, event(1, name="Bought", userId="ann-1"), event(60 * 24 + 1, name="Seen", userId="ann-1"))
    tell(shop, {**event(2, userId="ann-1"), "type": "page", "name": "Home"})
    tell(till, event(60 * 24 + 2, name="Bought", userId="ann-1"))
    answer = staff("analyst").get(f"{profile_of()}?{query}")
    assert answer.status_code == 200
    assert happened(answer) == names


def test_a_rare_event_is_looked_for_step_by_step(staff: Staff, shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.journey.pages.MOST_LOOKED", 10)
    names = ["Rare", *["Common"] * 25]
    tell(shop, *(event(n, name=name, userId="ann-1") for n, name in enumerate(names)))
    reader = staff("analyst")
    answer = reader.get(f"{profile_of()}?event=Rare")
    steps = 0
    while not happened(answer):
        assert "Looked through many interactions" in text_of(answer)
        link = re.search(r'href="(\?event=Rare&amp;earlier=[^"]+)"', answer.content.decode())
        assert link is not None
        answer = reader.get(profile_of() + unescape(link[1]))
        steps += 1
    assert (steps, happened(answer)) == (2, ["Rare"])


def test_interactions_of_one_former_profile_can_be_seen_alone(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="As a stranger", anonymousId="browser-1"))
    tell(shop, event(2, name="As Ann", userId="ann-1", anonymousId="browser-1"))
    answer = staff("analyst").get(profile_of())
    assert happened(answer) == ["As Ann", "As a stranger"]
    browser = Identifier.objects.get(value="browser-1")
    alone = staff("analyst").get(f"{profile_of()}?identifier={browser.id}")
    assert happened(alone) == ["As a stranger"]
    ann = Identifier.objects.get(value="ann-1")
    assert "from a former profile" in text_of(staff("analyst").get(f"{profile_of()}?identifier={ann.id}"))


def test_what_came_late_or_from_a_wrong_clock_says_so(staff: Staff, shop: Source) -> None:
    came = START + timedelta(days=3)
    tell(shop, event(0, name="Late", userId="ann-1"), received_at=came)
    tell(shop, event(0, name="In time", userId="ann-1"), received_at=START + timedelta(minutes=1))
    ahead = (came + timedelta(hours=2)).isoformat()
    sent = (came + timedelta(hours=2, minutes=1)).isoformat()
    tell(shop, {**event(0, name="Ahead", userId="ann-1"), "timestamp": ahead}, received_at=came)
    tell(
        shop,
        {**event(0, name="Skewed", userId="ann-1"), "timestamp": ahead, "sentAt": sent},
        received_at=came,
    )
    answer = staff("analyst").get(profile_of())
    rows = dict(rows_of(answer))
    assert "Arrived 3 days late" in rows["Late"]
    assert "late" not in rows["In time"]
    assert "Named a time 2 hours after it came" in rows["Ahead"]
    assert "Clock put back by 2 hours" in rows["Skewed"]
    assert all(one.occurred_at <= one.received_at for one in Interaction.objects.all())


def rows_of(answer: Any) -> list[tuple[str, str]]:
    """Each interaction of a page: what it is called, and all its words."""
    parts = re.split(r'<li class="happening', answer.content.decode())[1:]
    return [(unescape(re.findall(r"data-opens>([^<]+)<", one)[0]), re.sub(r"<[^>]+>", " ", one)) for one in parts]


def test_what_an_event_refuses_stands_beside_it(staff: Staff, shop: Source) -> None:
    def stamp(**said: bool) -> dict[str, Any]:
        return {"consent": {"categoryPreferences": said}}

    tell(
        shop,
        event(1, name="Silent", userId="ann-1"),
        event(2, name="Refuses", userId="ann-1", context=stamp(personalisation=False)),
        event(3, name="Unreadable", userId="ann-1", context={"consent": "odd"}),
        event(4, name="Alone", userId="ann-1", anonymousId="b", context=stamp(unification=False)),
    )
    rows = dict(rows_of(staff("analyst").get(profile_of())))
    assert "This event refuses personalisation" in rows["Refuses"]
    assert "Its consent cannot be read" in rows["Unreadable"]
    assert "Joins nobody" in rows["Alone"]
    assert "refuses" not in rows["Silent"]


def test_values_are_masked_until_they_are_revealed(staff: Staff, shop: Source) -> None:
    seen: dict[str, Any] = {"userId": "ann-1", "context": {"traits": {"email": "ann@example.org"}}}
    tell(shop, event(1, name="Wrote to ann@example.org", **seen))
    reader = staff("steward")
    item = Interaction.objects.get()
    for path in (profile_of(), f"{profile_of()}{item.id}/"):
        body = reader.get(path).content.decode()
        assert "ann@example.org" not in body
        assert "ann-1" not in body
    session = reader.session
    session["revealed"] = {profile_of().split("/")[3]: datetime.now(UTC).timestamp() + 600}
    session.save()
    body = reader.get(f"{profile_of()}{item.id}/").content.decode()
    assert "ann@example.org" in body


def test_each_look_is_logged_before_it_is_answered(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"))
    reader = staff("analyst")
    reader.get(profile_of())
    reader.get(f"{profile_of()}{Interaction.objects.get().id}/")
    assert [(row.operation, row.fields) for row in AccessLog.objects.all()] == [
        ("staff.timeline", "interactions,identifiers")
    ] * 2


@pytest.mark.parametrize(
    "query",
    [
        "channel=pigeon",
        "type=%00",
        "text=%00",
        "event=" + "x" * 5000,
        "from=yesterday",
        "from=0000-01-01",
        "from=2026-02-30",
        "from=2026-03-02&to=2026-03-01",
        "to=9999-99-99",
        "identifier=1e9",
        "identifier=-1",
        "identifier=99999999999999999999",
        "earlier=AAAA",
        "earlier=%C3%A9",
        "later=" + "_" * 34,
        "day=now",
    ],
)
def test_a_strange_question_is_answered_with_a_sentence(staff: Staff, shop: Source, query: str) -> None:
    tell(shop, event(1, userId="ann-1"))
    answer = staff("analyst").get(f"{profile_of()}?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["from=0001-01-01", "to=9999-12-31", "from=0001-01-01&to=9999-12-31", "day=9999-12-31", "text=%ED%A0%80"]
)
def test_what_lies_at_the_ends_of_what_can_be_asked_is_answered(staff: Staff, shop: Source, query: str) -> None:
    tell(shop, event(1, userId="ann-1"))
    assert staff("analyst").get(f"{profile_of()}?{query}").status_code == 200


def test_an_identifier_of_somebody_else_opens_nothing(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"), event(2, name="Of Bob", userId="bob-1"))
    bob = Identifier.objects.get(value="bob-1")
    answer = staff("analyst").get(f"{profile_of()}?identifier={bob.id}")
    assert answer.status_code == 400
    assert "This profile has no such identifier." in text_of(answer)
    of_bob = Interaction.objects.get(event="Of Bob")
    assert staff("analyst").get(f"{profile_of()}{of_bob.id}/").status_code == 404
    assert staff("analyst").get(f"{profile_of()}{uuid4()}/").status_code == 404
    assert staff("analyst").get(f"/backoffice/profiles/{uuid4()}/timeline/").status_code == 404


def test_those_without_the_right_read_nothing(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Secret", userId="ann-1"))
    for path in (profile_of(), f"{profile_of()}{Interaction.objects.get().id}/"):
        answer = staff("operator").get(path)
        assert answer.status_code == 403
        assert "Secret" not in text_of(answer)
        assert Client().get(path).status_code == 302


def test_each_screen_needs_few_queries(
    staff: Staff, shop: Source, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    till = make_source("till", channel="store")
    for device in range(8):
        tell(shop, *(event(device * 40 + n, userId="ann-1", anonymousId=f"b{device}") for n in range(10)))
        tell(till, event(device * 50, name="Bought", anonymousId=f"b{device}", userId="ann-1"))
    tell(shop, event(5, name="Alone", anonymousId="b3"))
    reader = staff("steward")
    reader.get(profile_of())
    path = profile_of()
    hung = Interaction.objects.get(event="Alone").id
    for query in ("", "?event=Bought&channel=store", "?from=2026-01-01&to=2026-01-02", f"{hung}/"):
        with django_assert_max_num_queries(15):
            assert reader.get(path + query).status_code == 200
