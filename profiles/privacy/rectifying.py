"""Rectification: a correction is a fact of the highest rank, whatever any other source says before or after.

A corrected trait is an interaction of the service's own source (profiles/intake/wire/rectification.py), so that a
rebuild reads it again; the fold of its identifier keeps it apart from all that channels say. A corrected identifier is
two decisions: the right one is the same person, the wrong one is somebody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import uuid_utils
from django.db import transaction

from consent.requests.kinds import ITSELF
from consent.times import microseconds
from profiles.configuration import Configuration, SourceSettings, load_configuration
from profiles.golden.facts import store_facts
from profiles.golden.rule_changes import RuleRefused, check_name
from profiles.identity.decisions import resolve_decisions
from profiles.identity.identifiers import ensure_identifiers
from profiles.intake.explode import Canoniser, Named, Prepared, prepare
from profiles.intake.interactions import insert_interactions
from profiles.intake.observed import NotUnderstood
from profiles.intake.wire import read_event
from profiles.intake.wire.rectification import DIALECT, correction
from profiles.models import Card, Decision, Identifier
from profiles.pipeline import apply, enter_lane, go_through_gate, said_by
from profiles.privacy.beginning import ErasedPerson, refuse_erased
from profiles.privacy.execution import Execution, Gap, Outcome
from profiles.sources import correcting_source

MOST_CORRECTIONS = 100
LARGEST = 32 * 1024  # bytes of JSON, of all corrections together
DEEPEST = 20
ACTOR = "system:rectification"
REASON = "rectified"
INTERACTIONS, IDENTIFIERS, DECISIONS = "interaction", "identifier", "decision"
NOT_THEIRS = "An identifier that is to be corrected is not among those of the person."
ANOTHERS = "The right identifier is somebody else's already; whether they are one person is for staff to decide."
ERASED = "Nothing may be stored of the right identifier since it was erased."
ALONE = "All that is known stands under the wrong identifier; it stays with the right one until staff part them."


class CorrectionRefused(ValueError):
    """Why something cannot be corrected so, in a sentence. `field` is where: a JSON pointer without its slash."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Exchange(NamedTuple):
    """An identifier that is to be corrected; None: there was none, or none takes its place."""

    wrong: Named | None
    right: Named | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is to be corrected: trait to its right value (None: it is unset), and identifiers."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    exchanges: Sequence[Exchange] = ()


@dataclass(slots=True)
class Part:
    """The person's identifiers of one profile of today, the strongest first, wrong ones aside; and right ones."""

    rows: list[Identifier] = field(default_factory=list)
    wrong: list[Identifier] = field(default_factory=list)
    right: list[Identifier] = field(default_factory=list)

    @property
    def holder(self) -> Identifier:
        """The identifier that corrections stand under."""
        return (self.rows or self.wrong)[0]


def check_corrections(details: Mapping[str, Any]) -> None:
    """Raise `CorrectionRefused` unless the details of a request say what is to be corrected."""
    read_corrections(details, load_configuration())


def read_corrections(details: Mapping[str, Any], held: Configuration) -> Corrections:
    """The details of a request, checked. Raises `CorrectionRefused`."""
    traits, exchanges = details.get("traits") or {}, details.get("identifiers") or []
    if not isinstance(traits, dict):
        raise CorrectionRefused("traits", "The traits to correct are an object of names and right values.")
    if not isinstance(exchanges, list | tuple):
        raise CorrectionRefused("identifiers", "The identifiers to correct are a list.")
    if not traits and not exchanges:
        raise CorrectionRefused("traits", "Say what is to be corrected: traits, identifiers or both.")
    if len(traits) + len(exchanges) > MOST_CORRECTIONS:
        raise CorrectionRefused("traits", f"One request corrects at most {MOST_CORRECTIONS} things.")
    check_traits(traits)
    return Corrections(traits, [_exchange(one, f"identifiers/{n}", held) for n, one in enumerate(exchanges)])


def check_traits(traits: Mapping[Any, Any]) -> None:
    """Raise `CorrectionRefused` unless these can be traits."""
    for name in traits:
        try:
            check_name(name if isinstance(name, str) else "")
        except RuleRefused as error:
            raise CorrectionRefused("traits", str(error)) from None
    try:
        size = len(msgspec.json.encode(traits))
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        raise CorrectionRefused("traits", "A right value is any JSON; null takes the trait away.") from None
    if size > LARGEST or _deeper_than(DEEPEST, traits):
        raise CorrectionRefused("traits", f"The right values are at most {LARGEST} bytes, {DEEPEST} levels deep.")
    if b"\\u0000" in msgspec.json.encode(traits):
        raise CorrectionRefused("traits", "A right value has no NUL in it.")


def _deeper_than(levels: int, value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return levels < 0 or any(_deeper_than(levels - 1, one) for one in inner)


def _exchange(asked: Any, pointer: str, held: Configuration) -> Exchange:
    if not isinstance(asked, dict) or not asked.keys() <= {"type", "from", "to"}:
        raise CorrectionRefused(pointer, "An identifier is corrected by its type, `from` and `to`.")
    if asked.get("type") not in held.types:
        raise CorrectionRefused(f"{pointer}/type", "There is no identifier type of this name.")
    wrong, right = (_named(asked, end, pointer, held) for end in ("from", "to"))
    if wrong is None and right is None:
        raise CorrectionRefused(pointer, "Say which identifier is wrong (`from`), which is right (`to`), or both.")
    if wrong is not None and right is not None and wrong.key == right.key:
        raise CorrectionRefused(f"{pointer}/to", "The right identifier is the wrong one; nothing would change.")
    return Exchange(wrong, right)


def _named(asked: Mapping[str, Any], end: str, pointer: str, held: Configuration) -> Named | None:
    value = asked.get(end)
    if value is None or value == "":
        return None
    named = Canoniser(held).named((asked["type"], value), "") if isinstance(value, str) else "malformed"
    if isinstance(named, str):
        raise CorrectionRefused(f"{pointer}/{end}", f"This cannot be an identifier of its type: {named}.")
    return named


def rectify(execution: Execution) -> Outcome:
    """Correct the traits and identifiers of a person, in force when this returns. Again: nothing more.

    Raises `CorrectionRefused` where the configuration has changed since the request was checked.
    """
    with transaction.atomic():
        source = correcting_source()
        go_through_gate()
        enter_lane()
        held = load_configuration()  # not the one that is held: our source may be new, and not committed
        asked = read_corrections(execution.details, held)
        wanted = {one.wrong.key for one in asked.exchanges if one.wrong is not None}
        parts = parts_of(execution, wanted, held)
        if not parts:
            return Outcome(no_match=True)
        outcome = Outcome()
        pairs = exchange_all(asked.exchanges, parts, execution, held, outcome)
        if pairs:
            outcome.rows[DECISIONS] = len(pairs)
            resolve_decisions(pairs, held)
        traits = {**shown_traits(asked.exchanges, parts), **asked.traits}
        events = [prepared(traits, part, held.sources[source.id], execution, held) for part in parts]
        outcome.rows[INTERACTIONS] = take_in([one for one in events if one is not None], held)
    return outcome


def parts_of(execution: Execution, wrong: set[tuple[int, bytes]], held: Configuration) -> list[Part]:
    """The person's identifiers, by the profile that they are in; none: nobody is known."""
    found = Identifier.objects.filter(id__in=execution.identifier_ids)
    rows = sorted(found, key=lambda one: (held.types_by_id[one.type_id].rank, one.value.encode()))
    parts: dict[int, Part] = {}
    for row in rows:
        if (row.type_id, row.digest.bytes) not in wrong:
            parts.setdefault(row.root_id, Part()).rows.append(row)
    first = next(iter(parts.values()), Part())
    for row in rows:
        if (row.type_id, row.digest.bytes) in wrong:
            parts.get(row.root_id, first).wrong.append(row)  # one that was cut off before stays with the first
    return list(parts.values()) or ([first] if first.wrong else [])


def exchange_all(
    exchanges: Sequence[Exchange], parts: Sequence[Part], execution: Execution, held: Configuration, outcome: Outcome
) -> set[tuple[int, int]]:
    """Decide about each identifier that is corrected; the pairs that were decided about. Call it in the lane."""
    pairs: set[tuple[int, int]] = set()
    for one in exchanges:
        part = part_with(one.wrong, parts)
        if part is None:
            outcome.gaps.append(Gap(IDENTIFIERS, ITSELF, 1, NOT_THEIRS))
            continue
        right = None if one.right is None else join(one.right, part, execution, held, outcome, pairs)
        if one.wrong is not None:
            cut_off(one.wrong, part, right, execution, outcome, pairs)
    return pairs


def part_with(wrong: Named | None, parts: Sequence[Part]) -> Part | None:
    """Where an identifier is to be corrected: with the profile that holds the wrong one, or the first of all."""
    if wrong is None:
        return parts[0]
    return next((part for part in parts if any(is_row_of(row, wrong) for row in part.wrong)), None)


def is_row_of(row: Identifier, named: Named) -> bool:
    """Whether an identifier is stored in this row."""
    return (row.type_id, row.digest.bytes) == named.key


def join(
    right: Named, part: Part, execution: Execution, held: Configuration, outcome: Outcome, pairs: set[tuple[int, int]]
) -> Identifier | None:
    """Make the right identifier the person's, unless it is somebody else's; its row, or None."""
    try:
        refuse_erased([right])
    except ErasedPerson:
        outcome.gaps.append(Gap(IDENTIFIERS, ITSELF, 1, ERASED))
        return None
    row = Identifier.objects.get(id=ensure_identifiers([right]).ids[right.key])
    mine = {one.root_id for one in (*part.rows, *part.wrong)}
    if row.root_id not in mine:
        if is_anothers(row, execution, held):
            outcome.gaps.append(Gap(IDENTIFIERS, ITSELF, 1, ANOTHERS))
            return None
        pairs.add(decide(row.id, part.holder.id, Decision.Verdict.SAME))
    part.right.append(row)
    return row


def is_anothers(row: Identifier, execution: Execution, held: Configuration) -> bool:
    """Whether something is known of the identifier that the request's person has not shown to be theirs."""
    if (held.types_by_id[row.type_id].name, row.value) in set(execution.identifiers):
        return row.shared
    return row.shared or Card.objects.filter(root_id=row.root_id).exists()


def cut_off(
    wrong: Named,
    part: Part,
    right: Identifier | None,
    execution: Execution,
    outcome: Outcome,
    pairs: set[tuple[int, int]],
) -> None:
    """Part the wrong identifier from all that is the person's, so that no other path leads to it either."""
    row = next(one for one in part.wrong if is_row_of(one, wrong))
    others = [one for one in part.rows if right is None or one.id != right.id]
    if not others:
        outcome.gaps.append(Gap(IDENTIFIERS, ITSELF, 1, ALONE))
        return
    apart = {one.id for one in (*part.rows, *part.right)} - {row.id}
    pairs.update(decide(row.id, one, Decision.Verdict.DIFFERENT) for one in sorted(apart))


def decide(one: int, other: int, verdict: str) -> tuple[int, int]:
    """Write a decision of the system; the pair that it is about. The same again is not written."""
    low, high = sorted((one, other))
    latest = Decision.objects.filter(a_id=low, b_id=high, withdrawn_at=None).order_by("-decided_at").first()
    if latest is None or (latest.verdict, latest.actor) != (verdict, ACTOR):
        Decision.objects.create(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            a_id=low,
            b_id=high,
            verdict=verdict,
            decided_at=datetime.now(UTC),
            actor=ACTOR,
            reason=REASON,
        )
    return low, high


def shown_traits(exchanges: Sequence[Exchange], parts: Sequence[Part]) -> dict[str, Any]:
    """The traits that say the same as an identifier that is corrected, as `email` does, with their right values."""
    roots = {row.root_id for part in parts for row in (*part.rows, *part.wrong)}
    shown: set[str] = set()
    for traits in Card.objects.filter(root_id__in=roots).values_list("traits", flat=True):
        shown |= msgspec.json.decode(bytes(traits)).keys()
    found = {}
    for wrong, right in exchanges:
        name = next(one.rule.name for one in (right, wrong) if one is not None)
        if name in shown:
            found[name] = None if right is None else right.value
    return found


def take_in(events: Sequence[Prepared], held: Configuration) -> int:
    """Store events of our own and bring the profiles up to date; how many were new. Call it in the lane.

    Not by the inbox: a correction counts while processing is restricted too, and when the answer is given.
    """
    named = [one for event in events for one in event.named]
    stored = ensure_identifiers(named, verified={one.key for one in named})
    fresh = insert_interactions(list(events), stored.ids)
    if fresh:
        said = said_by(fresh, stored, held)
        store_facts(said.facts)
        apply(said, held)
    return len(fresh)


def prepared(
    traits: Mapping[str, Any], part: Part, source: SourceSettings, execution: Execution, held: Configuration
) -> Prepared | None:
    """The event that corrects a profile of the person; None: there is nothing to say of it."""
    if not (traits or part.right):
        return None
    now = datetime.now(UTC)
    body = correction(
        message_id=f"{execution.request_id}/{part.holder.id}",
        at=now.isoformat(),
        identifiers=[(held.types_by_id[row.type_id].name, row.value) for row in (part.holder, *part.right)],
        traits=traits,
    )
    content, at = msgspec.json.encode(body), microseconds(now)
    observed = read_event(dialect=DIALECT, body=content, context={}, received_at=at, source=source)
    if isinstance(observed, NotUnderstood):
        return None
    return prepare(observed, source, now, DIALECT, {}, Canoniser(held))
