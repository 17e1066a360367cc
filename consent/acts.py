"""What an act of deciding comes to: each thing that was asked for as a row of the ledger will have it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from consent.durations import add_duration
from consent.guardians import AGE_UNKNOWN, Age, comes_of_age
from consent.purposes import CONSENT, Purpose
from consent.states import GIVEN, GRANTS, REQUESTED

AWAITING_GUARDIAN = "awaiting_guardian"
UNPROVEN = "unproven"
BY_GUARDIAN = "guardian"
DOUBLE_OPT_IN = frozenset({"double_opt_in", "double-opt-in", "double opt-in"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One decision as a caller states it. `purpose` None: all processing. `at` and `expires_at` in UTC; `expires_at`
    None: the purpose says when it ends."""

    key: str
    purpose: Purpose | None
    state: str
    at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How all decisions of an act were made. `threshold`: the age from which on the person decides alone."""

    method: str = ""
    proven: bool = False
    by_guardian: bool = False
    age: Age = AGE_UNKNOWN
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One decision as the ledger takes it. `confirmed_as`: what it becomes once its link is opened and confirmed."""

    purpose: str
    state: str
    decided_at: datetime
    expires_at: datetime | None = None
    ends_by_choice: bool = False
    guardian: bool = False
    problem: str = ""
    confirmed_as: str = ""

    @property
    def usable(self) -> bool:
        """Whether it can be relied on as consent."""
        return self.state in GRANTS and not self.problem


def plan(asked: Asked, circumstances: Circumstances) -> Planned:
    """What a decision comes to, whatever was decided before: that may be told later, and must not matter."""
    if needs_confirmation(asked, circumstances.method):
        confirmed_as = asked.state if asked.state in GRANTS else GIVEN
        return _grant(asked, circumstances, REQUESTED, confirmed_as=confirmed_as)
    if asked.state not in GRANTS:
        return Planned(asked.key, asked.state, asked.at, guardian=circumstances.by_guardian)
    return _grant(asked, circumstances, asked.state)


def needs_confirmation(asked: Asked, method: str) -> bool:
    """Whether a link must be opened and confirmed first (double opt-in)."""
    by_method = method.strip().lower() in DOUBLE_OPT_IN
    by_purpose = asked.purpose is not None and asked.purpose.double_opt_in
    return (asked.state in GRANTS and (by_method or by_purpose)) or (asked.state == REQUESTED and by_method)


def _grant(asked: Asked, circumstances: Circumstances, state: str, confirmed_as: str = "") -> Planned:
    of_age = comes_of_age(circumstances.age, asked.at, circumstances.threshold) if rests_on_consent(asked) else None
    ends, chosen = ends_at(asked.purpose, asked.at, asked.expires_at)
    if of_age is not None and circumstances.by_guardian and (ends is None or of_age <= ends):
        ends, chosen = of_age, True
    problem = UNPROVEN if rests_on_consent(asked) and not circumstances.proven else ""
    if of_age is not None and not circumstances.by_guardian:
        problem = AWAITING_GUARDIAN
    return Planned(
        purpose=asked.key,
        state=state,
        decided_at=asked.at,
        expires_at=ends,
        ends_by_choice=chosen,
        guardian=circumstances.by_guardian,
        problem=problem,
        confirmed_as=confirmed_as,
    )


def rests_on_consent(asked: Asked) -> bool:
    """Whether the purpose needs consent; a grant of another takes back what was refused, and proves nothing."""
    return asked.purpose is None or asked.purpose.legal_basis == CONSENT


def ends_at(purpose: Purpose | None, at: datetime, chosen: datetime | None) -> tuple[datetime | None, bool]:
    """When a grant ends, and whether that was chosen with it and not set by the purpose."""
    if chosen is not None:
        return chosen, True
    if purpose is None or not purpose.expires_after:
        return None, False
    return add_duration(at, purpose.expires_after), False
