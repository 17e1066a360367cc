"""Requests of one person that are moved at the same moment, by threads with connections of their own."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction

from consent.locks import Lock
from consent.models import PrivacyRequest, RequestClaim, RequestEvent
from consent.requests.kinds import CLOSED, DUPLICATE
from consent.requests.machine import ACTIVE
from profiles.privacy.requests import (
    NotNow,
    approve_request,
    cancel_request,
    deny_request,
    execute_request,
    submit_request,
    verify_request,
)
from tests.factories.requests import ANN, NOBODY, asked
from tests.integration.doors.conftest import deployment, transactional_db

__all__ = ["deployment", "transactional_db"]

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture(autouse=True)
def unseen_configuration() -> None:
    """Committed rows need no configuration version of their own."""


@pytest.fixture(autouse=True)
def default_types() -> None:
    """The deployment has them."""


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What calls come to that begin at the same moment; the refusal where one is refused."""
    barrier = Barrier(len(calls))

    def made(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        except NotNow as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(made, calls))


def waiting(count: int, kind: str = "access") -> list[UUID]:
    """Requests of Ann's that await their identity check, the oldest first."""
    return [submit_request(asked=asked(kind, ANN, verified=False)).id for _ in range(count)]


def verify(id_: UUID) -> Callable[[], Any]:
    return lambda: verify_request(id=id_, level="verified", method="code", actor="person")


def active() -> list[UUID]:
    return list(PrivacyRequest.objects.filter(state__in=ACTIVE).values_list("id", flat=True))


def test_a_request_waits_neither_for_slow_recipients_nor_for_retention() -> None:
    with connection.copy().cursor() as other, connection.cursor() as own:
        for lock in (Lock.DELIVERIES, Lock.RETENTION):
            other.execute("SELECT pg_advisory_lock(%s)", [int(lock)])
        own.execute("SET lock_timeout = '2s'")
        try:
            assert submit_request(asked=asked("access", ANN)).state == "in_progress"
        finally:
            own.execute("RESET lock_timeout")
            other.connection.close()


def test_of_those_verified_at_the_same_moment_the_oldest_stays() -> None:
    for _ in range(5):
        ids = waiting(3)
        at_once(*(verify(id_) for id_ in ids))
        assert active() == ids[:1]
        rows = PrivacyRequest.objects.filter(id__in=ids[1:])
        assert set(rows.values_list("state", "duplicate_of")) == {(DUPLICATE, ids[0])}
        cancel_request(id=ids[0], actor="person")


def test_the_database_itself_holds_one_place_for_each_person_and_type() -> None:
    first, second = waiting(2)
    verify(first)()
    claim = RequestClaim.objects.filter(request=first).first()
    assert claim is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        RequestClaim.objects.create(type=claim.type, digest=bytes(claim.digest), request_id=second)


def test_told_twice_at_once_under_one_external_id_it_is_one_request() -> None:
    ids = {one.id for one in at_once(*[lambda: submit_request(asked=asked("access", external_id="c-1"))] * 4)}
    assert len(ids) == 1
    assert PrivacyRequest.objects.filter(external_id="c-1").count() == 1


def test_whatever_happens_at_once_one_is_active_at_most_and_what_is_closed_stays_so() -> None:
    chosen = random.Random(20)
    for _ in range(12):
        ids = waiting(3)
        for _ in range(2):
            closed = dict(PrivacyRequest.objects.filter(state__in=CLOSED).values_list("id", "state"))
            at_once(*(chosen.choice(moves_of(id_)) for id_ in chosen.sample(ids, 3)), chosen.choice(moves_of(ids[0])))
            assert len(active()) <= 1
            after = dict(PrivacyRequest.objects.filter(id__in=closed).values_list("id", "state"))
            assert after == closed
        for id_ in PrivacyRequest.objects.exclude(state__in=CLOSED).values_list("id", flat=True):
            cancel_request(id=id_, actor="person")
    assert not RequestClaim.objects.exists()
    assert RequestEvent.objects.filter(name="duplicate_found").exists()


def moves_of(id_: UUID) -> list[Callable[[], Any]]:
    return [
        verify(id_),
        verify(id_),
        lambda: cancel_request(id=id_, actor="person"),
        lambda: deny_request(id=id_, reason="other", explanation="", actor="staff:1"),
        lambda: execute_request(id_),
    ]


def test_who_executes_it_at_the_same_moment_does_it_once() -> None:
    shown = submit_request(asked=asked("erasure", NOBODY))
    at_once(*[lambda: execute_request(shown.id)] * 4)
    assert RequestEvent.objects.filter(request=shown.id, name="execution_begun").count() <= 1
    assert execute_request(shown.id).state == "denied"


@pytest.mark.parametrize(
    ("actors", "state", "refused"),
    [
        (("staff:1", "staff:2"), "executing", 0),
        (("staff:3", "staff:3"), "awaiting_approval", 1),
    ],
)
def test_two_who_approve_a_large_erasure_at_once_are_two_and_one_who_does_twice_is_one(
    settings: Any, actors: tuple[str, str], state: str, refused: int
) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["erasure"], -1
    waiting = submit_request(asked=asked("erasure", NOBODY)).id
    one, other = (partial(approve_request, id=waiting, actor=actor) for actor in actors)
    answers = at_once(one, other)
    assert PrivacyRequest.objects.get(id=waiting).state == state
    assert sum(isinstance(answer, NotNow) for answer in answers) == refused
    assert RequestEvent.objects.filter(request=waiting, name="approved_first").count() == 1
