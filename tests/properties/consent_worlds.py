"""Histories of consent in both forms: whole, as the naive reading takes them, and as profiles hold them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from consent import outcome as code
from consent.outcome import REFUSING, Holder
from consent.said import AHEAD, ENDS_BY_CHOICE, LETTERS, VERIFIED, WITH_ACCOUNT, Said, add_said, letter_of
from consent.standing import pack
from tests.properties import naive_consent as naive
from tests.properties.naive_consent import Identifier, Statement

PLAIN, ABOVE, CHILD, GRANDCHILD = "analytics", "marketing", "marketing.email", "marketing.email.news"
# What is decided of one identifier: under which (its place in the world), of which purpose, and what.
Deed = tuple[int, str, Statement]


def account(id_: int, *, verified: bool = True, type_: str = "user_id") -> Identifier:
    """An identifier of a type of which a person has one only."""
    return Identifier(id_, type_, person=True, account=True, verified=verified)


def person(id_: int, *, verified: bool = True, type_: str = "email") -> Identifier:
    """An identifier of a person who may have several of its type."""
    return Identifier(id_, type_, person=True, verified=verified)


def device(id_: int, *, verified: bool = True, type_: str = "anonymous_id") -> Identifier:
    """A device or a browser."""
    return Identifier(id_, type_, person=False, verified=verified)


def with_history(identifiers: Sequence[Identifier], deeds: Iterable[Deed]) -> list[Identifier]:
    """The identifiers, each with what was decided under it."""
    told: list[dict[str, list[Statement]]] = [{} for _ in identifiers]
    for place, purpose, statement in deeds:
        told[place].setdefault(purpose, []).append(statement)
    return [replace(one, history=history) for one, history in zip(identifiers, told, strict=True)]


def few_of(alphabet: Sequence[Deed], most: int) -> Iterator[tuple[Deed, ...]]:
    """Every choice of up to so many different deeds."""
    for number in range(most + 1):
        yield from combinations(alphabet, number)


def said_from(statement: Statement) -> Said:
    """A statement as folds hold it."""
    flags = (
        VERIFIED * statement.verified
        | WITH_ACCOUNT * statement.with_account
        | ENDS_BY_CHOICE * statement.by_choice
        | AHEAD * (statement.at > statement.received)
    )
    return Said(statement.at, letter_of(statement.state, statement.problem), flags, statement.ends)


def whole(identifiers: Iterable[Identifier]) -> list[Holder]:
    """The identifiers with all that was said."""
    return [
        _holder(one, {key: [said_from(each) for each in history] for key, history in one.history.items()})
        for one in identifiers
    ]


def reduced(identifiers: Iterable[Identifier]) -> list[Holder]:
    """The identifiers with what folds keep of it, taken in one by one."""
    return [_holder(one, {key: kept(history) for key, history in one.history.items()}) for one in identifiers]


def kept(history: Iterable[Statement]) -> list[Said]:
    """What a fold keeps of a history that came in this order."""
    held: list[Said] | None = None
    for statement in history:
        held = add_said(held, said_from(statement))
    return held or []


def _holder(one: Identifier, said: dict[str, list[Said]]) -> Holder:
    return Holder(one.id, one.type, one.person, one.account, one.verified, said)


def name_of(found: str) -> str:
    """An outcome in the terms of the naive reading."""
    if found == code.OBJECTED:
        return naive.OBJECTED
    if found in REFUSING:
        return naive.REFUSED
    return naive.GRANTED if found == code.GRANTED else naive.NEITHER


def card_of(identifiers: Iterable[Identifier], address_types: Mapping[str, str]) -> bytes:
    """What a card of these identifiers says of consent."""
    return pack(reduced(identifiers), address_types)


def _limits(at: int) -> list[dict[str, Any]]:
    """What may be said besides: nothing, mostly; an end of its own, or a chosen one; an account; no notice."""
    ends = [{"ends": at + 2}, {"ends": at + 1, "by_choice": True}, {"ends": at + 4, "by_choice": True}]
    return [{}, {}, *ends, {"with_account": True}, {"ends": at + 3, "with_account": True}, {"problem": "unproven"}]


# Answers more often than all else; received when it was said, long before it, or later.
_OFTEN = ("ConsentGiven", "ConsentGiven", "RenewedConsentGiven", "ConsentRefused", "ConsentRefused", *sorted(LETTERS))
STATEMENTS = [
    Statement(at, state, received, verified=verified, **limits)
    for at in range(1, 7)
    for state in _OFTEN
    for received in (at, 0, at + 1)
    for verified in (True, True, False)
    for limits in _limits(at)
]


def statements() -> st.SearchStrategy[Statement]:
    """A statement of any kind, at one of few instants."""
    return st.integers(0, len(STATEMENTS) - 1).map(STATEMENTS.__getitem__)


def histories(keys: Sequence[str] = (ABOVE, CHILD, PLAIN, "*")) -> st.SearchStrategy[dict[str, list[Statement]]]:
    """Some statements about some purposes."""
    return st.dictionaries(st.sampled_from(keys), st.lists(statements(), min_size=1, max_size=4), max_size=3)


@st.composite
def people(draw: st.DrawFn, most: int = 4) -> list[Identifier]:
    """Some identifiers of all kinds, each with its history; of some nothing is known."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=most))
    return [replace(KINDS[kind](place), history=draw(histories())) for place, kind in enumerate(kinds, 1)]


KINDS: dict[str, Callable[[int], Identifier]] = {
    "account": account,
    "claimed account": partial(account, verified=False),
    "person": person,
    "claimed person": partial(person, verified=False),
    "device": device,
}


def now_for(identifiers: Iterable[Identifier]) -> int:
    """An instant at which all that was said has been received."""
    return max((s.received for each in identifiers for said in each.history.values() for s in said), default=0)
