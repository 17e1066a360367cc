"""What a registration takes along of its devices' answers: the same, whichever of them comes first."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import ConsentDecision
from profiles.identity.rebuild import rebuild_identity
from profiles.intake.explode import interaction_id
from profiles.models import Identifier, Source
from profiles.pipeline import take_batches
from tests.factories.decisions import decide, decision
from tests.properties.world import START, Event, Types, empty_world, names, play, post, profiles

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
DAY = 24 * 60  # minutes
TYPES = Types(
    {
        "account": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"},
        "mail": {"rank": 2, "person": True, "per_profile": None, "ownership": "first", "shared_above": 2},
        "browser": {"rank": 3, "person": False, "per_profile": None, "ownership": "last", "shared_above": 2},
    }
)
CHANGE = "Segment Consent Preference Updated"
NAMES = ["Seen", "Seen", "Signed Up", "CompleteRegistration", "Signed Up Maybe"]
PURPOSES = ["analytics", "ads", "marketing.email", "unification"]

minutes = st.one_of(st.integers(0, 4), st.integers(DAY - 2, DAY + 2), st.integers(2 * DAY - 1, 2 * DAY + 3))
consents = st.dictionaries(st.sampled_from(PURPOSES), st.booleans(), max_size=3).map(lambda held: tuple(held.items()))
identifiers = st.lists(
    st.tuples(st.sampled_from(["account", "browser", "browser", "mail"]), st.sampled_from(["1", "2"])),
    min_size=1,
    max_size=3,
    unique=True,
)


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Events over few people and browsers, some of which register, and some of which change consent."""
    events = []
    for number in range(draw(st.integers(1, 10))):
        consent = draw(consents)
        events.append(
            Event(
                message_id=f"m{number}",
                identifiers=tuple(draw(identifiers)),
                minute=draw(minutes),
                source=draw(st.sampled_from(["server", "server", "public"])),
                consent=consent,
                name=draw(st.sampled_from([*NAMES, CHANGE] if consent else NAMES)),
            )
        )
    return events


def shuffled(events: list[Event], seed: int) -> list[list[Event]]:
    """In another order, cut at random, some delivered twice."""
    chance = random.Random(seed)
    delivered = events + [event for event in events if chance.random() < 0.3]
    chance.shuffle(delivered)
    batches: list[list[Event]] = [[]]
    for event in delivered:
        if chance.random() < 0.5:
            batches.append([])
        batches[-1].append(event)
    return batches


def ledger() -> list[tuple[Any, ...]]:
    """Every row, with the identifiers by name, for their ids depend on what was stored first. When an event of a test
    was received is no part of what it says."""
    known = names()
    rows = ConsentDecision.objects.values_list(
        "identifier_id", "purpose", "act_id", "state", "decided_at", "verified", "with_account", "signal"
    )
    return sorted((known[row[0]], *row[1:]) for row in rows)


@SLOW
@given(events=streams(), seed=st.integers(0, 10**6))
def test_neither_order_nor_batches_show_in_the_ledger(events: list[Event], seed: int) -> None:
    empty_world(TYPES)
    play([events])
    expected, shown = ledger(), profiles()
    empty_world(TYPES)
    play(shuffled(events, seed))
    assert ledger() == expected
    assert profiles() == shown


@SLOW
@given(events=streams(), seed=st.integers(0, 10**6))
def test_it_is_what_a_naive_reading_says(events: list[Event], seed: int) -> None:
    empty_world(TYPES)
    play(shuffled(events, seed))
    carried = {(row[0], row[1], row[2], row[3]) for row in ledger() if row[7] == "registration"}
    assert carried == naive(events)


@SLOW
@given(events=streams(), seed=st.integers(0, 10**6))
def test_a_rebuild_carries_nothing_anew(events: list[Event], seed: int) -> None:
    empty_world(TYPES)
    play(shuffled(events, seed))
    before, shown = ledger(), profiles()
    rebuilt = rebuild_identity()
    assert {name: count for name, count in rebuilt.differences.items() if count} == {}
    assert ledger() == before
    assert profiles() == shown


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(events=streams(), seed=st.integers(0, 10**6))
def test_two_workers_at_once_write_the_same(events: list[Event], seed: int) -> None:
    empty_world(TYPES)
    play([events])
    expected, shown = ledger(), profiles()
    empty_world(TYPES)
    for batch in shuffled(events, seed):
        post(batch)
    failures: list[BaseException] = []
    workers = [threading.Thread(target=take_alone, args=(failures,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert ledger() == expected
    assert profiles() == shown


def take_alone(failures: list[BaseException]) -> None:
    """One batch a transaction, so that the two meet often."""
    try:
        while take_batches(limit=1).batches:
            pass
    except BaseException as error:
        failures.append(error)
    finally:
        connections.close_all()


def naive(events: list[Event]) -> set[tuple[tuple[str, str], str, UUID, str]]:
    """Each registration with each answer, looked at alone."""
    sources = dict(Source.objects.values_list("name", "id"))
    found = set()
    for registration in events:
        accounts = sorted(value for kind, value in registration.identifiers if kind == "account")
        wanted = registration.source == "server" and registration.name in ("Signed Up", "CompleteRegistration")
        if not accounts or not wanted or ("unification", False) in registration.consent:
            continue
        act = interaction_id(sources["server"], registration.message_id)
        for answer in events:
            shared = {one for one in set(answer.identifiers) & set(registration.identifiers) if one[0] == "browser"}
            alone = all(kind != "account" for kind, _ in answer.identifiers)
            if not (shared and alone and 0 <= registration.minute - answer.minute <= DAY):
                continue
            original = interaction_id(sources[answer.source], answer.message_id)
            for purpose, granted in answer.consent:
                if purpose != "unification" or answer.name == CHANGE:  # else it gates the links of that event alone
                    state = "ConsentGiven" if granted else "ConsentRefused"
                    found.add((("account", accounts[0]), purpose, uuid5(act, str(original)), state))
    return found


@pytest.mark.parametrize("first", ["answer", "registration"])
def test_an_answer_that_a_service_records_is_carried_too(first: str) -> None:
    empty_world(TYPES)
    play([[Event("m1", (("browser", "1"),), 0)]])
    browser = Identifier.objects.get().id
    registration = Event("m2", (("account", "1"), ("browser", "1")), 10, name="Signed Up")
    steps: list[Callable[[], None]] = [lambda: play([[registration]]), lambda: record(browser)]
    for step in reversed(steps) if first == "answer" else steps:
        step()
    account = Identifier.objects.get(type__name="account").id
    act = interaction_id(Source.objects.get(name="server").id, "m2")
    [row] = ConsentDecision.objects.filter(identifier_id=account)
    assert (row.purpose, row.state, row.signal) == ("ads", "ConsentGiven", "registration")
    assert row.decided_at == START + timedelta(minutes=5)
    assert row.act_id == uuid5(act, str(UUID(int=5)))
    assert row.proof == {"carried_from": {"act": str(UUID(int=5)), "registration": str(act)}}
    assert (row.verified, row.with_account, row.actor) == (True, True, "")


def record(browser: int) -> None:
    """Record a grant before the registration, a question, which is no answer, and a refusal after it."""
    told = ((5, "ConsentGiven"), (6, "ConsentRequested"), (15, "ConsentRefused"))
    decide(
        *(
            decision(browser, "ads", state, START + timedelta(minutes=minute), act_id=UUID(int=minute))
            for minute, state in told
        )
    )


def test_a_registration_lets_a_grant_rise_to_the_account() -> None:
    empty_world(TYPES)
    play(
        [
            [Event("m1", (("browser", "1"),), 0, consent=(("ads", True),), source="public")],
            [Event("m2", (("account", "1"), ("browser", "1")), 5)],
        ]
    )
    [shown] = profiles().values()
    assert shown["consents"] == b'{"ads":"v"}'  # a login: the device's grant counts for nobody known
    play([[Event("m3", (("account", "1"), ("browser", "1")), 10, name="Signed Up")]])
    [shown] = profiles().values()
    assert shown["consents"] == b'{"ads":"g"}'
