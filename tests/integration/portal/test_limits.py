"""How often something may be tried, also while what counts is away; and by which network it counts."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import RequestFactory

from cxprofiles.portal import limits, visits
from cxprofiles.portal.limits import Limit, TooOften, count
from cxprofiles.portal.network import network_of
from tests.factories.visitors import Visitor, text_of

pytestmark = pytest.mark.django_db

THREE = Limit("test", 3, 60)


@pytest.fixture
def away(settings: Any) -> Iterator[None]:
    """Redis is where nothing listens."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._redis.cache_clear()
    limits._own.clear()
    yield
    limits._redis.cache_clear()
    limits._own.clear()


def tries(subject: str, times: int) -> int:
    """How many of some tries are let through."""
    passed = 0
    for _ in range(times):
        try:
            count(THREE, subject)
        except TooOften:
            continue
        passed += 1
    return passed


def test_each_subject_has_its_own_tries_and_no_address_stands_in_redis(broker: redis.Redis) -> None:
    assert (tries("ann@example.org", 5), tries("ben@example.org", 2)) == (3, 2)
    keys = broker.keys("cxprofiles:limit:*")
    assert len(keys) == 2
    assert [key for key in keys if b"ann" in key or b"example" in key] == []
    assert all(0 < broker.ttl(key) <= 60 for key in keys)


def test_while_redis_is_away_the_process_counts_by_itself(away: None, somebody: Visitor) -> None:
    assert tries("ann@example.org", 5) == 3
    assert somebody.send("/privacy/", address="ann@example.org").status_code == 303


def test_what_a_process_counts_by_itself_is_bounded(away: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEPT", 10)
    for n in range(50):
        limits._count_here(f"key-{n}", 60)
    assert len(limits._own) == 10


@pytest.mark.parametrize(
    ("remote", "forwarded", "behind_tls", "network"),
    [
        ("192.0.2.7", None, False, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", False, "192.0.2.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", True, "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", None, False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", None, False, "192.0.2.7"),
        ("", None, False, ""),
        ("127.0.0.1", "nonsense", True, ""),
    ],
)
def test_the_network_is_that_of_the_visitor(
    settings: Any, remote: str, forwarded: str | None, behind_tls: bool, network: str
) -> None:
    settings.BEHIND_TLS = behind_tls
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)) == network


def test_while_the_database_is_away_every_page_says_so(ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(token: str) -> Any:
        raise OperationalError("the server closed the connection to ann@example.org")

    monkeypatch.setattr(visits, "find_visit", gone)
    for path in ("overview", "choices", "accesses", "receipts", "requests"):
        answer = ann.get(f"/privacy/{path}")
        assert answer.status_code == 503, path
        assert "Please try again in a minute" in text_of(answer)
        assert "ann@example.org" not in text_of(answer)
