"""People who do not want to be unified: their profiles fall apart, and are whole again when they want it again."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger import Decided
from profiles.configuration import configuration, record_change
from profiles.consents.taking import apply_due, take_decisions
from profiles.identity.rebuild import rebuild_identity
from profiles.intake.wire.segment import CONSENT_CHANGE
from profiles.models import Identifier, Link
from profiles.pipeline import enter_lane
from tests.properties.test_pipeline import (
    SLOW,
    cards,
    naive_partition,
    shuffled_batches,
    streams,
    values,
    worlds,
)
from tests.properties.world import START, Event, Types, empty_world, partition, play, profiles

pytestmark = pytest.mark.django_db(transaction=True)

Name = tuple[str, str]


@st.composite
def streams_with_changes(draw: st.DrawFn) -> list[Event]:
    """Random events of a trusted source, some of which change what is wanted."""
    events = [replace(event, source="server") for event in draw(streams())]
    for number in range(draw(st.integers(1, 6))):
        carried = draw(
            st.lists(st.tuples(st.sampled_from(["strong", "middling", "weak"]), values), min_size=1, max_size=2)
        )
        events.append(
            Event(
                message_id=f"change{number}",
                identifiers=tuple(dict.fromkeys(carried)),
                minute=draw(st.integers(0, 5)),
                consent=(("unification", draw(st.booleans())),),
                name=CONSENT_CHANGE,
            )
        )
    return events


def naive_denied(events: list[Event]) -> set[Name]:
    """The latest word of each identifier; of two at once the refusal."""
    latest: dict[Name, tuple[int, bool]] = {}
    for event in events:
        for key, wanted in event.consent:
            if key == "unification" and event.name == CONSENT_CHANGE:
                for name in event.identifiers:
                    word = (event.minute, not wanted)
                    latest[name] = max(latest.get(name, word), word)
    return {name for name, (_, refused) in latest.items() if refused}


@SLOW
@given(types=worlds(), events=streams_with_changes(), seed=st.integers(0, 10**6))
def test_links_of_those_who_deny_it_are_left_out_whatever_the_order(
    types: Types, events: list[Event], seed: int
) -> None:
    empty_world(types)
    play(shuffled_batches(events, seed))
    assert partition() == naive_partition(events, types, [], naive_denied(events))
    rebuilt = rebuild_identity()
    assert {name: count for name, count in rebuilt.differences.items() if count} == {}


@SLOW
@given(types=worlds(), events=streams(), data=st.data())
def test_withdrawn_and_granted_again_everything_is_whole_to_the_byte(
    types: Types, events: list[Event], data: st.DataObject
) -> None:
    empty_world(types)
    events = [replace(event, source="server") for event in events]
    play([events])
    known = sorted({name for event in events for name in event.identifiers})
    if not known:
        return
    before, ids = profiles(), cards()
    out = data.draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    decide(out, "ConsentWithdrawn", minute=100)
    assert partition() == naive_partition(events, types, [], out)
    back = data.draw(st.permutations(out))
    for minute, name in enumerate(back, start=101):
        decide([name], "ConsentGiven", minute=minute)
    assert without_consents(profiles()) == without_consents(before)
    assert [row[:8] for row in cards()] == [row[:8] for row in ids]


def without_consents(shown: dict[frozenset[Name], dict[str, object]]) -> dict[frozenset[Name], dict[str, object]]:
    """What profiles show but for what was decided meanwhile."""
    return {members: {**card, "consents": None} for members, card in shown.items()}


def decide(
    names: list[Name],
    state: str,
    *,
    minute: int = 0,
    at: datetime | None = None,
    until: datetime | None = None,
    purpose: str = "unification",
) -> None:
    """Take a decision for some identifiers, as a service does that is trusted."""
    decided_at = at or START + timedelta(minutes=minute)
    act = uuid4()
    rows = [
        Decided(
            identifier_id=Identifier.objects.get(type__name=kind, value=value).id,
            purpose=purpose,
            act_id=act,
            state=state,
            decided_at=decided_at,
            received_at=datetime.now(UTC),
            expires_at=until,
            ends_by_choice=until is not None,
            verified=True,
            with_account=False,
            guardian=False,
            problem="",
            signal="api",
            source_id=None,
            actor="token:t",
            proof=None,
        )
        for kind, value in names
    ]
    with transaction.atomic():
        enter_lane()
        take_decisions(rows, configuration())


PLAIN = Types(
    {
        "strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"},
        "weak": {"rank": 2, "person": False, "per_profile": None, "ownership": "last"},
    }
)
ANN, PHONE, LAPTOP = ("strong", "ann"), ("weak", "phone"), ("weak", "laptop")


@pytest.fixture
def ann() -> None:
    """A person with two devices."""
    empty_world(PLAIN)
    play([[Event("m1", (ANN, PHONE), 0), Event("m2", (ANN, LAPTOP), 1)]])
    assert partition() == {frozenset({ANN, PHONE, LAPTOP})}


def test_a_profile_falls_apart_into_its_identifiers_and_says_why(ann: None) -> None:
    decide([ANN], "ConsentRefused")
    assert partition() == {frozenset({ANN}), frozenset({PHONE}), frozenset({LAPTOP})}
    assert set(Link.objects.values_list("refused", flat=True)) == {"unification"}


def test_a_device_that_denies_it_leaves_alone(ann: None) -> None:
    decide([PHONE], "ConsentWithdrawn")
    assert partition() == {frozenset({ANN, LAPTOP}), frozenset({PHONE})}


def test_new_links_of_those_who_deny_it_join_nobody_and_are_there_when_it_is_granted(ann: None) -> None:
    decide([ANN], "ConsentRefused", minute=5)
    tablet = ("weak", "tablet")
    play([[Event("m3", (ANN, tablet), 6)]])
    assert frozenset({tablet}) in partition()
    decide([ANN], "ConsentGiven", minute=7)
    assert partition() == {frozenset({ANN, PHONE, LAPTOP, tablet})}


def test_an_objection_denies_it_too(ann: None) -> None:
    decide([ANN], "ObjectionRaised", minute=5)
    assert len(partition()) == 3
    decide([ANN], "ObjectionLifted", minute=6)
    assert len(partition()) == 1


def test_what_is_dated_ahead_takes_effect_by_itself(ann: None) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.4)
    decide([ANN], "ConsentRefused", at=soon)
    assert (len(partition()), apply_due()) == (1, 0)
    wait_until(soon)
    assert apply_due() == 1
    assert (len(partition()), apply_due()) == (3, 0)


def test_where_it_needs_consent_nobody_is_joined_who_was_not_asked_and_a_grant_ends_by_itself(ann: None) -> None:
    need_consent()
    assert len(partition()) == 3
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    everybody = [ANN, PHONE, LAPTOP]
    decide(everybody, "ConsentGiven", minute=5, until=soon)
    assert partition() == {frozenset(everybody)}
    newcomer = ("weak", "new")
    play([[Event("m9", (ANN, newcomer), 6)]])
    assert frozenset({newcomer}) in partition()
    wait_until(soon)
    assert apply_due() == 3
    assert len(partition()) == 4
    assert {name: count for name, count in rebuild_identity().differences.items() if count} == {}


def need_consent() -> None:
    """Make unification a matter of consent, and let what is stored follow."""
    with transaction.atomic():
        record_change(actor="test", subject="purpose:unification", before=None, after=None)
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE purpose SET legal_basis = 'consent', "default" = 'denied' WHERE key = 'unification'"""
            )
    rebuild_identity()


def wait_until(instant: datetime) -> None:
    """Let the clock come to an instant."""
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()) + 0.01)
