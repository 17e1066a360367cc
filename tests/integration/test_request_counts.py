"""Open and overdue privacy requests, counted for whoever watches the service."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.models import PrivacyRequest
from consent.requests.counts import OpenRequests, count_open

pytestmark = pytest.mark.django_db


def today() -> date:
    """The day now: the tests may have been read on another."""
    return datetime.now(UTC).date()


def a_request(**fields: Any) -> None:
    due = fields.pop("due_on", today() + timedelta(days=9))
    days = {"internal_due_on": due, "due_on": due, "latest_on": due}
    PrivacyRequest.objects.create(
        id=uuid4(),
        source="api",
        regulation="gdpr",
        requester="test",
        received_at=datetime.now(UTC),
        identity_needed="none",
        policy_version="test",
        **{"type": "access", "state": "in_progress", **days, **fields},
    )


def test_open_requests_are_counted_and_closed_ones_are_not() -> None:
    a_request()
    a_request(due_on=today() - timedelta(days=1))
    a_request(state="completed", due_on=today() - timedelta(days=1))
    a_request(type="erasure", state="partially_completed", due_on=today())
    assert count_open() == [
        OpenRequests("access", "in_progress", 2, 1),
        OpenRequests("erasure", "partially_completed", 1, 0),
    ]


def test_metrics_tell_of_them() -> None:
    a_request(due_on=today() - timedelta(days=1))
    text = Client().get("/metrics").content.decode()
    assert 'cxprofiles_privacy_requests_overdue{state="in_progress",type="access"} 1.0' in text
    assert 'cxprofiles_privacy_requests_open{state="in_progress",type="access"} 1.0' in text
