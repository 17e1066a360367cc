"""The timeline: newest first, page by page, filtered, and nobody else's."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.models import AccessLog
from profiles.models import Identifier, Source
from tests.factories.callers import Answered, Caller
from tests.factories.channels import START, event, make_source, tell
from tests.factories.decisions import decide, decision
from tests.factories.shipped import restore_shipped


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


def stamp(**said: bool) -> dict[str, object]:
    return {"consent": {"categoryPreferences": said}}


def test_an_interaction_is_shown_only_for_what_its_own_stamp_grants(service: Caller, shop: Source) -> None:
    tell(
        shop,
        event(1, name="silent", userId="ann-1"),
        event(2, name="granted", userId="ann-1", context=stamp(analytics=True, ads=False)),
        event(3, name="refused", userId="ann-1", context=stamp(analytics=False)),
        event(4, name="another", userId="ann-1", context=stamp(ads=True)),
        event(5, name="empty", userId="ann-1", context=stamp()),
        event(6, name="unreadable", userId="ann-1", context={"consent": "odd"}),
        event(7, name="gpc", userId="ann-1", context={"gpc": True}),
        event(8, name="last", userId="ann-1", context=stamp(analytics=True)),
    )
    assert names(timeline(service, purpose="analytics")) == ["last", "gpc", "granted", "silent"]
    everything = ["last", "gpc", "unreadable", "empty", "another", "refused", "granted", "silent"]
    assert names(timeline(service)) == everything
    assert names(timeline(service, purpose="security")) == everything


def test_an_interaction_that_refused_a_purpose_is_not_shown_for_it_though_it_needs_no_consent(
    service: Caller, shop: Source
) -> None:
    tell(
        shop,
        event(1, name="refused", userId="ann-1", context=stamp(security=False)),
        event(2, name="allowed", userId="ann-1", context=stamp(security=True)),
        event(3, name="another", userId="ann-1", context=stamp(ads=False)),
    )
    assert names(timeline(service, purpose="security")) == ["another", "allowed"]
    assert names(timeline(service)) == ["another", "allowed", "refused"]


def test_a_browsers_opt_out_of_sale_takes_its_interaction_out_for_that_purpose(service: Caller, shop: Source) -> None:
    tell(shop, event(1, name="gpc", userId="ann-1", context={"gpc": True}), event(2, name="bare", userId="ann-1"))
    decide(
        decision(Identifier.objects.get().id, "ads.sale_share", "ConsentGiven", START.replace(hour=5)),
    )
    assert names(timeline(service, purpose="ads.sale_share")) == ["bare"]


def test_pages_go_on_past_what_may_not_be_shown(service: Caller, shop: Source) -> None:
    tell(
        shop,
        *(
            event(minute, name=f"e{minute}", userId="ann-1", context=stamp(analytics=minute % 3 == 0))
            for minute in range(40)
        ),
    )
    grant_all = event(50, name="now", userId="ann-1", context=stamp(analytics=True))
    tell(shop, grant_all)
    expected = ["now", *(f"e{minute}" for minute in range(39, -1, -3))]
    for limit in (1, 2, 3, 4, 7, 13, 14, 15, 40, 41, 200):
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = timeline(service, purpose="analytics", limit=limit, **cursor)
            assert len(names(page)) <= limit
            found += names(page)
            if page.content["next_cursor"] is None:
                break
            cursor = {"cursor": page.content["next_cursor"]}
        assert found == expected, limit


def test_a_page_looks_at_a_bounded_number_of_interactions(service: Caller, shop: Source) -> None:
    refused = [event(10 + n, name=f"no{n}", userId="ann-1", context=stamp(analytics=False)) for n in range(170)]
    tell(shop, event(1, name="yes", userId="ann-1"), *refused)
    decide(decision(Identifier.objects.get().id, "analytics", "ConsentGiven", START.replace(hour=5)))
    with CaptureQueriesContext(connection) as queries:
        first = timeline(service, purpose="analytics", limit=5)
    assert names(first) == []
    assert first.content["next_cursor"] is not None
    assert len([query for query in queries if "LATERAL" in query["sql"]]) == 4
    second = timeline(service, purpose="analytics", limit=5, cursor=first.content["next_cursor"])
    assert (names(second), second.content["next_cursor"]) == (["yes"], None)


def test_filters_hold_on_every_page_that_is_looked_at(service: Caller, shop: Source) -> None:
    till = make_source("till", channel="store")
    for minute in range(12):
        context = stamp(analytics=minute in (0, 1, 11))
        tell(till if minute % 2 else shop, event(minute, name=f"e{minute}", userId="ann-1", context=context))
    assert names(timeline(service, purpose="analytics", limit=2)) == ["e11", "e1"]
    assert names(timeline(service, purpose="analytics", limit=2, channel="store")) == ["e11", "e1"]
    decide(decision(Identifier.objects.get().id, "analytics", "ConsentGiven", START.replace(hour=5)))
    assert names(timeline(service, purpose="analytics", limit=2, channel="web")) == ["e0"]


def test_a_purpose_that_may_not_see_what_people_do_gets_no_timeline(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"))
    refused = timeline(service, purpose="unification")
    assert refused.status == 403
    assert refused.content["detail"] == (
        "This purpose may not see what people do: `behaviour` is not among its data categories."
    )
    born = Identifier.objects.get().profile_id
    [row] = AccessLog.objects.all()
    assert (row.operation, row.profile_id, row.purpose, row.allowed, row.fields) == (
        "timeline",
        born,
        "unification",
        False,
        "",
    )
    assert service.get(f"/v1/profiles/{uuid4()}/timeline", purpose="unification").status == 404


@pytest.mark.django_db(transaction=True)
def test_the_refusal_is_logged_where_the_read_itself_may_not_write(service: Caller, shop: Source) -> None:
    restore_shipped()
    tell(shop, event(1, userId="ann-1"))
    assert timeline(service, purpose="unification").status == 403
    assert AccessLog.objects.get().allowed is False


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
