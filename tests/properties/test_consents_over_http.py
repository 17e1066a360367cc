"""Random histories of two people, told over HTTP: no order, merge or split changes what they decided."""

import itertools
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.cases.service import Identifier, Json, Service, named, stamped, track
from tests.integration.doors.client import create_deployment, leave_doors

pytestmark = pytest.mark.django_db(transaction=True)

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
FEW = settings(
    deadline=None,
    max_examples=150 if DEEP else 5,
    # An example takes a second: to shrink one would take many minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
START = datetime(2026, 1, 1, tzinfo=UTC)
SEEN_AT = "2025-06-01T00:00:00Z"
# Each person's account, address and device, and which of them are a person's own.
PEOPLE: tuple[tuple[Identifier, ...], ...] = (
    (("user_id", "p"), ("email", "p@x.test"), ("anonymous_id", "p-device")),
    (("user_id", "q"), ("email", "q@x.test"), ("anonymous_id", "q-device")),
)
EVERYBODY = PEOPLE[0] + PEOPLE[1]
PURPOSES = ("marketing", "marketing.phone")
DAYS = (0, 10, 20, 30, 40)  # few, so that things are said at the same instant, or when something ends
# By the standard's names: whether a plain `granted` renews an older grant is told by what had come before it.
GRANTS, REFUSALS = ("ConsentGiven", "RenewedConsentGiven"), ("denied", "withdrawn")


@dataclass(frozen=True)
class Deed:
    """What is decided under some identifiers of one person. `ends`: days after it; `stamp`: told by an event."""

    who: tuple[Identifier, ...]
    purpose: str
    state: str
    day: int
    ends: int | None = None
    stamp: bool = False

    @property
    def names_account(self) -> bool:
        return any(type_ == "user_id" for type_, _ in self.who)


@dataclass(frozen=True)
class Merge:
    """What a steward joins, and takes back where `undone`."""

    number: int
    a: Identifier
    b: Identifier
    undone: bool = False


Step = Deed | Merge | tuple[str, Merge]


@st.composite
def deeds(draw: st.DrawFn) -> Deed:
    whose = draw(st.sampled_from(PEOPLE))
    who = draw(st.lists(st.sampled_from(whose), min_size=1, max_size=2, unique=True))
    stamp = draw(st.booleans())
    states = ("ConsentGiven", "denied") if stamp else (*GRANTS, *REFUSALS, "objected", "objection_lifted", "requested")
    return Deed(
        tuple(who[:1] if stamp else who),
        draw(st.sampled_from(PURPOSES)),
        draw(st.sampled_from(states)),
        draw(st.sampled_from(DAYS)),
        draw(st.none() | st.sampled_from([10, 200, 600])),
        stamp,
    )


@st.composite
def bars(draw: st.DrawFn) -> Deed:
    """All processing is restricted, or is not any more."""
    state = draw(st.sampled_from(["restricted", "restriction_lifted"]))
    return Deed((draw(st.sampled_from(EVERYBODY)),), "*", state, draw(st.sampled_from(DAYS)))


@st.composite
def merges(draw: st.DrawFn) -> list[Merge]:
    pairs = draw(st.lists(st.tuples(*map(st.sampled_from, PEOPLE)), min_size=1, max_size=2, unique=True))
    return [Merge(number, a, b, draw(st.booleans())) for number, (a, b) in enumerate(pairs)]


histories = st.lists(deeds(), min_size=2, max_size=7)


class World:
    """The two people in a service, under names that no other world has."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._name = uuid.uuid4().hex[:12]
        self._merges: dict[int, str] = {}
        for account, address, device in PEOPLE:
            traits = {"email": self.told(address)[1]}
            service.tell(
                track(
                    at=SEEN_AT,
                    userId=self.told(account)[1],
                    anonymousId=self.told(device)[1],
                    context={"traits": traits},
                )
            )
        # Those of whom processing is restricted cannot be looked up: their ids are noted before.
        self._ids = {one: service.profile_of(self.told(one)) for one in EVERYBODY}

    def told(self, identifier: Identifier) -> Identifier:
        return identifier[0], f"{self._name}-{identifier[1]}"

    def play(self, steps: Sequence[Step]) -> "World":
        for step in steps:
            if isinstance(step, Deed):
                self._decide(step)
            elif isinstance(step, Merge):
                self._merges[step.number] = self._service.same(self.told(step.a), self.told(step.b))
            else:
                self.take_back(step[1].number)
        return self

    def take_back(self, *numbers: int) -> None:
        for number in numbers or list(self._merges):
            self._service.take_back(self._merges.pop(number))

    def _decide(self, deed: Deed) -> None:
        who, at = [self.told(one) for one in deed.who], START + timedelta(days=deed.day)
        if deed.stamp:
            ids = {"externalIds": [{"type": type_, "id": value} for type_, value in who]}
            event = stamped({deed.purpose: deed.state in GRANTS}, at=f"{at:%Y-%m-%dT%H:%M:%SZ}")
            self._service.tell({**event, "context": {**event["context"], **ids}})
            return
        one = {"purpose": deed.purpose, "state": deed.state, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        if deed.ends is not None and deed.state in GRANTS:
            one["expires_at"] = f"{at + timedelta(days=deed.ends):%Y-%m-%dT%H:%M:%SZ}"
        self._service.decide(who, [one])

    def reads(self) -> dict[Identifier, Any]:
        """What each identifier's profile answers about the purposes, without the names of this world."""
        return {one: self._read(one) for one in EVERYBODY}

    def _consents(self, identifier: Identifier) -> Json:
        """What is on record for the profile that holds an identifier now."""
        barred = self._service.recognise(self.told(identifier))["status"] == "withheld"
        return self._service.consents(self._ids[identifier] if barred else self.told(identifier))

    def _read(self, identifier: Identifier) -> Any:
        found = self._consents(identifier)
        purposes = {key: self._plain(found["purposes"][key]) for key in PURPOSES}
        history = sorted(
            (row["identifier"]["value"], row["purpose"], row["state"], row["decided_at"]) for row in found["history"]
        )
        return purposes, [(value[len(self._name) :], *rest) for value, *rest in history], found["said"]

    def _plain(self, one: Json) -> Json:
        who = sorted((own["value"][len(self._name) :], own["state"], own["allowed"]) for own in one["by_identifier"])
        grants = sorted(own["value"][len(self._name) :] for own in one["effective_for"])
        return {**one, "by_identifier": who, "effective_for": grants}

    def allowed(self, identifier: Identifier) -> dict[str, bool]:
        """Which purposes are allowed for a person, by `GET consents`."""
        purposes = self._consents(identifier)["purposes"]
        return {key: purposes[key]["allowed"] for key in PURPOSES}

    def recognised(self, identifier: Identifier) -> dict[str, bool]:
        """For which purposes recognition does not withhold them."""
        asked = [{"identifiers": [named(self.told(identifier))], "purpose": key} for key in PURPOSES]
        answered = self._service.ask("POST", "/v1/recognise/batch", asked)
        assert answered.status == 200, answered.body
        return {key: one["status"] != "withheld" for key, one in zip(PURPOSES, answered.content, strict=True)}

    def checked(self, identifier: Identifier) -> dict[str, bool]:
        """Which purposes a check before sending allows."""
        found = self._service.check(identifiers=[named(self.told(identifier))], purposes=list(PURPOSES))
        return {key: found["purposes"][key]["allowed"] for key in PURPOSES}

    def profile_of(self, identifier: Identifier) -> str:
        found: str = self._consents(identifier)["canonical_id"]
        return found


@pytest.fixture
def service(transactional_db: None) -> Iterator[Service]:
    create_deployment()
    yield Service()
    leave_doors()


def shuffled(history: Sequence[Deed], joined: Sequence[Merge], seed: int) -> list[Step]:
    """The steps in some order; what is taken back comes after it was done."""
    steps: list[Step] = [*history, *joined]
    chance = Random(seed)
    chance.shuffle(steps)
    for merge in joined:
        if merge.undone:
            steps.insert(chance.randint(steps.index(merge) + 1, len(steps)), ("undo", merge))
    return steps


@FEW
@given(history=histories, joined=merges(), seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)))
def test_no_order_of_acts_merges_and_splits_shows_and_every_way_of_asking_agrees(
    service: Service, history: list[Deed], joined: list[Merge], seeds: tuple[int, int]
) -> None:
    history = list(dict.fromkeys(history))
    one, other = (World(service).play(shuffled(history, joined, seed)) for seed in seeds)
    assert one.reads() == other.reads()
    for identifier in EVERYBODY:
        allowed = one.allowed(identifier)
        assert one.recognised(identifier) == allowed
        assert one.checked(identifier) == allowed


@FEW
@given(
    history=st.lists(deeds() | bars(), min_size=3, max_size=8),
    seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
)
def test_no_order_of_acts_and_restrictions_shows(service: Service, history: list[Deed], seeds: tuple[int, int]) -> None:
    """What events say of consent while all else about them is kept aside counts as it would have otherwise."""
    history = list(dict.fromkeys(history))
    one, other = (World(service).play(shuffled(history, [], seed)) for seed in seeds)
    assert one.reads() == other.reads()
    for identifier in EVERYBODY:
        allowed = one.allowed(identifier)
        assert one.checked(identifier) == allowed
        assert one.recognised(identifier) == allowed


@FEW
@given(history=histories, joined=merges(), seed=st.integers(0, 10**6))
def test_no_merge_brings_a_yes_back_and_taking_merges_back_leaves_no_trace(
    service: Service, history: list[Deed], joined: list[Merge], seed: int
) -> None:
    history = list(dict.fromkeys(history))
    world = World(service).play(history)
    before = world.reads()
    world.play(Random(seed).sample(joined, len(joined)))
    profiles = {one: world.profile_of(one) for one in EVERYBODY}
    for identifier in EVERYBODY:
        members = {one for one in EVERYBODY if profiles[one] == profiles[identifier]}
        for purpose, allowed in world.allowed(identifier).items():
            assert not (allowed and is_refused(history, members, purpose)), (identifier, purpose)
    world.take_back()
    assert world.reads() == before


def is_refused(history: Sequence[Deed], members: set[Identifier], purpose: str) -> bool:
    """Whether the last word of an identifier is a no that no later yes of the person, at least as sure, can answer."""
    about = [deed for deed in history if deed.purpose == purpose or purpose.startswith(f"{deed.purpose}.")]
    yes = [(one, deed) for deed in about for one in deed.who if deed.state in GRANTS and deed.purpose == purpose]
    for identifier, key in itertools.product(members, {deed.purpose for deed in about}):
        answers = [d for d in about if identifier in d.who and d.purpose == key and d.state in (*GRANTS, *REFUSALS)]
        last = max((deed.day for deed in answers), default=0)
        if not any(deed.day == last and deed.state in REFUSALS for deed in answers):
            continue
        if not any(deed.day > last and answers_for(identifier, one, deed) for one, deed in yes if one in members):
            return True
    return False


def answers_for(refused: Identifier, granted: Identifier, deed: Deed) -> bool:
    """Whether a yes under one identifier can answer a no under another."""
    if refused[0] == "user_id" and refused != granted and deed.names_account:
        return False
    return refused[0] == "anonymous_id" or granted[0] != "anonymous_id"
