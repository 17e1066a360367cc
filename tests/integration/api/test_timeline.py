"""The timeline: newest first, page by page, filtered, and nobody else's."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.models import AccessLog
from profiles.models import Identifier, Source
from tests.factories.callers import Answered, Caller
from tests.factories.channels import event, make_source, tell


def timeline(service: Caller, value: str = "ann-1", **query: object) -> Answered:
    born = Identifier.objects.get(type__name="user_id", value=value).profile_id
    return service.get(f"/v1/profiles/{born}/timeline", **{"purpose": "service", **query})


def names(answered: Answered) -> list[str]:
    return [item["event"] for item in answered.content["items"]]


def test_items_say_what_happened_where_and_about_which_identifiers(service: Caller, shop: Source) -> None:
    tell(
        shop,
        event(
            7,
            name="Order Completed",
            message_id="m-1",
            userId="ann-1",
            anonymousId="browser",
            properties={"total": 3, "items": ["a"]},
            context={"traits": {"email": "nobody"}},
        ),
    )
    [item] = timeline(service).content["items"]
    assert item.pop("id")
    assert item.pop("received_at")
    assert item == {
        "message_id": "m-1",
        "source": "shop",
        "channel": "web",
        "type": "track",
        "event": "Order Completed",
        "occurred_at": "2026-01-01T00:07:00Z",
        "identifiers": [{"type": "user_id", "value": "ann-1"}, {"type": "anonymous_id", "value": "browser"}],
        "properties": {"total": 3, "items": ["a"]},
        "dropped_identifiers": [{"type": "email", "reason": "malformed"}],
        "link_quality": None,
    }


def test_pages_hold_every_interaction_once_newest_first(service: Caller, shop: Source) -> None:
    # Two anchors, and several interactions at one instant across the edge of a page.
    tell(shop, *(event(minute // 3, name=f"u{minute}", userId="ann-1", anonymousId="b") for minute in range(8)))
    tell(shop, *(event(minute // 3, name=f"a{minute}", anonymousId="b") for minute in range(8)))
    tell(shop, event(100, name="strange", userId="bob-1"))
    whole = timeline(service).content
    assert whole["next_cursor"] is None
    assert len(whole["items"]) == 16
    assert [(item["occurred_at"], item["id"]) for item in whole["items"]] == sorted(
        ((item["occurred_at"], item["id"]) for item in whole["items"]), reverse=True
    )
    for limit in (1, 3, 8, 15):
        paged: list[dict[str, object]] = []
        cursor: dict[str, str] = {}
        while True:
            page = timeline(service, limit=limit, **cursor).content
            assert 0 < len(page["items"]) <= limit
            paged += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert paged == whole["items"]


def test_filters_keep_to_a_channel_and_an_event(service: Caller, shop: Source) -> None:
    store = make_source("till", channel="store")
    tell(shop, event(1, name="Viewed", userId="ann-1"), event(2, name="Bought", userId="ann-1"))
    tell(store, event(3, name="Bought", userId="ann-1"))
    assert names(timeline(service)) == ["Bought", "Bought", "Viewed"]
    assert names(timeline(service, event="Bought")) == ["Bought", "Bought"]
    assert names(timeline(service, channel="web")) == ["Bought", "Viewed"]
    assert names(timeline(service, channel="store", event="Viewed")) == []
    assert names(timeline(service, channel="crm")) == []


def test_a_token_tied_to_channels_sees_these_alone(service: Caller, shop: Source) -> None:
    store = make_source("till", channel="store")
    tell(shop, event(1, name="Viewed", userId="ann-1"))
    tell(store, event(3, name="Bought", userId="ann-1"))
    tied = Caller("profiles:read", channels=["store"])
    assert names(timeline(tied)) == ["Bought"]
    assert names(timeline(tied, channel="store")) == ["Bought"]
    assert timeline(tied, channel="web").status == 403


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "1e2", "9" * 30, "\x00"])
def test_a_limit_out_of_range_is_refused(service: Caller, shop: Source, limit: str) -> None:
    tell(shop, event(1, userId="ann-1"))
    answered = timeline(service, limit=limit)
    assert answered.status == 400
    assert answered.content["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "!" * 40, "é", "A" * 34, "_" * 34, "9" * 600])
def test_a_cursor_that_the_service_did_not_give_out_is_refused(service: Caller, shop: Source, cursor: str) -> None:
    tell(shop, event(1, userId="ann-1"))
    assert timeline(service, cursor=cursor).status == 400


def test_a_strange_channel_or_event_is_refused_or_finds_nothing(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"))
    assert timeline(service, channel="pigeon").status == 400
    assert timeline(service, event="\x00").status == 400
    assert names(timeline(service, event="' OR 1=1 --")) == []


def test_a_timeline_is_logged_and_needs_a_purpose(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"))
    answered = timeline(service)
    row = AccessLog.objects.get()
    assert (str(row.id), row.operation, row.fields) == (answered.content["decision"]["id"], "timeline", "timeline")
    born = Identifier.objects.get().profile_id
    assert service.get(f"/v1/profiles/{born}/timeline").status == 400
    assert service.get(f"/v1/profiles/{uuid4()}/timeline", purpose="service").status == 404


def test_a_page_is_read_from_the_index_however_long_the_timeline(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", anonymousId="b"))
    anchor = Identifier.objects.get(type__name="user_id").id
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO interaction (id, source_id, message_id, type, event, anchor_id, identifier_ids, occurred_at,
                received_at, verified, linkable, dialect, context, payload, dropped_identifiers, warnings)
            SELECT gen_random_uuid(), %s, n::text, 'track', 'Seen', %s, ARRAY[%s], now() - n * interval '1 minute',
                now(), true, true, 'segment', '{}', '{}', '[]', '{}'
            FROM generate_series(1, 20000) AS n
            """,
            [shop.pk, anchor, anchor],
        )
        cursor.execute("ANALYZE interaction")
    with CaptureQueriesContext(connection) as queries:
        first = timeline(service, limit=50).content
        second = timeline(service, limit=50, cursor=first["next_cursor"]).content
    assert len({item["id"] for item in first["items"] + second["items"]}) == 100
    pages = [query["sql"] for query in queries if "LATERAL" in query["sql"]]
    assert len(pages) == 2
    with connection.cursor() as cursor:
        for page in pages:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {page}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Index Only Scan using interaction_timeline" in plan, plan
            assert "Seq Scan on interaction" not in plan
            assert "rows=20000" not in plan
