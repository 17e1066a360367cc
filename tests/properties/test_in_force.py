"""What is in force is what the naive reading says, for every small history there is, at every instant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import comb
from typing import Any

import pytest

from consent.in_force import in_force
from consent.outcome import outcome
from consent.purposes import Purpose
from consent.standing import Standing, pack, read_standing
from tests.properties import naive_consent as naive
from tests.properties.consent_worlds import (
    ABOVE,
    CHILD,
    GRANDCHILD,
    KINDS,
    PLAIN,
    Deed,
    account,
    device,
    few_of,
    name_of,
    now_for,
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

    @property
    def id(self) -> int | None:
        """The address that it is asked for."""
        return None if self.address is None else self.address[1]

    def purpose(self, basis: str, default: str) -> Purpose:
        """The purpose on one legal basis."""
        return Purpose(self.key, basis, default, address_type=self.about)


def agrees(identifiers: Sequence[Identifier], questions: Sequence[Question], instants: Sequence[int]) -> None:
    """Hold the real reading of one history against the naive one; over all that was said, and over the card."""
    holders = whole(identifiers)
    types = {question.key: question.about for question in questions if question.about}
    standing = read_standing(pack(reduced(identifiers), types))
    last = now_for(identifiers)
    for question, now in product(questions, instants):
        state = naive.state_of(identifiers, question.key, now, question.address)
        if any(question.key in each.history for each in identifiers):
            found = outcome(question.key, holders, now, address_type=question.about, address=question.id)
            assert name_of(found.code) == state, (identifiers, question, now)
        if now >= last:
            card_agrees(identifiers, standing, question, now, state)


def card_agrees(identifiers: Sequence[Identifier], held: Standing, question: Question, now: int, state: str) -> None:
    """Hold what a card says against the naive reading, for each legal basis."""
    for basis, default in BASES:
        allowed = naive.is_allowed(identifiers, state, now, basis=basis, default=default)
        ruling = in_force(question.purpose(basis, default), held, now, address=question.id)
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


@pytest.mark.parametrize("large", SIZES)
def test_refusals_under_accounts_and_grants_that_name_one(large: bool) -> None:
    """What is granted in the name of one account is no answer to what was refused under another."""
    instants = (1, 2, 3) if large else (1, 2)
    statements = each_state((GIVEN, REFUSED), instants) + each_state((GIVEN,), instants, with_account=True)
    alphabet = decisions(THREE, [PLAIN], statements)
    groups = groups_of(["account", "person", "device"])
    number = check([(group, few_of(alphabet, 3)) for group in groups], [Question(PLAIN)], instants)
    assert number == 10 * (3_304 if large else 988)


@pytest.mark.parametrize("large", SIZES)
def test_ends_that_come_by_themselves_and_ends_that_were_chosen(large: bool) -> None:
    """An end that the person chose ends what was granted elsewhere too, unless they renewed it."""
    limited = [Statement(1, GIVEN, 1, ends=end, by_choice=chosen) for end in (2, 3) for chosen in (False, True)]
    renewal = [Statement(2, RENEWED, 2), Statement(2, RENEWED, 2, ends=3, by_choice=True)]
    statements = [*limited, *renewal, *each_state((GIVEN,), (1, 3)), *each_state((REFUSED,), (1, 2))]
    if large:
        later = [Statement(2, GIVEN, 2, ends=4, by_choice=chosen) for chosen in (False, True)]
        statements += [*later, *each_state((EXPIRED,), (1, 2)), *each_state((GIVEN, RENEWED), (2, 4))]
    groups = groups_of(["person", "device"])
    worlds = [(group, few_of(decisions(THREE, [PLAIN], statements), 3)) for group in groups]
    assert check(worlds, [Question(PLAIN)], (1, 2, 3, 4)) == 4 * (comb_up_to_3(3 * len(statements)))


@pytest.mark.parametrize("large", SIZES)
def test_what_is_said_of_a_purpose_and_of_those_above_and_below_it(large: bool) -> None:
    """Refusals and objections go down the tree, grants do not, and nothing goes up."""
    states = (GIVEN, REFUSED, RAISED, LIFTED) if large else (GIVEN, REFUSED, RAISED)
    alphabet = decisions(range(3 if large else 2), [ABOVE, CHILD], each_state(states, (1, 2)))
    groups = groups_of(["person", "device"], 3 if large else 2)
    questions = [Question(ABOVE), Question(CHILD), Question(GRANDCHILD)]
    assert check([(group, few_of(alphabet, 3)) for group in groups], questions, (1, 2)) == len(groups) * comb_up_to_3(
        len(alphabet)
    )


def test_a_purpose_about_addresses() -> None:
    """Asked for the person, for each of two addresses, and for one that nothing was said of."""
    alphabet = decisions(THREE, [ABOVE, CHILD], each_state((GIVEN, REFUSED), (1, 2)))
    alphabet += decisions(THREE, [CHILD], each_state((RAISED,), (1,)) + each_state((GIVEN,), (2,), verified=False))
    questions = [Question(CHILD, ("email", id_), "email") for id_ in (1, 2, NOBODY)] + [Question(CHILD, None, "email")]
    groups = [[person(1), person(2), account(3)], [person(1), person(2, verified=False), device(3)]]
    number = check([(group, few_of(alphabet, 3)) for group in groups], questions, (1, 2))
    assert number == 2 * comb_up_to_3(30)


def test_a_purpose_about_devices() -> None:
    """A device is an address too: what it granted holds for itself, in a known profile as well."""
    alphabet = decisions(THREE, [CHILD], each_state((GIVEN, REFUSED), (1, 2, 3)))
    questions = [Question(CHILD, ("device_id", id_), "device_id") for id_ in (1, 2)]
    group = [device(1, type_="device_id"), device(2, type_="device_id"), account(3)]
    assert check([(group, few_of(alphabet, 3))], questions, (1, 2, 3)) == comb_up_to_3(18)


@pytest.mark.parametrize("large", SIZES)
def test_what_is_dated_ahead(large: bool) -> None:
    """It counts from its instant on, whatever came in between; a card made before says so at every later instant."""
    states = (GIVEN, REFUSED, RAISED, LIFTED) if large else (GIVEN, REFUSED)
    ahead = [Statement(at, state, 1) for at in (2, 3) for state in states]
    ending = [Statement(2, GIVEN, 1, ends=4), Statement(2, GIVEN, 1, ends=4, by_choice=True)]
    alphabet = decisions((0, 1), [PLAIN], [*ahead, *ending, *each_state(states, (1, 2, 3))])
    groups = groups_of(["account", "device"], 2)
    number = check([(group, few_of(alphabet, 3)) for group in groups], [Question(PLAIN)], (1, 2, 3, 4))
    assert number == 3 * comb_up_to_3(len(alphabet))


def test_restrictions_of_all_processing() -> None:
    """A restriction under any identifier denies everything, until it is lifted under the same one."""
    bars = decisions((0, 1), ["*"], each_state(("ProcessingRestricted", "RestrictionLifted"), (1, 2)))
    alphabet = bars + decisions((0, 1), [PLAIN], each_state((GIVEN, REFUSED, RAISED), (1, 2)))
    alphabet += decisions((0,), ["*"], each_state(("ProcessingRestricted", "RestrictionLifted"), (2,), verified=False))
    groups = groups_of(["account", "device"], 2)
    assert check([(g, few_of(alphabet, 3)) for g in groups], [Question(PLAIN)], (1, 2)) == 3 * comb_up_to_3(22)


@pytest.mark.parametrize("large", SIZES)
def test_three_decisions_under_each_of_three_identifiers(large: bool) -> None:
    """Nine decisions: under each identifier, at each of three instants, a grant, a refusal, or nothing."""
    grid = list(product(THREE, (1, 2, 3)))
    groups = groups_of(["account", "person", "device"]) if large else [[account(1), person(2), device(3)]]
    number = check([(group, filled(grid)) for group in groups], [Question(PLAIN)], (1, 2, 3))
    assert number == len(groups) * 3**9


def filled(grid: Sequence[tuple[int, int]]) -> Iterator[tuple[Deed, ...]]:
    """Every way to put a grant, a refusal or nothing at each place and instant of a grid."""
    for states in product((None, GIVEN, REFUSED), repeat=len(grid)):
        yield tuple(
            (place, PLAIN, Statement(at, state, at))
            for (place, at), state in zip(grid, states, strict=True)
            if state is not None
        )


def comb_up_to_3(number: int) -> int:
    """In how many ways up to three of so many can be chosen."""
    return sum(comb(number, few) for few in range(4))
