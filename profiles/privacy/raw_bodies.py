"""Events that could not be understood, as far as they can be read: none is kept that names somebody who was erased.

What an event is about cannot be told where it was not understood. So every text in it is tried: as any identifier that
has a form of its own (an address, a number), and as one of a type whose name the member that holds it has.
"""

import re
from collections.abc import Iterator
from typing import Any

from consent.suppressed_counts import AFTER, LATE
from consent.suppression import Identifier, any_suppressed, find_entries
from profiles.configuration import Configuration
from profiles.identity.canonical import Dropped, canonical
from profiles.identity.types import TypeRule
from profiles.intake import lenient
from profiles.intake.explode import Refused
from profiles.privacy.suppressing import Barred

MOST_TEXTS = 20_000
WITH_FORM = frozenset({"email", "phone", "handle"})
# Members that hold an identifier of any type.
ANY_TYPE = frozenset({"id", "value", "previousid", "distinctid", "alias", "anondistinctid"})
_NO_LETTER = re.compile(r"[^a-z0-9]")


def part_refused(refused: list[Refused], held: Configuration) -> tuple[list[Refused], list[Barred]]:
    """Those that may be kept in quarantine, and the others as they are counted. Call it behind the gate.

    Raises `SuppressionUnreadable`.
    """
    if not refused or not any_suppressed():
        return refused, []
    read = [set(identifiers_in(item.body, item.batch.source.region, held)) for item in refused]
    entries = find_entries(set().union(*read))
    kept, barred = [], []
    for item, names in zip(refused, read, strict=True):
        of_erased = [entries[name] for name in names if name in entries]
        if any(entry.bars(item.batch.received_at) for entry in of_erased):
            past = any(entry.is_past(item.batch.received_at) for entry in of_erased)
            barred.append(Barred(item.batch.source, item.batch.received_at, LATE if past else AFTER, not past))
        else:
            kept.append(item)
    return kept, barred


def identifiers_in(body: bytes, region: str, held: Configuration) -> Iterator[Identifier]:
    """Whatever in a body could be an identifier; nothing where it is no JSON."""
    try:
        event = lenient.decode(body)
    except lenient.Unreadable:
        return
    rules = list(held.types.values())
    for member, text in _texts(event):
        for rule in rules:
            if _could_be(rule, member) and (value := _canonical(rule, text, region)) is not None:
                yield rule.name, value


def _could_be(rule: TypeRule, member: str) -> bool:
    return rule.normaliser in WITH_FORM or member in ANY_TYPE or member == _plain(rule.name)


def _canonical(rule: TypeRule, text: str, region: str) -> str | None:
    try:
        return canonical(rule, text, region=region)
    except Dropped:
        return None


def _texts(event: Any) -> Iterator[tuple[str, str]]:
    """The texts and numbers of a JSON value, each with the plain name of the member that holds it."""
    waiting: list[tuple[str, Any]] = [("", event)]
    for _ in range(MOST_TEXTS):
        if not waiting:
            return
        member, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(_plain(str(name)), held) for name, held in value.items()]
        elif isinstance(value, list):
            waiting += [(member, held) for held in value]
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield member, str(value)


def _plain(name: str) -> str:
    return _NO_LETTER.sub("", name.lower())
