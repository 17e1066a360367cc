"""Metrics for Prometheus. No label holds personal data or anything that a caller could choose."""

import os
from collections.abc import Iterator

import psycopg
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from consent.requests.counts import OpenRequests, count_open
from consent.retention_rules import removed_in_all
from consent.suppressed_counts import AFTER, LATE
from cxprofiles.api.privacy_tasks import SuppressedOfSource, suppressed_by_source
from profiles.collection.drops import UNREADABLE, Dropped, read_drops
from profiles.intake.backlog import read_backlog


class DatabaseGauges(Collector):
    """What the database knows, asked when Prometheus asks."""

    def collect(self) -> Iterator[Metric]:
        try:
            backlog, drops, requests, outlived = read_backlog(), read_drops(), count_open(), removed_in_all()
            erased = suppressed_by_source()
        except (DatabaseError, psycopg.Error):
            yield GaugeMetricFamily("cxprofiles_database_up", "Whether the database answers.", 0)
            return
        yield GaugeMetricFamily("cxprofiles_database_up", "Whether the database answers.", 1)
        yield GaugeMetricFamily(
            "cxprofiles_pending_events", "Accepted events that are not yet part of a profile.", backlog.pending
        )
        yield GaugeMetricFamily(
            "cxprofiles_oldest_pending_seconds", "The age of the oldest of them.", backlog.oldest_pending_seconds
        )
        yield GaugeMetricFamily("cxprofiles_quarantined_events", "Events in quarantine.", backlog.quarantined)
        yield counted([drop for drop in drops if drop.action != UNREADABLE])
        yield unreadable([drop for drop in drops if drop.action == UNREADABLE])
        yield suppressed(erased)
        yield from requested(requests)
        yield outlived_rows(outlived)


def suppressed(erased: list[SuppressedOfSource]) -> CounterMetricFamily:
    """Events that were dropped since they name people who were erased, by source and by when they happened."""
    family = CounterMetricFamily(
        "cxprofiles_suppressed_events",
        "Events that were dropped since their people were erased.",
        labels=["source", "kind"],
    )
    for row in erased:
        family.add_metric([row.source, LATE], row.late_after_erasure)
        family.add_metric([row.source, AFTER], row.after_erasure)
    return family


def counted(drops: list[Dropped]) -> CounterMetricFamily:
    """What sources' consent rules left out. A source, a purpose and a rule are named by staff, never by a caller."""
    family = CounterMetricFamily(
        "cxprofiles_collection_drops",
        "Events that were dropped, or lost fields, since a purpose was denied.",
        labels=["source", "purpose", "action"],
    )
    for drop in drops:
        family.add_metric([drop.source, drop.purpose, drop.action], drop.events)
    return family


def unreadable(drops: list[Dropped]) -> CounterMetricFamily:
    """The events whose consent block could not be read, by source."""
    family = CounterMetricFamily(
        "cxprofiles_consent_signals_unreadable",
        "Events whose consent block could not be read, so that it granted nothing.",
        labels=["source"],
    )
    for drop in drops:
        family.add_metric([drop.source], drop.events)
    return family


def requested(requests: list[OpenRequests]) -> Iterator[GaugeMetricFamily]:
    """Privacy requests that wait for an answer."""
    waiting = GaugeMetricFamily(
        "cxprofiles_privacy_requests_open", "Privacy requests that are not closed.", labels=["type", "state"]
    )
    late = GaugeMetricFamily(
        "cxprofiles_privacy_requests_overdue", "Those whose legal day is over.", labels=["type", "state"]
    )
    for one in requests:
        waiting.add_metric([one.type, one.state], one.requests)
        late.add_metric([one.type, one.state], one.overdue)
    yield from (waiting, late)


def outlived_rows(removed: dict[str, int]) -> CounterMetricFamily:
    """What retention removed."""
    family = CounterMetricFamily(
        "cxprofiles_retention_removed", "Rows that were removed since they were past their time.", labels=["store"]
    )
    for store, count in removed.items():
        family.add_metric([store], count)
    return family


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics: the counters of all processes, and what the database knows."""
    of_database = CollectorRegistry(auto_describe=False)
    of_database.register(DatabaseGauges())
    return HttpResponse(
        generate_latest(registry_of_processes()) + generate_latest(of_database), content_type=CONTENT_TYPE_LATEST
    )


def registry_of_processes() -> CollectorRegistry:
    """The counters: of all processes where they share a folder for them, else of this one."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    return registry
