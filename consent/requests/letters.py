"""Letters to the person about a request: what they hold, field by field, in the person's language. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from consent.requests.gap_texts import gaps_in_words
from consent.requests.letter_texts import EN, LANGUAGES, REASONS, SENTENCES, TYPES

ACKNOWLEDGEMENT, EXTENSION, REFUSAL = "acknowledgement", "extension", "refusal"
COMPLETION, PARTIAL, ERASURE_BEGUN = "completion", "partial", "erasure"
APPEAL_DECISION = "appeal_decision"


@dataclass(frozen=True, slots=True)
class About:
    """The request that a letter is about."""

    id: UUID
    type: str
    received_on: date
    language: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter. `fields`: what each paragraph is, such as `reason` or `judicial_remedy`, in the order of the letter."""

    kind: str
    language: str
    title: str
    fields: Mapping[str, str]

    @property
    def paragraphs(self) -> list[str]:
        """The text, without its title."""
        return list(self.fields.values())

    @property
    def text(self) -> str:
        """The text as a message has it."""
        return "\n\n".join(self.paragraphs) + "\n"


def language_of(tag: str) -> str:
    """The language that letters have of a BCP 47 tag; English where there is none."""
    primary = tag.split("-", 1)[0].lower()
    return primary if primary in LANGUAGES else EN


def acknowledgement(about: About, due_on: date) -> Letter:
    """Receipt is confirmed."""
    return _letter(ACKNOWLEDGEMENT, about, {"due": {"due": due_on.isoformat()}})


def extension(about: About, due_on: date, reason: str) -> Letter:
    """More time is taken, with the reason."""
    return _letter(EXTENSION, about, {"extended": {"due": due_on.isoformat(), "words": reason}})


def refusal(about: About, reason: str, explanation: str, authority: str, opt_out: str = "") -> Letter:
    """The request is denied: why, and what the person can do about it. `authority` empty: none in particular.

    `opt_out`: where they can opt out of sale and sharing instead; empty: they are not asked.
    """
    language = language_of(about.language)
    parts: dict[str, dict[str, Any]] = {"reason": {"reason": REASONS[language][reason]}}
    if explanation and explanation != REASONS[language_of(about.language)].get(reason):
        parts["explanation"] = {"words": explanation}
    parts["supervisory_authority"] = {"authority": authority or SENTENCES[language]["general_authority"]}
    if opt_out:
        parts["opt_out_offer"] = {"link": opt_out}
    return _letter(REFUSAL, about, parts | {"judicial_remedy": {}, "appeal": {}})


def completion(about: About, gaps: Iterable[tuple[str, int]], link: str = "") -> Letter:
    """The request is done, in whole or but for some gaps: (store, rows). `link`: where a package is fetched."""
    left = gaps_in_words(gaps, language_of(about.language))
    parts: dict[str, dict[str, Any]] = {"done_partly" if left else "done": {}}
    if link:
        parts["package"] = {"link": link}
    if left:
        parts["gaps"] = {"words": left}
    return _letter(PARTIAL if left else COMPLETION, about, parts)


def erasure_begun(about: About, link: str) -> Letter:
    """The last message before the address itself is erased. `link`: where the certificate will be; empty: nowhere."""
    parts: dict[str, dict[str, Any]] = {"certificate": {"link": link}} if link else {}
    return _letter(ERASURE_BEGUN, about, parts | {"last_message": {}})


def appeal_decision(about: About, *, upheld: bool, outcome: str, authority: str) -> Letter:
    """How an appeal ended; where it was rejected, what else the person can do."""
    parts: dict[str, dict[str, Any]] = {"upheld" if upheld else "rejected": {}, "outcome": {"words": outcome}}
    if not upheld:
        general = SENTENCES[language_of(about.language)]["general_authority"]
        parts |= {"supervisory_authority": {"authority": authority or general}, "judicial_remedy": {}}
    return _letter(APPEAL_DECISION, about, parts)


def _letter(kind: str, about: About, parts: Mapping[str, Mapping[str, Any]]) -> Letter:
    language = language_of(about.language)
    sentences = SENTENCES[language]
    named = {"type": TYPES[language][about.type], "received": about.received_on.isoformat(), "number": about.id}
    fields = {"request": sentences["request"].format(**named)}
    fields |= {field: sentences[field].format(**values) for field, values in parts.items()}
    return Letter(kind, language, sentences[kind], fields)


def no_match_words(language: str) -> str:
    """What a person of whom nothing is held is told."""
    return REASONS[language_of(language)]["no_match"]
