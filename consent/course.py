"""How a purpose stood over time: what was in force from which instant on, by all that is known now. Pure.

It is worked out by the very rules that answer at the moment of use (`consent.in_force`), instant by instant, over what
had been said by then; so at every instant it is what `in_force` would have said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consent.in_force import InForce, in_force
from consent.outcome import Holder
from consent.purposes import Purpose, ancestors
from consent.said import EVERYTHING, Said, add_said
from consent.standing import Standing, pack

# What one identifier says of one purpose: the identifier's id, the purpose's key, and the statement.
Statement = tuple[int, str, Said]


@dataclass(frozen=True, slots=True)
class Step:
    """What is in force from an instant on (microseconds since the epoch), until the next step."""

    since: int
    ruling: InForce


def course(
    purpose: Purpose,
    holders: Sequence[Holder],
    statements: Iterable[Statement],
    *,
    until: int,
    address: int | None = None,
    region: str = "",
) -> list[Step]:
    """The steps up to an instant, the earliest first; equal neighbours are one step.

    `holders`: the identifiers of the person, with what was said before the first of `statements`. `address`: the
    identifier that a purpose about addresses is asked for.
    """
    keys = {purpose.key, EVERYTHING, *ancestors(purpose.key)}
    relevant = sorted((one for one in statements if one[1] in keys and one[2].at <= until), key=lambda one: one[2].at)
    said = {one.id: {key: list(told) for key, told in one.said.items() if key in keys} for one in holders}
    steps: list[Step] = []
    begun = 0
    for instant in _instants(relevant, said, until):
        while begun < len(relevant) and relevant[begun][2].at <= instant:
            _hear(relevant[begun], said)
            begun += 1
        ruling = _ruling(purpose, holders, said, instant, address, region)
        if not steps or steps[-1].ruling != ruling:
            steps.append(Step(instant, ruling))
    return steps


def _hear(statement: Statement, said: dict[int, dict[str, list[Said]]]) -> None:
    id_, key, told = statement
    purposes = said.setdefault(id_, {})
    purposes[key] = add_said(purposes.get(key), told)


def _instants(
    statements: Sequence[Statement], said: Mapping[int, Mapping[str, Sequence[Said]]], until: int
) -> list[int]:
    """When anything can change: what was said before counts as one instant, then each statement and each end."""
    before = [one for purposes in said.values() for told in purposes.values() for one in told]
    all_said = [*before, *(told for _, _, told in statements)]
    begun = [max(one.at for one in before if one.at <= until)] if any(one.at <= until for one in before) else []
    ends = [one.ends for one in all_said if one.ends is not None and one.ends <= until]
    first = begun[0] if begun else 0
    return sorted({*begun, *(at for at in [*(one.at for one in all_said), *ends] if first <= at <= until)})


def _ruling(
    purpose: Purpose,
    holders: Sequence[Holder],
    said: Mapping[int, Mapping[str, Sequence[Said]]],
    at: int,
    address: int | None,
    region: str,
) -> InForce:
    heard = [one._replace(said=said.get(one.id, {})) for one in _heard(holders, said)]
    types = {purpose.key: purpose.address_type} if purpose.address_type else {}
    return in_force(purpose, Standing(pack(heard, types)), at, address=address, region=region)


def _heard(holders: Sequence[Holder], said: Mapping[int, Mapping[str, Sequence[Said]]]) -> list[Holder]:
    """Those who say something, and one person who says nothing: a device's grant does not rise to a known person."""
    silent = next((one for one in holders if one.person and not said.get(one.id)), None)
    speaking = [one for one in holders if said.get(one.id)]
    return speaking if silent is None else [*speaking, silent]
