"""It stays erased: whatever arrives in whatever order, nothing of before an erasure is ever stored after it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.requests.kinds import ITSELF
from consent.requests.replayed import ensure_erasure
from consent.suppression import find_suppressed
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Identifier, Interaction, TraitFact
from profiles.privacy.beginning import begin_erasure
from profiles.privacy.erasing import erase
from profiles.privacy.execution import Execution
from tests.properties.world import START, Event, Types, empty_world, names, play

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
TYPES = Types(
    {
        "account": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"},
        "browser": {"rank": 2, "person": False, "per_profile": None, "ownership": "last"},
    }
)
identifiers = st.tuples(st.sampled_from(["account", "browser"]), st.sampled_from(["1", "2", "3"]))
Name = tuple[str, str]


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Events of few people, of whom some register."""
    return [
        Event(
            message_id=f"m{number}",
            identifiers=tuple(draw(st.lists(identifiers, min_size=1, max_size=2, unique=True))),
            minute=draw(st.integers(0, 6)),
            traits=(("city", draw(st.sampled_from(["x", "y"]))),),
            source=draw(st.sampled_from(["server", "server", "public"])),
            name=draw(st.sampled_from(["Seen", "Seen", "Signed Up"])),
        )
        for number in range(draw(st.integers(2, 12)))
    ]


def erase_all(erased: frozenset[Name], minute: int) -> None:
    """Erase some identifiers, as a request does, so that the erasure counts as made at a minute."""
    at, request = START + timedelta(minutes=minute), uuid4()
    ids = [id_ for id_, name in names().items() if name in erased]
    begin_erasure(erased, at=at, request_id=request)
    ensure_erasure(request, at=at, requester="test", regulation="gdpr")
    erase(
        Execution(
            request_id=request,
            type="erasure",
            identifiers=sorted(erased),
            scope={ITSELF: ids},
            groups=frozenset({ITSELF}),
            details={},
            received_at=at,
            source="api",
            requester="test",
            language="en",
            regulation="gdpr",
            region="",
        )
    )


@SLOW
@given(
    events=streams(),
    erased=st.frozensets(identifiers, min_size=1, max_size=3),
    minute=st.integers(0, 6),
    cut=st.integers(0, 12),
    chance=st.randoms(use_true_random=False),
)
def test_nothing_of_before_the_erasure_is_stored_after_it(
    events: list[Event], erased: frozenset[Name], minute: int, cut: int, chance: object
) -> None:
    chance.shuffle(events)  # type: ignore[attr-defined]
    empty_world(TYPES)
    play([events[:cut]])
    erase_all(erased, minute)
    play([events[: cut + 3], events[cut + 3 :], events])
    entries = find_suppressed(erased)
    for event in events:
        named = erased & set(event.identifiers)
        row = Interaction.objects.filter(message_id=event.message_id).first()
        if not named:
            assert row is not None
        elif event.minute <= minute:
            # Of another who was seen together with them it stays, without them.
            assert row is None or (event in events[:cut] and not erased & {names()[id_] for id_ in row.identifier_ids})
        else:
            at = START + timedelta(minutes=event.minute)
            assert row is not None or any(entries[name].bars(at) for name in named)
    assert not any(entry.lifted_at is None for name, entry in entries.items() if name in names().values())
    anchors = [id_ for id_, name in names().items() if name in erased]
    past = START + timedelta(minutes=minute)
    assert not TraitFact.objects.filter(identifier_id__in=anchors, first_at__lte=past).exists()
    stored = Identifier.objects.count(), Interaction.objects.count()
    rebuild_identity()
    assert (Identifier.objects.count(), Interaction.objects.count()) == stored
