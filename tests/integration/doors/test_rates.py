"""A source's rate counts events, lets a short burst pass, and is never a reason to stop while Redis is away."""

from typing import Any

import pytest
import redis

from profiles.intake import rates
from profiles.models import Inbox, Source
from profiles.sources import SourceFields, change_source
from tests.integration.doors.client import Ask, basic, make_source

EVENT = {"type": "track", "event": "Seen", "userId": "u-1"}


def batch(events: int) -> dict[str, Any]:
    return {"batch": [EVENT] * events}


@pytest.fixture(autouse=True)
def empty_buckets(broker: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with full buckets, and with a broker that may be slow on a busy machine and is not away."""
    monkeypatch.setattr(rates, "MOST_WAIT", 10.0)
    monkeypatch.setattr(rates, "_take", None)
    monkeypatch.setattr(rates, "_ask_again_at", 0.0)


def test_a_burst_passes_and_then_events_are_counted(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "BURST_SECONDS", 20.0)  # on a busy machine two seconds are soon over
    key = make_source(rate_limit=10)
    assert [ask("POST", "/v1/batch", batch(50), basic(key)).status for _ in range(4)] == [200] * 4
    refused = ask("POST", "/v1/batch", batch(50), basic(key))
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 5
    assert {"code", "message"} <= refused.content.keys()
    assert Inbox.objects.count() == 4


def test_a_batch_larger_than_the_bucket_passes_when_it_is_full_and_is_waited_for(ask: Ask) -> None:
    key = make_source(rate_limit=10)
    assert ask("POST", "/v1/batch", batch(100), basic(key)).status == 200
    refused = ask("POST", "/v1/batch", batch(1), basic(key))
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 9  # 100 events at 10 a second, less the burst of two seconds


def test_public_sources_have_a_rate_and_trusted_ones_none_unless_set(
    ask: Ask, server_key: str, public_key: str
) -> None:
    assert [ask("POST", "/v1/batch", batch(2500), basic(public_key)).status for _ in range(2)] == [200, 429]
    assert [ask("POST", "/v1/batch", batch(2500), basic(server_key)).status for _ in range(2)] == [200, 200]


def test_each_source_has_a_bucket_of_its_own(ask: Ask) -> None:
    first, second = make_source(rate_limit=1), make_source(rate_limit=1)
    assert [ask("POST", "/v1/batch", batch(3), basic(key)).status for key in (first, first, second)] == [200, 429, 200]


def test_a_raised_rate_is_in_force_at_once(ask: Ask) -> None:
    key = make_source(rate_limit=1)
    ask("POST", "/v1/batch", batch(5), basic(key))
    assert ask("POST", "/v1/batch", batch(1), basic(key)).status == 429
    fields = SourceFields(channel="web", trust="server")
    change_source(name=Source.objects.get().name, fields=fields, actor="test")
    assert ask("POST", "/v1/batch", batch(1), basic(key)).status == 200


def test_a_debt_is_waited_for_and_its_key_goes_away(broker: redis.Redis) -> None:
    take = {"source_id": 7, "events_a_second": 10, "events": 1000}
    assert rates.seconds_to_wait(**take) == 0.0
    assert 60 < rates.seconds_to_wait(**take) <= 100
    assert 60_000 < broker.pttl("cxprofiles:rate:7") <= 101_000


def test_while_redis_is_away_intake_goes_on(ask: Ask, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    key = make_source(rate_limit=1)
    settings.REDIS_URL = "unix:///nowhere/at-all.sock"
    monkeypatch.setattr(rates, "_take", None)
    monkeypatch.setattr(rates, "_ask_again_at", 0.0)  # and again after the test
    assert [ask("POST", "/v1/batch", batch(5), basic(key)).status for _ in range(5)] == [200] * 5
    assert Inbox.objects.count() == 5
