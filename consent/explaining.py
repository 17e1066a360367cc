"""Why something is in force: each voice that was heard, whether it counts, and the rule of consent.md that decides.

Pure. The rules are the numbered ones of consent.md, "In force".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from consent import outcome as code
from consent.in_force import REASONS, InForce
from consent.outcome import PERSON, REFUSING, Holder, Outcome, Voice, lifts, outcome, restriction, voices
from consent.purposes import UNREFUSABLE, Purpose
from consent.said import EVERYTHING, GRANTS, PROBLEMS, REFUSALS, STATE_NAMES
from consent.states import WORDS

RESTRICTED_OR_OBJECTED, LATEST_OF_EACH, ONE_ADDRESS, WHOLE_PERSON, DEFAULT = range(1, 6)
RULES = {
    RESTRICTED_OR_OBJECTED: "A restriction of processing or an objection on any identifier of the person denies.",
    LATEST_OF_EACH: "Of each identifier the latest decision counts; one that is over, to come, unusable or in conflict"
    " with another of the same instant is no permission.",
    ONE_ADDRESS: "A purpose about one address looks at that address, and at what the person refused as a whole.",
    WHOLE_PERSON: "A refusal on any identifier stands until a later grant of equal or better assurance, and a grant on"
    " a device alone does not rise to a known person.",
    DEFAULT: "Nobody was asked, or the purpose does not rest on consent: its default holds.",
}
_BY_CODE = {
    code.OBJECTED: RESTRICTED_OR_OBJECTED,
    code.EXPIRED: LATEST_OF_EACH,
    code.RECONFIRM: LATEST_OF_EACH,
    code.REQUESTED: LATEST_OF_EACH,
    code.DEFERRED: LATEST_OF_EACH,
    code.UNKNOWN: LATEST_OF_EACH,
    code.UNPROVEN: LATEST_OF_EACH,
    code.AWAITING_GUARDIAN: LATEST_OF_EACH,
    code.NOBODY_ASKED: DEFAULT,
}
_PROBLEM_WORDS = {letter: problem for problem, letter in PROBLEMS.items()}


@dataclass(frozen=True, slots=True)
class VoiceExplained:
    """One voice. `identifier`: its id; `at`: microseconds; `assurance`: `person` or `device`."""

    identifier: int
    purpose: str
    state: str
    at: int
    assurance: str
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The number of the rule that decides, what it comes to in words, and what was said."""

    rule: int
    in_words: str
    voices: list[VoiceExplained]


def explain(purpose: Purpose, ruling: InForce, holders: Sequence[Holder], at: int) -> Explanation:
    """Why a purpose is, or is not, in force for a person at an instant."""
    came_to = outcome(purpose.key, holders, at)
    heard = voices(purpose.key, holders, at)
    rule = rule_of(purpose, ruling, came_to)
    explained = [_explained(voice, came_to, heard, holders) for voice in heard]
    if ruling.restricted:
        explained = [
            _voice(voice, True, "All processing is restricted.") for voice in restriction(holders, at).because
        ] + explained
    return Explanation(rule, f"{ruling.reason} {RULES[rule]}", explained)


def rule_of(purpose: Purpose, ruling: InForce, came_to: Outcome) -> int:
    """Which rule decides."""
    if ruling.restricted:
        return RESTRICTED_OR_OBJECTED
    if purpose.legal_basis in UNREFUSABLE:
        return DEFAULT
    if came_to.code == code.CONFLICT and any(voice.letter == code.CONFLICT for voice in came_to.because):
        return LATEST_OF_EACH
    return _BY_CODE.get(came_to.code, ONE_ADDRESS if purpose.address_type else WHOLE_PERSON)


def word_of(voice: Voice) -> str:
    """What a voice says, in the words of answers."""
    if voice.letter in ("c", "x"):
        return REASONS[code.CONFLICT if voice.letter == "c" else code.EXPIRED].state
    return _PROBLEM_WORDS.get(voice.letter) or WORDS[STATE_NAMES[voice.letter]]


def _explained(voice: Voice, came_to: Outcome, heard: Sequence[Voice], holders: Sequence[Holder]) -> VoiceExplained:
    # A device's grant is named as why it is no more than that, and does not count.
    counts = voice in came_to.because and came_to.code != code.DEVICE_ONLY
    if voice.letter == "O":
        return _voice(voice, counts, "An objection stands until it is taken back.")
    if voice.letter == "c":
        return _voice(voice, counts, "It says yes and no at the same instant, which is no.")
    if voice.letter in REFUSALS:
        return _voice(voice, counts, _why_refusal(voice, counts, heard))
    if voice.letter in GRANTS:
        return _voice(voice, counts, _why_grant(voice, counts, came_to, holders))
    if voice.letter == "x":
        return _voice(voice, counts, "Its time is over.")
    return _voice(voice, counts, "It is not an answer that permits anything.")


def _why_refusal(voice: Voice, counts: bool, heard: Sequence[Voice]) -> str:
    if counts:
        return "It stands: no later grant of equal or better assurance answers it."
    if any(grant.letter in GRANTS and lifts(grant, voice) for grant in heard):
        return "A later grant of equal or better assurance replaced it."
    return "It stands too, and something later decides."


def _why_grant(voice: Voice, counts: bool, came_to: Outcome, holders: Sequence[Holder]) -> str:
    if came_to.code == code.CONFLICT and counts:
        return "It says the opposite of a refusal that it cannot lift."
    if came_to.code in REFUSING:
        return "A refusal or objection stands against it."
    if voice.level != PERSON and any(holder.person for holder in holders):
        return "A device's permission does not rise to the person."
    return "It was given, and nothing stands against it." if counts else "Another end has come first."


def _voice(voice: Voice, counts: bool, why: str) -> VoiceExplained:
    state = "restricted" if voice.key == EVERYTHING else word_of(voice)
    assurance = "person" if voice.level == PERSON else "device"
    return VoiceExplained(voice.holder.id, voice.key, state, voice.said.at, assurance, counts, why)
