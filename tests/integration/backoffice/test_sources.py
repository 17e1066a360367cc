"""Sources as staff see and run them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from consent.models import AccessLog
from profiles.configuration import configuration
from profiles.credentials import digest_of
from profiles.models import Inbox, Quarantine, Source, SourceKey
from profiles.sources import fields_of
from tests.factories.channels import accept, event, make_source, work
from tests.factories.minutes import keep, minute_of, sending
from tests.integration.api.conftest import default_types, unseen_configuration
from tests.integration.backoffice.conftest import Staff

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]

BROKEN = {"type": "track", "properties": {"email": "ann@example.org"}}
MINUTE = timedelta(minutes=1)
NEW = {
    "name": "till",
    "channel": "store",
    "trust": "server",
    "region": "DE",
    "rank": "7",
    "rate_limit": "",
    "mappings": "traits.member_no = crm_id",
    "consent_categories": "",
    "signing_secret": "keep",
}


def path(source: Source, end: str = "") -> str:
    return f"/backoffice/sources/{source.pk}/{end}"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def events_in(answer: Any) -> list[dict[str, Any]]:
    """The events of a stream, without its counts."""
    parts = answer.content.decode().split("\n\n")
    lines = [dict(line.split(": ", 1) for line in part.splitlines()) for part in parts if part]
    return [json.loads(one["data"]) for one in lines if one.get("event") == "event"]


@pytest.fixture
def operator(staff: Staff) -> Client:
    return staff("operator")


def test_the_list_says_how_each_source_is(operator: Client) -> None:
    now = datetime.now(UTC)
    well, silent, confused = make_source("web shop"), make_source("till", channel="store"), make_source("app")
    sending(well, now, minutes=60)
    sending(silent, now - timedelta(hours=2), minutes=60)
    sending(confused, now, minutes=20, quarantined=3)
    shown = text_of(operator.get("/backoffice/sources/"))
    assert "2 sources need attention" in shown
    assert shown.index(">app<") < shown.index(">till<") < shown.index(">web shop<")
    for word in ("Silent", "Not understood", "Well", "From sources to profiles"):
        assert word in shown


def test_a_new_source_is_told_from_one_of_which_nothing_is_known_any_more(operator: Client) -> None:
    shop = make_source()
    assert "never" in text_of(operator.get("/backoffice/sources/"))
    assert "All is well" not in text_of(operator.get(path(shop)))
    Source.objects.update(created_at=datetime.now(UTC) - timedelta(days=30))
    assert "not in 8 days" in text_of(operator.get("/backoffice/sources/"))
    assert "Nothing has come within 8 days" in text_of(operator.get(path(shop)))


def test_an_empty_list_says_what_to_do(operator: Client, staff: Staff) -> None:
    assert "Make the first source" in text_of(operator.get("/backoffice/sources/"))
    seen = text_of(staff("analyst").get("/backoffice/sources/"))
    assert "Nothing sends events yet" in seen
    assert "Make the first source" not in seen


@pytest.mark.parametrize(
    "end", ["", "live/", "live/stream/", "quarantine/", "settings/", "keys/", "connect/", "arrived/"]
)
def test_whoever_may_see_sources_sees_each_screen_and_others_do_not(staff: Staff, end: str) -> None:
    shop = make_source()
    for role, status in (("analyst", 200), ("auditor", 200), ("steward", 200), ("privacy_officer", 403)):
        assert staff(role).get(path(shop, end)).status_code == status, role


@pytest.mark.parametrize("end", ["settings/change/", "keys/rotate/", "keys/revoke/", "quarantine/replay/"])
def test_only_who_runs_sources_may_change_them(staff: Staff, end: str) -> None:
    shop = make_source()
    for role in ("analyst", "auditor", "steward", "privacy_officer"):
        assert staff(role).post(path(shop, end)).status_code == 403, role
    assert staff("steward").get("/backoffice/sources/new/").status_code == 403


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999"])
@pytest.mark.parametrize(
    "end", ["", "live/", "live/stream/", "quarantine/", "settings/", "keys/", "connect/", "arrived/"]
)
def test_a_source_that_is_not_there_is_said_not_to_be(operator: Client, number: str, end: str) -> None:
    assert operator.get(f"/backoffice/sources/{number}/{end}").status_code == 404


def test_the_health_of_a_source_is_said_in_sentences(operator: Client) -> None:
    now = datetime.now(UTC)
    shop = make_source()
    sending(shop, now - timedelta(hours=3), minutes=60)
    SourceKey.objects.update(expires_at=now + timedelta(days=2))
    shown = text_of(operator.get(path(shop)))
    assert "Nothing has come since" in shown
    assert "Its last key ends on" in shown
    for period in ("hour", "day", "week", "x"):
        assert operator.get(path(shop), {"period": period}).status_code == 200
    assert "course-data" in text_of(operator.get(path(shop), {"period": "day"}))


def test_a_new_source_shows_its_key_once_in_code_that_is_ready(operator: Client) -> None:
    shown = text_of(operator.post("/backoffice/sources/new/", NEW, follow=True))
    [key] = SourceKey.objects.all()
    written = shown.split('<code class="key">')[1].split("<")[0]
    assert digest_of(written) == bytes(key.digest)
    assert f"writeKey: &#x27;{written}&#x27;" in shown
    row = Source.objects.get()
    assert (row.name, row.channel, row.region, row.rank, row.mappings) == (
        "till", "store", "DE", 7, {"traits.member_no": "crm_id"},
    )  # fmt: skip
    again = text_of(operator.get(path(row, "connect/")))
    assert written not in again
    assert "writeKey: &#x27;WRITE_KEY&#x27;" in again
    assert "http://testserver/v1/track" in again


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a/b"),
        ("name", "rectification"),
        ("channel", "pigeon"),
        ("trust", "nobody"),
        ("region", "ZZ"),
        ("rank", "0"),
        ("rank", "seven"),
        ("rank", "99999999999"),
        ("rate_limit", "-1"),
        ("mappings", "no equals sign"),
        ("mappings", "traits.x = no_such_type"),
        ("consent_categories", "C1 = no_such_purpose"),
        ("consent_categories", "= marketing"),
        ("name", "x\x00y"),
        ("mappings", "x" * 1_000_000),
    ],
)
def test_what_cannot_be_is_said_at_its_field(operator: Client, field: str, value: str) -> None:
    answer = operator.post("/backoffice/sources/new/", {**NEW, field: value})
    assert answer.status_code == 422
    assert 'class="wrong"' in text_of(answer)
    assert not Source.objects.exists()


def test_a_name_that_is_taken_is_said_to_be(operator: Client) -> None:
    make_source("till")
    answer = operator.post("/backoffice/sources/new/", NEW)
    assert answer.status_code == 422
    assert "There is a source of this name already" in text_of(answer)


def test_settings_are_saved_and_taken_back(operator: Client) -> None:
    shop = make_source("till", channel="web")
    before = fields_of(shop)
    answer = operator.post(path(shop, "settings/change/"), {**NEW, "rate_limit": "50"}, follow=True)
    assert "saved and in force" in text_of(answer)
    shop.refresh_from_db()
    assert (shop.channel, shop.rate_limit) == ("store", 50)
    token = answer.content.decode().split('name="token" value="')[1].split('"')[0]
    undone = operator.post("/backoffice/undo/", {"token": token, "next": path(shop, "settings/")}, follow=True)
    assert "as they were before" in text_of(undone)
    shop.refresh_from_db()
    assert fields_of(shop) == before


def test_a_change_that_reads_the_past_otherwise_says_so(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.identity import rebuild

    monkeypatch.setattr(rebuild, "apply_async", lambda **_: None)
    shop = make_source("till")
    accept(shop, event(userId="ann"))
    work()
    answer = operator.post(path(shop, "settings/change/"), NEW, follow=True)
    assert "all profiles are being recomputed" in text_of(answer)


def test_a_refused_setting_leaves_the_source_as_it_was(operator: Client) -> None:
    shop = make_source("till", channel="web")
    answer = operator.post(path(shop, "settings/change/"), {**NEW, "region": "ZZ"})
    assert answer.status_code == 422
    assert "A region is a country" in text_of(answer)
    shop.refresh_from_db()
    assert shop.channel == "web"


def test_a_rule_for_a_denied_purpose_is_set(operator: Client) -> None:
    shop = make_source("till")
    operator.post(path(shop, "settings/change/"), {**NEW, "rule:analytics": "drop_event", "rule:x": "drop_event"})
    shop.refresh_from_db()
    assert shop.consent_rules == {"analytics": "drop_event"}


def test_a_rotated_key_is_shown_once_and_the_old_one_stays_good_for_a_while(operator: Client) -> None:
    shop = make_source()
    shown = text_of(operator.post(path(shop, "keys/rotate/"), {"overlap": "3600"}, follow=True))
    new = shown.split('<code class="key">')[1].split("<")[0]
    assert digest_of(new) in configuration().keys
    old = SourceKey.objects.order_by("id").first()
    assert old is not None
    assert old.expires_at is not None
    assert timedelta(minutes=59) < old.expires_at - datetime.now(UTC) <= timedelta(hours=1)
    assert new not in text_of(operator.get(path(shop, "keys/")))


@pytest.mark.parametrize("overlap", ["", "5", "x", "99999999999999"])
def test_an_overlap_that_is_not_offered_is_refused(operator: Client, overlap: str) -> None:
    shop = make_source()
    assert operator.post(path(shop, "keys/rotate/"), {"overlap": overlap}).status_code == 422
    assert SourceKey.objects.count() == 1


def test_a_key_is_revoked_once_the_name_was_typed(operator: Client) -> None:
    shop = make_source("web shop")
    key = SourceKey.objects.get()
    refused = operator.post(path(shop, "keys/revoke/"), {"key": key.pk, "confirm": "web"})
    assert refused.status_code == 422
    assert "Type the name of the source" in text_of(refused)
    assert operator.post(path(shop, "keys/revoke/"), {"key": key.pk, "confirm": " Web Shop "}).status_code == 303
    key.refresh_from_db()
    assert key.revoked_at is not None
    again = operator.post(path(shop, "keys/revoke/"), {"key": key.pk, "confirm": "web shop"}, follow=True)
    assert "This key was over already" in text_of(again)


def test_a_key_of_another_source_is_not_revoked(operator: Client) -> None:
    shop, other = make_source("shop"), make_source("other")
    key = SourceKey.objects.get(source=other)
    operator.post(path(shop, "keys/revoke/"), {"key": key.pk, "confirm": "shop"})
    key.refresh_from_db()
    assert key.revoked_at is None


def test_a_source_is_disabled_and_brought_back(operator: Client) -> None:
    shop = make_source("shop")
    operator.post(path(shop, "keys/revoke/"), {"key": "all", "confirm": "shop"})
    shop.refresh_from_db()
    assert shop.disabled_at is not None
    assert "A new key brings it back to life" in text_of(operator.get(path(shop)))
    operator.post(path(shop, "keys/rotate/"), {"overlap": "0"})
    shop.refresh_from_db()
    assert shop.disabled_at is None


def test_the_quarantine_shows_reasons_with_masked_samples(operator: Client) -> None:
    shop = make_source()
    accept(shop, BROKEN, BROKEN)
    accept(make_source("other"), {"type": "identify", "traits": []})
    work()
    shown = text_of(operator.get(path(shop, "quarantine/")))
    assert "Try all of them again" in shown
    assert "ann@example.org" not in shown
    assert "a••@e••.org" in shown
    assert AccessLog.objects.filter(operation="staff.quarantine").count() == 1


HOSTILE = (
    b'{"type": "tr\\u0000ack\\ud800", "\\udfff": "\\ud800"}',
    b'{"type": "<img src=x onerror=alert(1)>", "x": NaN, "n": ' + b"9" * 5_000 + b"}",
    b"[" * 5_000,
    b'{"a":' * 150 + b"1" + b"}" * 150,
    b"\xff\xfe\x00<script>alert(1)</script>",
    b"",
)


@pytest.mark.parametrize("body", HOSTILE, ids=["surrogates", "markup", "endless", "deep", "bytes", "nothing"])
@pytest.mark.parametrize("shown", ["0", "1"])
def test_whatever_a_client_sends_can_be_looked_at(staff: Staff, body: bytes, shown: str) -> None:
    steward, shop = staff("administrator"), make_source()
    row = {"received_at": datetime.now(UTC), "dialect": "segment", "context": {}, "reason": "<b>Odd</b>"}
    Quarantine.objects.create(source=shop, body=body, **row)
    steward.post(path(shop, "live/reveal/"), {"shown": shown})
    for end in ("quarantine/", "live/", "live/stream/"):
        answer = steward.get(path(shop, end))
        assert answer.status_code == 200
        for tag in ("<script>alert", "<img src=x", "<b>Odd"):
            assert tag not in answer.content.decode()


def test_an_identifier_where_the_kind_of_event_should_stand_is_masked(operator: Client) -> None:
    shop = make_source()
    accept(shop, {"type": "ann@example.org", "event": "ann@example.org bought", "timestamp": "2026-03-01T12:00:00Z"})
    accept(shop, event(userId="u", name="Mail to ann@example.org"))
    work()
    for end in ("quarantine/", "live/", "live/stream/"):
        shown = operator.get(path(shop, end)).content.decode()
        assert "ann@example.org" not in shown
        assert "2026-03-01T12:00:00Z" in shown


def test_reasons_are_said_in_the_reader_s_language_and_found_by_it(operator: Client) -> None:
    shop = make_source()
    accept(shop, BROKEN, event(userId="u", phone="x", context={"externalIds": [{"id": "x", "type": "no_such"}]}))
    work()
    german = {"accept-language": "de"}
    assert "Das track-Ereignis hat keinen Namen" in text_of(operator.get(path(shop, "quarantine/"), headers=german))
    live = text_of(operator.get(path(shop, "live/"), {"find": "keinen Namen"}, headers=german))
    assert "Das track-Ereignis hat keinen Namen" in live
    assert "The track event has no name" not in live


def test_what_waits_for_a_restriction_shows_nothing_and_is_not_tried_again(operator: Client) -> None:
    from profiles.models import Identifier

    shop = make_source()
    accept(shop, event(userId="ann"))
    work()
    held = Identifier.objects.get()
    row = {"received_at": datetime.now(UTC), "dialect": "segment", "context": {}, "reason": "Restricted."}
    Quarantine.objects.create(source=shop, body=b'{"secret": "ann-body"}', held_for=held.pk, **row)
    shown = text_of(operator.get(path(shop, "quarantine/")))
    assert "have" in shown or "has their processing restricted" in shown
    assert "ann-body" not in shown
    assert "s••" not in shown
    sent = {"reason": "Restricted.", "up_to": 2**40, "done": 0}
    operator.post(path(shop, "quarantine/replay/"), sent)
    assert Quarantine.objects.count() == 1


def test_all_of_a_reason_are_tried_again_piece_by_piece(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.intake.quarantine_groups.AT_ONCE", 2)
    monkeypatch.setattr("cxprofiles.backoffice.sources.quarantine.ring", lambda: True)
    shop = make_source()
    accept(shop, BROKEN, BROKEN, BROKEN)
    work()
    last = Quarantine.objects.order_by("-id")[0]
    sent = {"reason": last.reason, "up_to": last.pk, "done": 0}
    first = operator.post(path(shop, "quarantine/replay/"), sent)
    assert "2 events are on their way" in text_of(first)
    assert (Quarantine.objects.count(), Inbox.objects.count()) == (1, 2)
    second = operator.post(path(shop, "quarantine/replay/"), {**sent, "done": 2}, follow=True)
    assert "3 events are being tried again" in text_of(second)
    work()
    assert Quarantine.objects.count() == 3
    assert "0 events are being tried again" in text_of(
        operator.post(path(shop, "quarantine/replay/"), sent, follow=True)
    )


def test_one_event_is_tried_again_and_one_of_another_source_is_not(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxprofiles.backoffice.sources.quarantine.ring", lambda: True)
    shop, other = make_source("shop"), make_source("other")
    accept(shop, BROKEN)
    work()
    number = Quarantine.objects.get().pk
    answer = operator.post(path(other, "quarantine/replay/"), {"event": number}, follow=True)
    assert "no longer in quarantine" in text_of(answer)
    operator.post(path(shop, "quarantine/replay/"), {"event": number})
    assert (Quarantine.objects.count(), Inbox.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"event": "x"},
        {"event": "9" * 400},
        {"reason": "a\x00b", "up_to": "1"},
        {"reason": "x" * 1_000_000},
        {"reason": "x", "up_to": "-1", "done": "9" * 18},
    ],
)
def test_a_hostile_replay_is_a_sentence(operator: Client, sent: dict[str, str]) -> None:
    assert operator.post(path(make_source(), "quarantine/replay/"), sent).status_code in (303, 422)


def test_the_last_events_are_shown_masked_and_what_came_before_is_not_sent_again(staff: Staff) -> None:
    shop = make_source()
    accept(shop, event(userId="ann-user-1", name="Bought", context={"traits": {"email": "ann@example.org"}}), BROKEN)
    work()
    analyst = staff("analyst")
    shown = text_of(analyst.get(path(shop, "live/")))
    assert "Bought" in shown
    assert "The track event has no name" in shown
    assert "ann@example.org" not in shown
    assert "ann-user-1" not in shown
    stream = analyst.get(path(shop, "live/stream/"))
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert stream.content.startswith(b"retry: 1500\n\n")
    assert len(events_in(stream)) == 2
    place = stream.content.decode().split("id: ")[1].split("\n")[0]
    later = int(place) + 60_000_000
    assert events_in(analyst.get(path(shop, "live/stream/"), headers={"Last-Event-ID": str(later)})) == []


def test_a_stream_that_is_refused_says_so_as_an_event_and_holds_nothing(operator: Client, staff: Staff) -> None:
    shop = make_source()
    accept(shop, event(userId="ann", name="Seen by staff"))
    work()
    headers = {"accept": "text/event-stream"}
    for client, word in ((Client(), "signed-out"), (staff("privacy_officer"), "over")):
        answer = client.get(path(shop, "live/stream/"), headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
        assert f"event: {word}\n" in answer.content.decode()
        assert events_in(answer) == []
        assert "Seen by staff" not in answer.content.decode()
    assert "event: over\n" in operator.get("/backoffice/sources/0/live/stream/", headers=headers).content.decode()


def test_the_last_events_are_found_by_what_they_are(operator: Client) -> None:
    shop = make_source()
    accept(shop, event(userId="ann", name="Bought"), event(userId="ann", name="Seen"), BROKEN)
    work()
    answers = {
        "find=bough": ["Bought"],
        "kind=quarantined": [],
        "kind=stored": ["Bought", "Seen"],
        "find=no+such": [],
        "kind=x&find=SEEN": ["Seen"],
    }
    for query, expected in answers.items():
        shown = text_of(operator.get(f"{path(shop, 'live/')}?{query}"))
        assert [name for name in ("Bought", "Seen") if f"<strong>{name}</strong>" in shown] == expected


@pytest.mark.parametrize("place", ["", "x", "-1", "9" * 16, "9" * 5000, "٣", "0"])
def test_a_place_that_cannot_be_read_is_no_place(operator: Client, place: str) -> None:
    shop = make_source()
    assert operator.get(path(shop, "live/stream/"), headers={"Last-Event-ID": place}).status_code == 200
    assert operator.get(path(shop, "arrived/"), {"since": place}).status_code == 200


def test_values_are_shown_to_who_may_and_asked_and_that_is_logged(staff: Staff) -> None:
    shop = make_source()
    accept(shop, event(userId="ann-user-1", name="Bought"))
    work()
    assert staff("operator").post(path(shop, "live/reveal/"), {"shown": "1"}).status_code == 403
    assert staff("privacy_officer").post(path(shop, "live/reveal/"), {"shown": "1"}).status_code == 403
    steward = staff("steward")
    assert "ann-user-1" not in text_of(steward.get(path(shop, "live/")))
    shown = text_of(steward.post(path(shop, "live/reveal/"), {"shown": "1"}, follow=True))
    assert "ann-user-1" in shown
    assert AccessLog.objects.filter(operation="staff.live", profile_id__isnull=False).count() == 1
    assert "ann-user-1" in steward.get(path(shop, "live/stream/")).content.decode()
    assert AccessLog.objects.filter(operation="staff.live", profile_id__isnull=False).count() == 2
    hidden = text_of(steward.post(path(shop, "live/reveal/"), {"shown": "0"}, follow=True))
    assert "ann-user-1" not in hidden


def test_an_event_that_tries_to_be_a_page_is_text(operator: Client) -> None:
    shop = make_source()
    accept(shop, event(userId="ann", name="<script>alert(1)</script>\n\nevent: counts"))
    work()
    assert "<script>alert" not in operator.get(path(shop, "live/")).content.decode()
    [one] = events_in(operator.get(path(shop, "live/stream/")))
    assert "<script>alert" not in one["html"]


def test_the_first_event_is_told_of_by_itself(operator: Client) -> None:
    shop = make_source()
    page = text_of(operator.get(path(shop, "connect/")))
    assert "hx-get" in page
    asked = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert "Waiting for an event" in text_of(operator.get(asked))
    accept(shop, event(userId="ann"))
    assert "Something was accepted" in text_of(operator.get(asked))
    work()
    arrived = text_of(operator.get(asked))
    assert "We received an event" in arrived
    assert "hx-get" not in arrived


def test_each_screen_asks_the_database_little_with_many_sources_and_a_week_of_minutes(
    operator: Client, django_assert_max_num_queries: Any
) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    rows = [Source(name=f"source {n:03}", channel="web", trust="server") for n in range(200)]
    sources = Source.objects.bulk_create(rows)
    keep(minute_of(one.pk, now) for one in sources)
    with connection.cursor() as cursor:  # and each half hour before, for a week
        cursor.execute(
            """INSERT INTO source_minute SELECT source_id, minute - n * interval '30 minutes', events, duplicates,
            quarantined, dropped, suppressed, bytes, lag, skew, skew_sum, skew_max, last_received, resolved_at
            FROM source_minute, generate_series(1, 336) AS n"""
        )
    shop = make_source("a shop")
    accept(shop, event(userId="ann"), BROKEN)
    work()
    ends = ("", "?period=week", "live/", "live/stream/", "quarantine/", "settings/", "keys/", "connect/", "arrived/")
    for at in ("/backoffice/sources/", *(path(shop, end) for end in ends)):
        with django_assert_max_num_queries(15):
            assert operator.get(at).status_code == 200
