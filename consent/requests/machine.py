"""The states of a privacy request and what moves it from one to the next (consent.md, "Requests"). Pure.

    received -> identity_check -> in_progress -> (awaiting_approval) -> executing -> completed
                                                                     -> partially_completed -> executing …

and from what is not being executed yet: denied, cancelled, expired, duplicate. What is closed stays closed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consent.requests.kinds import (
    AWAITING_APPROVAL,
    CANCELLED,
    CLOSED,
    COMPLETED,
    DENIED,
    DUPLICATE,
    EXECUTING,
    EXPIRED,
    IDENTITY_CHECK,
    IN_PROGRESS,
    PARTIALLY_COMPLETED,
    RECEIVED,
)
from consent.requests.refusals import NotNow

# Those of which one person has at most one of each type: verified, and neither answered nor closed.
ACTIVE = frozenset({IN_PROGRESS, AWAITING_APPROVAL, EXECUTING})
# Nothing was done yet.
WAITING = frozenset({RECEIVED, IDENTITY_CHECK, IN_PROGRESS, AWAITING_APPROVAL})
UNVERIFIED = frozenset({RECEIVED, IDENTITY_CHECK})

IDENTITY_ASKED = "identity_asked"
VERIFIED = "verified"
DUPLICATE_FOUND = "duplicate_found"
APPROVAL_WANTED = "approval_wanted"
APPROVED_FIRST = "approved_first"  # of two who have to
APPROVED = "approved"
BEGUN = "execution_begun"
ATTEMPT_FAILED = "attempt_failed"
NOTHING_HELD = "nothing_held"
FINISHED = "execution_finished"
FINISHED_PARTLY = "execution_finished_partly"
INCLUDED = "review_included"
LEFT = "review_left"
RETRIED = "retried"
REFUSED = "denied"
WITHDRAWN = "cancelled"
RAN_OUT = "expired"
OVERTAKEN = "overtaken_by_erasure"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a move is judged by.

    `identified`: the identity is checked to the level that the type needs; `unidentified_too_long`: the time for that
    is over. `approval_open`: it needs an approval that it has not. `cooling`: its cooling-off runs; `cooled`: it had
    one, which is over. `failed`: something of it could not be done; `unreviewed`: evidence groups await review; both
    as they are when the event has happened. `rival`: another request of the person and type is active.
    """

    state: str
    identified: bool = False
    unidentified_too_long: bool = False
    approval_open: bool = False
    cooling: bool = False
    cooled: bool = False
    failed: bool = False
    unreviewed: bool = False
    rival: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """From which states an event moves a request, and where to.

    `guard`: what else must hold, and `otherwise` the sentence for whom it stops.
    """

    origins: frozenset[str]
    to: str | Callable[[Situation], str]
    guard: Callable[[Situation], bool] = lambda _: True
    otherwise: str = ""

    def target(self, now: Situation) -> str:
        """The state that it leads to."""
        return self.to if isinstance(self.to, str) else self.to(now)


def _after_approval(now: Situation) -> str:
    return IN_PROGRESS if now.cooling else EXECUTING


def _after_leaving(now: Situation) -> str:
    return PARTIALLY_COMPLETED if now.failed or now.unreviewed else COMPLETED


def _after_overtaking(now: Situation) -> str:
    return COMPLETED if now.state == PARTIALLY_COMPLETED else CANCELLED


NO_RIVAL = "Another request of this person and type is active; this one can go on when that one is closed."

MOVES: Mapping[str, Move] = {
    IDENTITY_ASKED: Move(frozenset({RECEIVED}), IDENTITY_CHECK, lambda now: not now.identified),
    VERIFIED: Move(
        UNVERIFIED,
        IN_PROGRESS,
        lambda now: now.identified,
        "The identity is not checked to the level that this type of request needs.",
    ),
    DUPLICATE_FOUND: Move(frozenset({IN_PROGRESS, AWAITING_APPROVAL}), DUPLICATE),
    APPROVAL_WANTED: Move(frozenset({IN_PROGRESS}), AWAITING_APPROVAL, lambda now: now.approval_open),
    APPROVED_FIRST: Move(frozenset({AWAITING_APPROVAL}), AWAITING_APPROVAL, lambda now: now.approval_open),
    APPROVED: Move(frozenset({AWAITING_APPROVAL}), _after_approval, lambda now: not now.approval_open),
    BEGUN: Move(
        frozenset({IN_PROGRESS}),
        EXECUTING,
        lambda now: not now.cooling and not now.approval_open,
        "It is executed when its cooling-off is over and it is approved.",
    ),
    ATTEMPT_FAILED: Move(frozenset({EXECUTING}), EXECUTING),
    NOTHING_HELD: Move(frozenset({EXECUTING}), DENIED),
    FINISHED: Move(frozenset({EXECUTING}), COMPLETED, lambda now: not (now.failed or now.unreviewed)),
    FINISHED_PARTLY: Move(frozenset({EXECUTING}), PARTIALLY_COMPLETED, lambda now: now.failed or now.unreviewed),
    INCLUDED: Move(frozenset({PARTIALLY_COMPLETED}), EXECUTING, lambda now: not now.rival, NO_RIVAL),
    LEFT: Move(frozenset({PARTIALLY_COMPLETED}), _after_leaving),
    RETRIED: Move(frozenset({PARTIALLY_COMPLETED}), EXECUTING, lambda now: not now.rival, NO_RIVAL),
    REFUSED: Move(WAITING, DENIED),
    WITHDRAWN: Move(WAITING, CANCELLED, lambda now: not now.cooled, "The time in which it could be cancelled is over."),
    RAN_OUT: Move(UNVERIFIED, EXPIRED, lambda now: now.unidentified_too_long),
    OVERTAKEN: Move(WAITING | {PARTIALLY_COMPLETED}, _after_overtaking),
}

# What brings a request on from each state, for the sentence that says why something is not possible now.
WAYS_ON = {
    RECEIVED: "its identity check",
    IDENTITY_CHECK: "its identity check",
    IN_PROGRESS: "its execution",
    AWAITING_APPROVAL: "its approval or denial",
    EXECUTING: "the end of its execution",
    PARTIALLY_COMPLETED: "a review of the evidence groups that are left, or a retry of what failed",
}


def move(event: str, now: Situation) -> str:
    """The state that an event leads to. Raises `NotNow`."""
    rule = MOVES[event]
    if now.state not in rule.origins:
        raise NotNow(_why_not(now.state))
    if not rule.guard(now):
        raise NotNow(rule.otherwise or _why_not(now.state))
    return rule.target(now)


def possible(now: Situation) -> list[str]:
    """The events that can happen now."""
    return [event for event, rule in MOVES.items() if now.state in rule.origins and rule.guard(now)]


def _why_not(state: str) -> str:
    if state in CLOSED:
        return f"The request is {state}, which is final."
    return f"The request is {state}; what comes next is {WAYS_ON[state]}."


class Contender(NamedTuple):
    """One of several requests of a person and type of which one stays active."""

    executing: bool
    received_at: datetime
    id: UUID

    @property
    def order(self) -> tuple[bool, datetime, UUID]:
        """The first stays: what is being executed already, else the oldest."""
        return (not self.executing, self.received_at, self.id)


def who_stays(contenders: Iterable[Contender]) -> UUID:
    """Which of them stays active; all others are its duplicates."""
    return min(contenders, key=lambda one: one.order).id
