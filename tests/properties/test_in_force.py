"""What is in force is what the naive reading says, for every small history there is, at every instant."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement, product
from typing import Any

import pytest

from consent.in_force import in_force
from consent.outcome import outcome
from consent.purposes import Purpose
from consent.standing import Standing, pack, read_standing
from tests.properties import naive_consent as naive
from tests.properties.consent_worlds import (
    PLAIN,
    Deed,
    account,
    device,
    few_of,
    name_of,
    person,
    reduced,
    whole,
    with_history,
)
from tests.properties.naive_consent import Address, Identifier, Statement

GIVEN, RENEWED, REFUSED, WITHDRAWN = "ConsentGiven", "RenewedConsentGiven", "ConsentRefused", "ConsentWithdrawn"
EXPIRED, REQUESTED = "ConsentExpired", "ConsentRequested"
RAISED, LIFTED = "ObjectionRaised", "ObjectionLifted"
ALL_STATES = (
    *(GIVEN, RENEWED, REFUSED, WITHDRAWN, EXPIRED, REQUESTED, RAISED, LIFTED),
    *("ConsentUnknown", "ConsentRequestDeferred", "ConsentTerminated", "ConsentInvalidated"),
)
# A grant must be asked for under the one, and holds unless refused under the other.
BASES = (("consent", "denied"), ("legitimate_interest", "allowed"))
NOBODY = 99  # the id of an address that nothing is known of

World = tuple[Sequence[Identifier], Iterable[tuple[Deed, ...]]]


@dataclass(frozen=True)
class Question:
    """What is asked of every history: a purpose, of the person or (`address`) of one address."""

    key: str
    address: Address = None
    about: str = ""

    def purpose(self, basis: str, default: str) -> Purpose:
        """The purpose on one legal basis."""
        return Purpose(self.key, basis, default, address_type=self.about)


def agrees(identifiers: Sequence[Identifier], questions: Sequence[Question], instants: Sequence[int]) -> None:
    """Hold the real reading of one history against the naive one; over all that was said, and over the card."""
    holders = whole(identifiers)
    types = {question.key: question.about for question in questions if question.about}
    standing = read_standing(pack(reduced(identifiers), types))
    last = max((s.received for each in identifiers for said in each.history.values() for s in said), default=0)
    for question in questions:
        type_, id_ = question.address or ("", None)
        told = any(question.key in each.history for each in identifiers)
        for now in instants:
            if told:
                found = outcome(question.key, holders, now, address_type=type_, address=id_).code
                expected = naive.state_of(identifiers, question.key, now, question.address)
                assert name_of(found) == expected, (identifiers, question, now)
            if now >= last:
                card_agrees(identifiers, standing, question, now)


def card_agrees(identifiers: Sequence[Identifier], standing: Standing, question: Question, now: int) -> None:
    """Hold what a card says against the naive reading, for each legal basis."""
    address = None if question.address is None else question.address[1]
    for basis, default in BASES:
        allowed = naive.is_allowed(
            identifiers, question.key, now, basis=basis, default=default, address=question.address
        )
        ruling = in_force(question.purpose(basis, default), standing, now, address=address)
        assert ruling.allowed == allowed, (identifiers, question, basis, now, ruling)


def check(worlds: Iterable[World], questions: Sequence[Question], instants: Sequence[int]) -> int:
    """Check every history of some worlds; how many there were."""
    number = 0
    for identifiers, histories in worlds:
        for deeds in histories:
            agrees(with_history(identifiers, deeds), questions, instants)
            number += 1
    return number


def decisions(places: Iterable[int], purposes: Iterable[str], statements: Iterable[Statement]) -> list[Deed]:
    """Each of the statements, under each identifier, about each purpose."""
    return list(product(places, purposes, statements))


def each_state(states: Iterable[str], instants: Iterable[int], **more: Any) -> list[Statement]:
    """Each state at each instant, received when it was said."""
    return [Statement(at, state, at, **more) for at in instants for state in states]


def groups_of(kinds: Iterable[str], number: int = 3) -> list[list[Identifier]]:
    """Every group of so many identifiers of these kinds, in any mixture."""
    mixtures = combinations_with_replacement(kinds, number)
    return [[KINDS[kind](place) for place, kind in enumerate(mixture, 1)] for mixture in mixtures]


KINDS: dict[str, Callable[[int], Identifier]] = {
    "account": account,
    "claimed account": partial(account, verified=False),
    "person": person,
    "claimed person": partial(person, verified=False),
    "device": device,
}
THREE = range(3)
# How much is gone through: by default what takes a minute in all, and much more among the slow tests.
SIZES = [pytest.param(False, id="small"), pytest.param(True, id="large", marks=pytest.mark.slow)]


@pytest.mark.parametrize("kind", KINDS)
def test_three_decisions_of_any_state_under_one_identifier(kind: str) -> None:
    """In every order and at the same instants, known and claimed, and grants that cannot be used."""
    alphabet = [
        *each_state(ALL_STATES, (1, 2)),
        *each_state((GIVEN, REFUSED, RAISED), (1, 2), verified=False),
        *each_state((GIVEN,), (1, 2), problem="unproven"),
    ]
    worlds = [(groups_of([kind], 1)[0], few_of(decisions([0], [PLAIN], alphabet), 3))]
    assert check(worlds, [Question(PLAIN)], (0, 1, 2, 3)) == 5_489


@pytest.mark.parametrize("large", SIZES)
def test_grants_and_refusals_of_different_assurance(large: bool) -> None:
    """Known and claimed, under all mixtures of three identifiers of all kinds."""
    instants = (1, 2, 3) if large else (1, 2)
    states = each_state((GIVEN, REFUSED), instants) + each_state((GIVEN, REFUSED), instants, verified=False)
    alphabet = decisions(THREE, [PLAIN], states)
    number = check([(group, few_of(alphabet, 3)) for group in groups_of(KINDS)], [Question(PLAIN)], instants)
    assert number == 35 * (7_807 if large else 2_325)
