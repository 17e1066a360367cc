"""What is counted of each source and minute: every delivered event once, whoever works and in whatever order."""

import json
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.figures.minutes import remove_old_minutes
from profiles.figures.reading import Figures, read_totals, read_waiting
from profiles.intake.backlog import read_backlog
from profiles.intake.quarantine import replay_event
from profiles.models import Inbox, Interaction, Quarantine, Source, SourceMinute
from profiles.pipeline import take_batches
from tests.factories.channels import accept, event, make_source, work
from tests.factories.minutes import keep, minute_of
from tests.properties.world import Types, empty_world

LONG_AGO, FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STRONG = {"strong": {"rank": 1, "person": True, "per_profile": None, "ownership": "first", "shared_above": None}}
BROKEN = {"type": "track"}  # it has no name
GRANTED = {"consent": {"categoryPreferences": {"analytics": True}}}
DENIED = {"consent": {"categoryPreferences": {"analytics": False}}}


def figures(source: Source) -> Figures:
    return read_totals([source.pk], LONG_AGO, FAR).get(source.pk, Figures())


def counts(source: Source) -> tuple[int, int, int, int, int]:
    found = figures(source)
    return found.events, found.duplicates, found.quarantined, found.dropped, found.suppressed


@pytest.mark.django_db
def test_each_event_counts_once_as_what_became_of_it() -> None:
    shop = make_source(consent_rules={"analytics": "drop_event"})
    same = event(message_id="m-1", userId="ann", context=GRANTED)
    accept(shop, same, same, event(userId="bob", context=GRANTED), BROKEN, event(userId="carl", context=DENIED))
    work()
    accept(shop, same)
    work()
    assert counts(shop) == (2, 2, 1, 1, 0)
    assert figures(shop).delivered == 6
    assert (Interaction.objects.count(), Quarantine.objects.count()) == (2, 1)


@pytest.mark.django_db
def test_a_late_batch_counts_in_the_minute_in_which_it_was_received() -> None:
    shop = make_source()
    accept(shop, event(userId="ann"), received_at=NOON + 5 * MINUTE)
    work()
    accept(shop, event(userId="ann"), event(userId="bob"), received_at=NOON + timedelta(seconds=59))
    work()
    rows = SourceMinute.objects.order_by("minute").values_list("minute", "events")
    assert list(rows) == [(NOON, 2), (NOON + 5 * MINUTE, 1)]


@pytest.mark.django_db
def test_the_lag_is_from_receipt_and_the_clock_is_compared_where_the_sender_tells_it() -> None:
    shop = make_source()
    at = datetime.now(UTC) - timedelta(seconds=3)
    ahead = (at + timedelta(minutes=10)).isoformat()
    accept(shop, event(userId="ann", sentAt=ahead), event(userId="bob"), received_at=at)
    work()
    found = figures(shop)
    assert sum(found.lag) == 2
    assert 2_000 < (found.lag_at(1.0) or 0) <= 30_000
    assert sum(found.skew) == 1
    assert found.skew_max == found.mean_skew() == 600_000


@pytest.mark.django_db
def test_an_event_that_is_tried_again_and_still_not_understood_counts_once() -> None:
    shop = make_source()
    accept(shop, BROKEN)
    work()
    before = figures(shop)
    for _ in range(3):
        replay_event(Quarantine.objects.get().id)
        work()
    assert counts(shop) == (0, 0, 1, 0, 0)
    assert figures(shop).bytes == before.bytes
    assert "tried_again" not in Quarantine.objects.get().context


@pytest.mark.django_db
def test_an_event_that_is_understood_when_it_is_tried_again_is_counted_as_stored_and_is_no_lag() -> None:
    shop = make_source()
    at = datetime.now(UTC) - timedelta(hours=2)
    accept(shop, event(userId="ann"), received_at=at)
    Inbox.objects.update(body=b'{"batch": [{"type": "track"}]}')
    work()
    assert counts(shop) == (0, 0, 1, 0, 0)
    Quarantine.objects.update(body=json.dumps(event(userId="ann")).encode())
    replay_event(Quarantine.objects.get().id)
    waiting = read_waiting()[shop.pk]
    assert (waiting.events, waiting.oldest) == (1, None), "it was received long ago, and has not waited since"
    assert read_backlog().oldest_pending_seconds == 0.0
    work()
    assert counts(shop) == (1, 0, 0, 0, 0)
    assert sum(figures(shop).lag) == 0
    assert Interaction.objects.get().context == {"path_type": "batch"}


@pytest.mark.django_db
def test_what_is_tried_again_and_left_out_counts_as_that() -> None:
    shop = make_source(consent_rules={"analytics": "drop_event"})
    accept(shop, BROKEN, BROKEN)
    work()
    first, second = Quarantine.objects.order_by("id")
    Quarantine.objects.filter(pk=first.pk).update(body=json.dumps(event(userId="carl", context=DENIED)).encode())
    accept(shop, event(message_id="m-1", userId="ann", context=GRANTED))
    work()
    again = json.dumps(event(message_id="m-1", userId="ann", context=GRANTED)).encode()
    Quarantine.objects.filter(pk=second.pk).update(body=again)
    for row in (first, second):
        replay_event(row.pk)
    work()
    assert counts(shop) == (1, 1, 0, 1, 0)


@pytest.mark.django_db
def test_what_comes_out_of_quarantine_after_its_minute_was_forgotten_is_not_counted() -> None:
    shop = make_source()
    accept(shop, BROKEN, received_at=NOON)
    work()
    SourceMinute.objects.all().delete()
    Quarantine.objects.update(body=json.dumps(event(userId="ann")).encode())
    replay_event(Quarantine.objects.get().id)
    work()
    assert Interaction.objects.count() == 1
    assert not SourceMinute.objects.exists()


@pytest.mark.django_db
def test_a_batch_that_makes_the_code_fail_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from profiles.intake.interactions import insert_interactions

    def fails(items: list[Any], ids: Any) -> Any:
        if any(item.observed.event == "Broken" for item in items):
            raise ZeroDivisionError
        return insert_interactions(items, ids)

    monkeypatch.setattr("profiles.pipeline.insert_interactions", fails)
    shop = make_source()
    accept(shop, event(userId="ann"), event(userId="bob", name="Broken"), event(userId="carl"))
    work()
    assert counts(shop) == (2, 0, 1, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_count_in_the_same_minute_without_losing_anything() -> None:
    empty_world(Types(STRONG))
    shop = Source.objects.get(name="server")
    same = event(message_id="m-same", context={"externalIds": [{"id": "ann", "type": "strong"}]})
    for number in range(60):
        mine = {"externalIds": [{"id": f"p{number % 7}", "type": "strong"}]}
        accept(shop, same, event(context=mine), BROKEN, received_at=NOON)
    failures: list[BaseException] = []

    def drain() -> None:
        try:
            while take_batches(limit=9).batches:
                pass
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=drain) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert counts(shop) == (61, 59, 60, 0, 0)
    assert SourceMinute.objects.count() == 1


SLOW = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


@SLOW
@given(
    numbers=st.lists(st.integers(0, 5), min_size=1, max_size=14),
    minutes=st.lists(st.integers(0, 3), min_size=14, max_size=14),
    seed=st.integers(0, 10**6),
)
@pytest.mark.django_db(transaction=True)
def test_order_batches_and_duplicates_change_neither_sums_nor_what_a_minute_was_sent(
    numbers: list[int], minutes: list[int], seed: int
) -> None:
    """Each number is a message, delivered once for each time that it stands there, in a minute; number 0 is broken."""
    seen = []
    for chance in (None, random.Random(seed)):
        empty_world(Types(STRONG))
        shop = Source.objects.get(name="server")
        delivered = list(zip(numbers, minutes, strict=False))
        if chance:
            chance.shuffle(delivered)
        for number, minute in delivered:
            body = BROKEN if number == 0 else event(message_id=f"m{number}")
            accept(shop, body, received_at=NOON + minute * MINUTE)
            if chance is None or chance.random() < 0.5:
                work()
        work()
        rows = SourceMinute.objects.filter(source_id=shop.pk)
        seen.append((counts(shop), {row.minute: row.events + row.duplicates + row.quarantined for row in rows}))
    different = len(set(numbers) - {0})
    assert seen[0] == seen[1]
    assert seen[0][0] == (different, len([n for n in numbers if n]) - different, numbers.count(0), 0, 0)


@pytest.mark.django_db
def test_figures_are_forgotten_after_eight_days() -> None:
    shop, now = make_source(), datetime.now(UTC)
    old, young = (now - timedelta(days=8) - MINUTE, now - timedelta(days=8) + MINUTE)
    keep(minute_of(shop.pk, at.replace(second=0, microsecond=0)) for at in (old, young + MINUTE))
    assert remove_old_minutes(now) == 1
    assert SourceMinute.objects.count() == 1
