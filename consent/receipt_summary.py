"""A receipt's record as people read it: the JSON-LD of `consent.receipts` in plain rows. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consent.receipts import GRANTS, LEGAL_BASES

STATES = {
    "ConsentUnknown": "Not known",
    "ConsentRequested": "Asked, not answered yet",
    "ConsentRequestDeferred": "Asked, answer put off",
    "ConsentRefused": "Refused",
    "ConsentGiven": "Given",
    "RenewedConsentGiven": "Given again",
    "ConsentWithdrawn": "Withdrawn",
    "ConsentExpired": "Expired",
    "ConsentTerminated": "Ended",
    "ConsentInvalidated": "Not valid any more",
    "ObjectionRaised": "Objected",
    "ObjectionLifted": "Objection taken back",
    "ProcessingRestricted": "Processing restricted",
    "RestrictionLifted": "Restriction lifted",
}
BASES = {term: basis.replace("_", " ") for basis, term in LEGAL_BASES.items()}
SPEAKERS = {
    "dpv:DataSubject": "the person",
    "dpv:GuardianOfDataSubject": "a guardian",
    "dpv:Representative": "an agent",
}
ALL_DATA = "*"
REFUSALS = frozenset({"ConsentRefused", "ConsentWithdrawn", "ObjectionRaised", "ProcessingRestricted"})
DURATION = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
UNITS = ("year", "month", "week", "day")


@dataclass(frozen=True, slots=True)
class Line:
    """What was decided about one purpose. `said_yes` None: neither yes nor no. `validity` empty: no end."""

    purpose: str
    key: str
    state: str
    said_yes: bool | None
    at: datetime | None
    validity: str
    basis: str
    data: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The lines of a record, and everything else in it as pairs of label and value."""

    id: str
    issued_at: datetime | None
    lines: list[Line]
    facts: list[tuple[str, str]]


def summarise(content: dict[str, Any], language: str = "en") -> Summary:
    """The record in words. What it does not hold, or holds in a form that is not known here, is left out."""
    return Summary(
        id=word(content.get("dct:identifier")),
        issued_at=read_instant(content.get("dct:created")),
        lines=[line(one, language) for one in objects(content.get("dpv:hasProcess"))],
        facts=[(label, value) for label, value in facts(content) if value],
    )


def line(process: dict[str, Any], language: str) -> Line:
    """One purpose, and what was decided about it."""
    purpose, status = members(process.get("dpv:hasPurpose")), members(process.get("dpv:hasConsentStatus"))
    state = word(status.get("@type")).partition(":")[2]
    data = [word(one.get("dct:title")) for one in objects(process.get("dpv:hasPersonalData"))]
    basis = word(process.get("dpv:hasLegalBasis"))
    return Line(
        purpose=title(purpose, language),
        key=word(purpose.get("dct:identifier")),
        state=STATES.get(state, state),
        said_yes=True if state in GRANTS else False if state in REFUSALS else None,
        at=read_instant(status.get("dpv:isIndicatedAtTime")),
        validity=validity(status.get("dpv:hasDuration")),
        basis=BASES.get(basis, basis),
        data="all data" if ALL_DATA in data else ", ".join(data),
    )


def facts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Label and value of what the record says beside its decisions; the value is empty where it says nothing."""
    principal = objects(members(content.get("dpv:hasDataSubject")).get("dpv:hasIdentifier"))
    yield "About", "; ".join(f"{word(p.get('schema:propertyID'))} {word(p.get('schema:value'))}" for p in principal)
    yield "Controller", "; ".join(map(party, objects(content.get("dpv:hasDataController"))))
    yield from notice_facts(members(content.get("dpv:hasNotice")))
    processes = objects(content.get("dpv:hasProcess"))
    yield from event_facts(members(processes[0].get("dpv:hasConsentStatus")) if processes else {})
    if "dpv:hasRecipient" in content:
        yield "Passed on to", "; ".join(map(party, objects(content["dpv:hasRecipient"]))) or "nobody"
    for condition in objects(content.get("dpv:hasStorageCondition")):
        yield "Stored in", ", ".join(map(word, listed(condition.get("dpv:hasLocation"))))
        yield "Kept for", duration(condition.get("dpv:hasDuration"))
    yield "Jurisdiction", word(content.get("dpv:hasJurisdiction"))
    yield "To withdraw", word(members(content.get("dpv:hasConsentControl")).get("dpv:isExercisedAt"))


def notice_facts(notice: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the person was shown."""
    parts = [word(notice.get("dct:identifier"))]
    parts += [f"version {version}" for version in [word(notice.get("dct:hasVersion"))] if version]
    parts += [f"in {language}" for language in [word(notice.get("dct:language"))] if language]
    yield "Notice shown", ", ".join(part for part in parts if part)
    yield "Address of the notice", word(notice.get("schema:url"))
    yield "Fingerprint of its text (SHA-256)", word(notice.get("schema:sha256"))


def event_facts(status: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """How it was said, where and by whom."""
    speaker = word(status.get("dpv:isIndicatedBy"))
    signal = status.get("cx:globalPrivacyControl")
    yield "Said by", SPEAKERS.get(speaker, speaker)
    yield (
        "How",
        ", ".join(filter(None, map(word, (status.get("dpv:hasIndicationMethod"), status.get("dpv:isExercisedAt"))))),
    )
    yield "On", word(status.get("dpv:hasLocation"))
    yield "Region", word(status.get("dct:spatial"))
    yield "Collected by", word(status.get("dpv:isImplementedByEntity"))
    yield "Global Privacy Control", {True: "on", False: "off"}[signal] if isinstance(signal, bool) else ""


def party(one: dict[str, Any]) -> str:
    """A controller or recipient, with what is known of how to reach it."""
    names = ("dpv:hasName", "dpv:hasContact", "dpv:hasAddress", "schema:url")
    return ", ".join(filter(None, (word(one.get(name)) for name in names)))


def title(purpose: dict[str, Any], language: str) -> str:
    """The name in the language, else in English, else in any, else the key."""
    names = {word(one.get("@language")): word(one.get("@value")) for one in objects(purpose.get("dct:title"))}
    wanted = next((names[code] for code in (language, "en", *names) if names.get(code)), "")
    return wanted or word(purpose.get("dct:identifier"))


def validity(content: Any) -> str:
    """Until when or for how long a decision is good."""
    words = duration(content)
    until = members(content).get("@type") == "dpv:UntilTimeDuration"
    return f"{'until' if until else 'for'} {words}" if words else ""


def duration(content: Any) -> str:
    """A span of time in words, or the day on which it ends."""
    value = word(members(content).get("rdf:value"))
    ends_at = read_instant(value)
    if ends_at is not None:
        return f"{ends_at.day} {ends_at:%B %Y, %H:%M} UTC"
    found = DURATION.fullmatch(value)
    counted = [(int(count), unit) for count, unit in zip(found.groups(), UNITS, strict=True) if count] if found else []
    return " and ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in counted) or value


def read_instant(value: Any) -> datetime | None:
    """An instant in UTC, or None where it is none."""
    try:
        at = datetime.fromisoformat(word(value))
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or the one object."""
    return [one for one in listed(value) if isinstance(one, dict)]


def listed(value: Any) -> list[Any]:
    """A list; JSON-LD writes one of a single member as that member."""
    return value if isinstance(value, list) else [] if value is None else [value]


def members(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def word(value: Any) -> str:
    """A string, or an empty one."""
    return value if isinstance(value, str) else ""
