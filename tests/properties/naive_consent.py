"""A naive reading of consent.md, "In force": whole histories, looked through anew for each question.

It shares nothing with the service but the names of the states. Slow, and meant to be held beside the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

GRANTS = {"ConsentGiven", "RenewedConsentGiven"}
REFUSALS = {"ConsentRefused", "ConsentWithdrawn", "ConsentTerminated", "ConsentInvalidated"}
ANSWERS = GRANTS | REFUSALS
EXPIRED = "ConsentExpired"
RESTRICTIONS = ("ProcessingRestricted", "RestrictionLifted")
OBJECTIONS = ("ObjectionRaised", "ObjectionLifted")
NOT_ASKED_ABOUT = {"contract", "legal_obligation", "vital_interest"}

OBJECTED, REFUSED, GRANTED, NEITHER = "objected", "refused", "granted", "neither"

Address = tuple[str, int] | None  # the identifier type that a purpose is about, and the id of the one asked for


@dataclass(frozen=True)
class Statement:
    """One decision, as the ledger has it. Instants are any whole numbers; `problem`: why a grant cannot be used."""

    at: int
    state: str
    received: int = 0
    verified: bool = True
    with_account: bool = False
    ends: int | None = None
    by_choice: bool = False
    problem: str = ""

    @property
    def answers(self) -> bool:
        """Whether it is an answer, and no question."""
        return self.state in ANSWERS and not (self.state in GRANTS and self.problem)


@dataclass(frozen=True)
class Identifier:
    """An identifier and all that was ever said under it, by purpose, in any order."""

    id: int
    type: str
    person: bool = True
    account: bool = False
    verified: bool = True
    history: Mapping[str, Sequence[Statement]] = field(default_factory=dict)


@dataclass(frozen=True)
class Voice:
    """The latest answer of one identifier. Where it gave several at one instant, the narrowest of them."""

    identifier: Identifier
    answers: tuple[Statement, ...]

    @property
    def at(self) -> int:
        return self.answers[0].at

    @property
    def level(self) -> int:
        """2: a person identifier said it itself; 1: a device did, or somebody claimed it of a known person."""
        proven = self.answers[0].verified or not self.identifier.verified
        return 2 if self.identifier.person and proven else 1

    @property
    def refuses(self) -> bool:
        return any(answer.state in REFUSALS for answer in self.answers)

    @property
    def grants(self) -> bool:
        return all(answer.state in GRANTS for answer in self.answers)

    @property
    def renews(self) -> bool:
        return all(answer.state == "RenewedConsentGiven" for answer in self.answers)

    @property
    def with_account(self) -> bool:
        return any(answer.with_account for answer in self.answers)

    @property
    def ends(self) -> int | None:
        return min((answer.ends for answer in self.answers if answer.ends is not None), default=None)

    @property
    def by_choice(self) -> bool:
        return any(answer.by_choice for answer in self.answers if answer.ends is not None)

    def is_over(self, now: int) -> bool:
        """Whether it has ended by itself."""
        return self.ends is not None and self.ends <= now


def is_allowed(identifiers: Sequence[Identifier], state: str, now: int, *, basis: str, default: str) -> bool:
    """Whether a purpose is allowed of which the statements come to this state. `default`: when nobody was asked."""
    if any(is_raised(each, "*", now, RESTRICTIONS) for each in identifiers):
        return False
    if basis in NOT_ASKED_ABOUT:
        return True
    return state == GRANTED or (state == NEITHER and default == "allowed")


def state_of(identifiers: Sequence[Identifier], key: str, now: int, address: Address = None) -> str:
    """What the statements about the purpose, and about those above it, come to."""
    above = parents(key)
    if any(is_raised(each, purpose, now, OBJECTIONS) for each in identifiers for purpose in [key, *above]):
        return OBJECTED
    if not any(key in each.history for each in identifiers):
        return REFUSED if any(state_of(identifiers, parent, now) == REFUSED for parent in above) else NEITHER
    asked = [each for each in identifiers if address is None or each.id == address[1]]
    needed = 2 if any(each.person for each in asked) else 1
    own = [voice for each in asked for voice in voices(each, key, now)]
    grants = in_time([voice for voice in own if voice.grants], needed, now)
    refusals = [voice for voice in own if voice.refuses]
    refusals += heard_besides(identifiers, key, now, address)
    if any(not any(lifts(grant, refusal) for grant in grants) for refusal in refusals):
        return REFUSED
    return GRANTED if any(grant.level >= needed for grant in grants) else NEITHER


def heard_besides(identifiers: Sequence[Identifier], key: str, now: int, address: Address) -> Iterator[Voice]:
    """The refusals that are heard too: of the purposes above, whatever was granted there since, and for one address
    those of the purpose itself under what is no such address."""
    for each in identifiers:
        for parent in parents(key):
            yield from latest(each, parent, now, REFUSALS)
        if address is not None and each.type != address[0]:
            yield from (voice for voice in voices(each, key, now) if voice.refuses)


def parents(key: str) -> list[str]:
    """The purposes above one."""
    return [key[:place] for place, letter in enumerate(key) if letter == "."]


def is_raised(identifier: Identifier, purpose: str, now: int, pair: tuple[str, str]) -> bool:
    """Whether the first of two opposite states was said last, or at the same instant as the other."""
    for verified in (True, False):
        said = [s for s in said_by(identifier, purpose, now) if s.state in pair and s.verified == verified]
        last = max((statement.at for statement in said), default=0)
        if any(statement.at == last and statement.state == pair[0] for statement in said):
            return True
    return False


def voices(identifier: Identifier, purpose: str, now: int) -> Iterator[Voice]:
    """The latest answer of what is known, and of what is claimed, but for grants that were said to be over."""
    for voice in latest(identifier, purpose, now, ANSWERS):
        over = [
            statement
            for statement in said_by(identifier, purpose, now)
            if statement.state == EXPIRED
            and statement.verified == voice.answers[0].verified
            and statement.at >= voice.at
        ]
        if voice.refuses or not over:
            yield voice


def latest(identifier: Identifier, purpose: str, now: int, states: set[str]) -> Iterator[Voice]:
    """The latest of some answers, of what is known and of what is claimed."""
    for verified in (True, False):
        said = [
            statement
            for statement in said_by(identifier, purpose, now)
            if statement.answers and statement.state in states and statement.verified == verified
        ]
        if said:
            last = max(statement.at for statement in said)
            yield Voice(identifier, tuple(statement for statement in said if statement.at == last))


def said_by(identifier: Identifier, purpose: str, now: int) -> list[Statement]:
    """What had been said by an instant; what is dated later was not said yet."""
    return [statement for statement in identifier.history.get(purpose, ()) if statement.at <= now]


def in_time(grants: Sequence[Voice], needed: int, now: int) -> list[Voice]:
    """The grants that have not ended, neither by themselves nor by an end that the person chose elsewhere.

    `needed`: the level at which a grant counts, and so renews.
    """
    running = [grant for grant in grants if not grant.is_over(now)]
    counting = [grant for grant in running if grant.level >= needed]
    chosen = [grant for grant in grants if grant.is_over(now) and grant.by_choice and grant.level >= needed]
    final = [over for over in chosen if not any(renews(grant, over) for grant in counting)]
    return [grant for grant in running if all(is_at_or_after_end(grant, over) for over in final)]


def renews(grant: Voice, over: Voice) -> bool:
    """Whether the person granted it anew: in so many words, or once it had ended."""
    return (grant.renews and grant.at > over.at) or is_at_or_after_end(grant, over)


def is_at_or_after_end(grant: Voice, over: Voice) -> bool:
    """Whether a grant was given when another had ended."""
    return over.ends is not None and grant.at >= over.ends


def lifts(grant: Voice, refusal: Voice) -> bool:
    """Whether a grant replaces a refusal: it is later, as good, and not of another account of the person."""
    if grant.at <= refusal.at or grant.level < refusal.level:
        return False
    of_another_account = grant.identifier.id != refusal.identifier.id and grant.with_account
    return not (refusal.identifier.account and of_another_account)
