"""Histories of consent in both forms: whole, as the naive reading takes them, and as profiles hold them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from consent import outcome as code
from consent.in_force import InForce, in_force
from consent.outcome import REFUSING, Holder, outcome
from consent.purposes import Purpose
from consent.said import AHEAD, ENDS_BY_CHOICE, VERIFIED, WITH_ACCOUNT, Said, add_said, letter_of
from consent.standing import pack, read_standing
from tests.properties import naive_consent as naive
from tests.properties.naive_consent import Address, Identifier, Statement

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
    histories: list[dict[str, list[Statement]]] = [{} for _ in identifiers]
    for place, purpose, statement in deeds:
        histories[place].setdefault(purpose, []).append(statement)
    return [
        Identifier(one.id, one.type, one.person, one.account, one.verified, history)
        for one, history in zip(identifiers, histories, strict=True)
    ]


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


def as_carded(
    identifiers: Sequence[Identifier], purpose: Purpose, now: int, *, address: int | None = None, region: str = ""
) -> InForce:
    """What is in force, as it is read from the card of these identifiers."""
    types = {purpose.key: purpose.address_type} if purpose.address_type else {}
    return in_force(purpose, read_standing(pack(reduced(identifiers), types)), now, address=address, region=region)


def said_whole(identifiers: Sequence[Identifier], key: str, now: int, address: Address = None) -> str:
    """The outcome over whole histories, in the terms of the naive reading."""
    type_, id_ = address or ("", None)
    return name_of(outcome(key, whole(identifiers), now, address_type=type_, address=id_).code)
