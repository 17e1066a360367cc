"""How sources are told to be, from what is stored of them."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from profiles.figures.judging import Pauses, Reason
from profiles.figures.reading import read_course, read_pauses
from profiles.health import source_health, unwell_sources
from profiles.intake.awake import note_sweep
from profiles.intake.rates import seconds_to_wait
from profiles.models import Source, SourceKey
from profiles.sources import correcting_source, revoke_source
from tests.factories.channels import accept, event, make_source
from tests.factories.minutes import keep, minute_of, sending

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def reasons(source: Source, now: datetime = NOW) -> list[Reason]:
    [one] = source_health(now, only=source.pk).sources
    return [unwell.reason for unwell in one.unwell]


def test_what_sends_as_usual_is_well() -> None:
    shop = make_source()
    sending(shop, NOW, minutes=90)
    [one] = source_health(NOW).sources
    assert one.unwell == []
    assert one.figures.delivered == 180
    assert one.per_minute == [3] * 60


def test_what_falls_silent_is_told_by_its_longest_pause() -> None:
    shop = make_source()
    sending(shop, NOW - 2 * HOUR, minutes=90)
    assert reasons(shop) == [Reason.SILENT]


def test_what_is_sent_at_night_is_not_silent_by_day() -> None:
    nightly = make_source()
    for days in range(5):
        sending(nightly, NOW - 20 * HOUR - timedelta(days=days), minutes=30)
    assert reasons(nightly) == []
    assert reasons(nightly, NOW + 12 * HOUR) == []
    assert reasons(nightly, NOW + 24 * HOUR) == [Reason.SILENT]


def test_pauses_are_read_by_hours_and_by_minutes() -> None:
    one, other = make_source("one"), make_source("other")
    sending(one, NOW - 10 * HOUR, minutes=20)
    sending(one, NOW, minutes=20)
    sending(other, NOW, minutes=3, every=7 * MINUTE)
    assert read_pauses([one.pk, other.pk], NOW, 30) == {
        one.pk: Pauses(30, timedelta(hours=9, minutes=41), 9 * HOUR),
        other.pk: Pauses(3, 7 * MINUTE, timedelta(0)),
    }


def test_what_waits_for_long_is_told() -> None:
    shop = make_source()
    accept(shop, event(), event(), received_at=NOW - timedelta(seconds=40))
    health = source_health(NOW)
    assert [one.reason for one in health.sources[0].unwell] == [Reason.LAG]
    assert (health.chain.pending, health.chain.oldest_pending_seconds) == (2, 40.0)


def test_a_share_in_quarantine_is_told() -> None:
    shop = make_source()
    sending(shop, NOW, minutes=30, quarantined=1)
    assert reasons(shop) == [Reason.QUARANTINE]


def test_keys_that_end_soon_or_have_ended_are_told() -> None:
    shop, now = make_source(), datetime.now(UTC)
    SourceKey.objects.update(expires_at=now + timedelta(days=3))
    assert reasons(shop, now) == [Reason.KEY_EXPIRING]
    SourceKey.objects.update(expires_at=now - MINUTE)
    assert reasons(shop, now) == [Reason.NO_KEY]


def test_a_disabled_source_is_told_and_is_no_alarm() -> None:
    shop = make_source()
    revoke_source(name=shop.name, actor="test")
    assert reasons(shop) == [Reason.DISABLED]
    assert unwell_sources(NOW) == []


def test_what_a_rate_limit_turned_away_is_told(broker: redis.Redis) -> None:
    shop = make_source()
    take = {"source_id": shop.pk, "events_a_second": 1, "events": 5}
    assert seconds_to_wait(**take) == 0.0
    assert seconds_to_wait(**take) > 0
    [one] = source_health().sources
    assert one.refused == 5
    assert [found.reason for found in one.unwell] == [Reason.RATE_LIMITED]


def test_workers_are_seen_by_what_they_leave_word_of(broker: redis.Redis) -> None:
    assert source_health(NOW).chain.workers_look is False
    note_sweep()
    assert source_health(NOW).chain.workers_look is True


def test_the_worst_is_told_first_and_the_service_s_own_source_is_none() -> None:
    correcting_source()
    expiring, silent = make_source("a"), make_source("b")
    sending(silent, datetime.now(UTC) - 2 * HOUR, minutes=30)
    SourceKey.objects.filter(source=expiring).update(expires_at=datetime.now(UTC) + HOUR)
    found = [(one.source, one.reason, one.is_bad) for one in unwell_sources()]
    assert found == [("b", Reason.SILENT, True), ("a", Reason.KEY_EXPIRING, False)]
    assert [one.row.name for one in source_health().sources] == ["a", "b"]


def test_a_course_has_every_step_and_sums_up_their_minutes() -> None:
    shop = make_source()
    keep(minute_of(shop.pk, NOW + MINUTE * n, events=n + 1) for n in (0, 14, 15))
    points = read_course(shop.pk, NOW - HOUR, NOW + HOUR, 15 * MINUTE)
    assert [point.figures.events for point in points] == [0, 0, 0, 0, 16, 16, 0, 0]
    assert points[0].at == NOW - HOUR
