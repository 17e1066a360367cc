"""Erasure: everything that is stored of some identifiers, in every store, so that it can go on where it stopped.

First nothing of them may be stored any more, and nobody is recognised by them; then the stores answer one after the
other, in short transactions and pieces, with pauses, so that others do not notice. What is done in a piece is counted
in its transaction (consent/requests/steps.py). The identifiers go last: by them all the rest is found (ADR 0021).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from consent.erasing import delete_made_for, delete_said, delete_some_decisions, forget_accesses
from consent.messages import forget_messages
from consent.requests import steps
from consent.requests.kinds import SHARED
from consent.requests.steps import Part
from profiles.models import Identifier
from profiles.pipeline import enter_lane, go_through_gate, take_batches
from profiles.privacy.beginning import begin_erasure
from profiles.privacy.choosing import opt_out_all
from profiles.privacy.execution import Execution, Outcome
from profiles.privacy.mentions import ErasedOnes, find_mentions, read_erased, strip_mentions
from profiles.privacy.planning import stored_ids
from profiles.privacy.removing import (
    alone,
    is_anything_left,
    last_batch,
    part_from_neighbours,
    remove_facts,
    remove_identifiers,
    remove_interactions,
    remove_quarantined,
    take_out,
    waits_in_inbox,
)
from profiles.review.forgetting import forget_in_notes

INTERACTIONS, CARDS, IDENTIFIERS = "profiles.Interaction", "profiles.Card", "profiles.Identifier"
MENTIONS = "profiles.Interaction of others"
OPTED_OUT = "consent.ConsentDecision of others"
ROWS_AT_ONCE = 2000
MENTIONS_AT_ONCE = 50
PATIENCE = 60.0  # seconds, for batches that others work on
PAUSE = 0.6  # of the time that a piece took


class StillArriving(Exception):
    """A batch that names the person was accepted before the erasure and is not worked off yet; it is tried again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Erasing:
    """One erasure under way. `names`: all identifiers to be forgotten, presented ones that are not stored too."""

    execution: Execution
    part: Part
    erased: ErasedOnes
    names: frozenset[tuple[str, str]]
    profile_ids: frozenset[UUID]

    def count(self, store: str, rows: int, kept: int = 0) -> None:
        """Add to what was done in a store."""
        steps.count(self.part, store, rows, kept)

    def count_all(self, rows: Mapping[str, int]) -> None:
        """Add to what was done in some stores; one that had nothing is not named by this."""
        for store, number in rows.items():
            if number:
                self.count(store, number)


def erase(execution: Execution, *, watch: Callable[[str], object] = str) -> Outcome:
    """Erase what the groups of a request hold. It may be called again until it returns: what is gone stays gone.

    Call it outside of any transaction: it makes many short ones. Whoever hangs on a shared identifier that was
    presented is opted out, and nothing of it is deleted. `watch` is told each store, before it is asked and when it
    has answered. Raises `StillArriving`.
    """
    part = steps.part_of(execution.request_id, execution.groups)
    opted_out = opt_out_people_on_shared(execution)
    erasing = begin(execution, part)
    if not any(execution.scope.values()):
        return Outcome(no_match=True)
    if erasing.erased.names and steps.is_done(part, IDENTIFIERS):
        steps.start_anew(part)  # a backup brought back what was gone
    for store, step in STEPS:
        if not steps.is_done(part, store):
            watch(store)
            step(erasing)
            watch(store)
            steps.end_step(part, store)
    steps.end_all(part)
    return Outcome(rows={**steps.rows_by_store(part), **({OPTED_OUT: opted_out} if opted_out else {})})


def begin(execution: Execution, part: Part) -> Erasing:
    """What is to be erased: what is shared by several people is not."""
    ids = {id_ for group in execution.groups - {SHARED} for id_ in execution.scope.get(group, ())}
    rows = Identifier.objects.filter(id__in=ids, shared=False).values_list("id", "profile_id")
    erased = read_erased([id_ for id_, _ in rows])
    elsewhere = [one for one in execution.identifiers if not stored_ids([one]) - erased.names.keys()]
    return Erasing(
        execution,
        part,
        erased,
        frozenset({*erased.names.values(), *elsewhere}),
        frozenset(profile_id for _, profile_id in rows),
    )


def opt_out_people_on_shared(execution: Execution) -> int:
    """Opt everybody out who hangs on a shared identifier that was presented, or that a review included."""
    ids = stored_ids(execution.identifiers)
    if SHARED in execution.groups:
        ids |= set(execution.scope.get(SHARED, ()))
    shared = list(Identifier.objects.filter(id__in=ids, shared=True).values_list("id", flat=True))
    if not shared:
        return 0
    with transaction.atomic():
        go_through_gate()
        enter_lane()
        return opt_out_all(shared, execution)


def suppress_all(erasing: Erasing) -> None:
    """Nothing of them is stored from here on."""
    begin_erasure(erasing.names, at=datetime.now(UTC), request_id=erasing.execution.request_id)
    steps.note(erasing.part, "consent.SuppressionEntry", len(erasing.names))


def recognise_nobody(erasing: Erasing) -> None:
    """Their cards are gone, and those whom they were held together with come together without them."""
    with alone():
        take_out(erasing.erased)
        steps.note(erasing.part, CARDS, len(erasing.erased.names))


def empty_inbox(erasing: Erasing) -> None:
    """What was accepted before has arrived: a batch of then that waits names nobody of them."""
    until, deadline = last_batch(), time.monotonic() + PATIENCE
    while waits_in_inbox(erasing.names, until):
        if not take_batches().batches:
            if time.monotonic() > deadline:
                raise StillArriving
            time.sleep(0.2)


def erase_interactions(erasing: Erasing) -> None:
    """Their timelines."""
    request_id = erasing.execution.request_id
    in_pieces(
        lambda: remove_interactions(
            erasing.erased, request_id, lambda rows, kept: erasing.count(INTERACTIONS, rows, kept)
        )
    )


def strip_others(erasing: Erasing) -> None:
    """The timelines of others, of what names them."""
    ids = [id_ for some in find_mentions(erasing.erased) for id_ in some] if erasing.erased.names else []
    for start in range(0, len(ids), MENTIONS_AT_ONCE):
        with paced(), alone():
            erasing.count(MENTIONS, strip_mentions(ids[start : start + MENTIONS_AT_ONCE], erasing.erased))


def part_others(erasing: Erasing) -> None:
    """Links, and what followed from them at the other ends."""
    in_pieces(lambda: part_from_neighbours(erasing.erased, lambda rows: erasing.count("profiles.Link", rows)))


def erase_facts(erasing: Erasing) -> None:
    """What was known of them."""
    in_pieces(lambda: remove_facts(erasing.erased, lambda rows: erasing.count("profiles.TraitFact", rows)))


def erase_quarantined(erasing: Erasing) -> None:
    """What was never understood, or waits until a restriction is lifted; and what staff wrote about others."""
    with transaction.atomic():
        erasing.count("profiles.Quarantine", remove_quarantined(erasing.erased, erasing.names))
    with transaction.atomic():
        erasing.count_all({"profiles.ReviewCase": forget_in_notes(erasing.names)})


def erase_decisions(erasing: Erasing) -> None:
    """What they decided, their receipts, and what waits to be done about it."""

    def remove() -> int:
        with transaction.atomic():
            found, rows = delete_some_decisions(erasing.erased.ids, erasing.erased.values, ROWS_AT_ONCE)
            erasing.count_all(rows)
            return found

    in_pieces(remove)
    with transaction.atomic():
        erasing.count_all(delete_said(erasing.erased.ids))


def forget_who_looked(erasing: Erasing) -> None:
    """Whose data was read: that it was read stays counted."""

    def forget() -> int:
        with transaction.atomic():
            rows = forget_accesses(erasing.profile_ids, ROWS_AT_ONCE)
            erasing.count("consent.AccessLog", rows)
            return rows

    in_pieces(forget)


def erase_what_was_made(erasing: Erasing) -> None:
    """Packages, proofs, visits, messages and files of mail."""
    with transaction.atomic():
        erasing.count_all(delete_made_for(erasing.names))
        erasing.count("consent.Message", forget_messages(erasing.names))


def erase_identifiers(erasing: Erasing) -> None:
    """Who they were; what came meanwhile from a worker of then goes first."""
    while True:
        for step in (erase_interactions, strip_others, part_others, erase_facts, erase_decisions):
            step(erasing)
        with alone():
            if not is_anything_left(erasing.erased):
                erasing.count_all(remove_identifiers(erasing.erased))
                return


# In this order. Each is done when it returns, and is not called again; stopped before, it is called again and goes on.
STEPS: tuple[tuple[str, Callable[[Erasing], None]], ...] = (
    ("consent.SuppressionEntry", suppress_all),
    (CARDS, recognise_nobody),
    ("profiles.Inbox", empty_inbox),
    (INTERACTIONS, erase_interactions),
    (MENTIONS, strip_others),
    ("profiles.Link", part_others),
    ("profiles.TraitFact", erase_facts),
    ("profiles.Quarantine", erase_quarantined),
    ("consent.ConsentDecision", erase_decisions),
    ("consent.AccessLog", forget_who_looked),
    ("consent.Package", erase_what_was_made),
    (IDENTIFIERS, erase_identifiers),
)


def in_pieces(piece: Callable[[], int]) -> None:
    """Do a piece after the other until one finds nothing."""
    while True:
        with paced():
            if not piece():
                return


@contextmanager
def paced() -> Iterator[None]:
    """Pause after a piece, for as long as others need to get on."""
    began = time.monotonic()
    yield
    time.sleep(PAUSE * (time.monotonic() - began))
