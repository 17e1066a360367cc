"""How long things are kept: what rules may say, and which of them is meant. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from consent.durations import BadDuration, parse_duration

INTERACTION, TRAIT = "interaction", "trait"
BEHAVIOUR = "behaviour"
# What a rule of each other store counts from.
COUNTED_FROM = {
    "access_log": "when somebody looked",
    "case": "when it ended",
    "certificate": "when it expires",
    "confirmation": "when its link expires",
    "held_record": "the day of its hold",
    "message": "when it was made",
    "package": "when it expires",
    "proof": "when its code expires",
    "quarantine": "when it arrived",
    "request": "when it was closed",
    "visit": "when it ends",
}
# These are removed at their own end, whatever rules say; all others only where a rule says when.
AT_THEIR_END = frozenset({"certificate", "held_record", "package", "proof", "visit"})
RULED = frozenset({INTERACTION, TRAIT, *COUNTED_FROM}) - AT_THEIR_END
OF_A_SOURCE = frozenset({INTERACTION, TRAIT, "quarantine"})


class RetentionRefused(ValueError):
    """Why a rule or a hold cannot be as it is asked for; `field` is the member that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """How long something is kept. `category`: of traits. `source`: name, empty: any. `keep_for`: ISO 8601, empty: for
    ever."""

    store: str
    category: str = ""
    source: str = ""
    keep_for: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one rule for."""
        return self.store, self.category, self.source


def check_rule(rule: Rule) -> None:
    """Raise `RetentionRefused` for what no rule can say."""
    if rule.store not in RULED:
        raise RetentionRefused("store", f"There is no such store; it is one of {', '.join(sorted(RULED))}.")
    if (rule.store == TRAIT) != bool(rule.category):
        raise RetentionRefused("category", "A rule about traits names a data category, and no other does.")
    if rule.category == BEHAVIOUR:
        raise RetentionRefused("category", "What people did is limited by a rule about interactions.")
    if rule.source and rule.store not in OF_A_SOURCE:
        raise RetentionRefused("source", "Only interactions, traits and the quarantine have rules for a source.")
    check_duration("keep_for", rule.keep_for)


def check_duration(field: str, text: str) -> None:
    """Raise `RetentionRefused` unless a text is a duration or empty."""
    try:
        if text:
            parse_duration(text)
    except BadDuration as error:
        raise RetentionRefused(field, str(error)) from None


def kept_for(rules: Iterable[Rule], sources: Iterable[str]) -> dict[str, str]:
    """How long each source's are kept, of rules that differ by source alone: its own rule, else the one for any.

    Sources of which things are kept for ever are left out.
    """
    held = {rule.source: rule.keep_for for rule in rules}
    found = {source: held.get(source, held.get("", "")) for source in sources}
    return {source: keep_for for source, keep_for in found.items() if keep_for}
