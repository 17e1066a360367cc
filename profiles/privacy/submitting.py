"""Taking a privacy request: what was asked is checked, stored, acknowledged, and goes on as far as it can."""

import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from consent.purposes import UnknownPurpose
from consent.requests.clocks import COOLING_OFF_LONGEST, clock_of
from consent.requests.kinds import (
    APPEAL,
    BY_WORKER,
    ERASURE,
    IDENTITY_LEVELS,
    IDENTITY_NEEDED,
    OBJECTION,
    POLICY_VERSION,
    RECTIFICATION,
    REGULATIONS,
    RESTRICTION,
    SOURCES,
    TYPES,
    VERIFIED,
    WITHDRAW,
)
from consent.requests.records import Subject, calendar_of
from consent.requests.submissions import New, submit
from profiles.configuration import Configuration, configuration
from profiles.consents.told import ActRefused, name_identifiers
from profiles.privacy.asking import Asked, RequestRefused
from profiles.privacy.four_eyes import needs_two
from profiles.privacy.people import person_of
from profiles.privacy.rectifying import CorrectionRefused, check_corrections

REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
METHOD = re.compile(r"[a-z0-9][a-z0-9_.: -]{0,63}")
MOST_IDENTIFIERS = 50
LONGEST_EXTERNAL_ID = 255
OLDEST = timedelta(days=3 * 366)
CLOCKS_DIFFER = timedelta(minutes=5)
DETAILS: dict[str, dict[str, type]] = {
    RECTIFICATION: {"traits": dict, "identifiers": list},
    RESTRICTION: {"lift": bool},
    OBJECTION: {"purposes": list, "lift": bool},
    WITHDRAW: {"purposes": list},
}


def take_request(*, asked: Asked, now: datetime) -> UUID:
    """Store a request, or find the one that was made of the same before; its id.

    Raises `RequestRefused` and `ExternalIdTaken`. It is one transaction; nothing of it is executed yet.
    """
    with transaction.atomic():
        held = configuration()
        check(asked, held, now)
        new = new_request(asked, held, now)
        person = person_of(new.subject.identifiers)
        if needs_two(asked.type, person):
            new = replace(new, columns={**new.columns, "needs_approval": True})
        return submit(new=new, person=person.names, actor=asked.requester, now=now)


def check(asked: Asked, held: Configuration, now: datetime) -> None:
    """Raise `RequestRefused` for what cannot be taken, before anything is stored."""
    known = {"type": TYPES, "source": SOURCES, "identity_level": IDENTITY_LEVELS, "regulation": ("", *REGULATIONS)}
    for field, values in known.items():
        if getattr(asked, field) not in values:
            raise RequestRefused(field, f"This must be one of: {', '.join(filter(None, values))}.")
    if asked.type == APPEAL:
        raise RequestRefused("type", "An appeal is made against a request that was answered; name it.")
    forms = {"region": REGION, "language": LANGUAGE, "identity_method": METHOD}
    for field, form in forms.items():
        value = getattr(asked, field)
        if value and not form.fullmatch(value):
            raise RequestRefused(field, SENTENCES[field])
    if not 0 < len(asked.identifiers) <= MOST_IDENTIFIERS:
        raise RequestRefused("identifiers", f"Name the person by 1 to {MOST_IDENTIFIERS} identifiers.")
    if len(asked.external_id) > LONGEST_EXTERNAL_ID or not asked.external_id.isprintable():
        raise RequestRefused("external_id", f"This is at most {LONGEST_EXTERNAL_ID} printable characters.")
    check_times(asked, now)
    check_details(asked, held)


SENTENCES = {
    "region": "This must be a region as ISO 3166 has it, such as DE or US-CA.",
    "language": "This must be a language tag, such as en or de-AT.",
    "identity_method": "Say how in a word or two of small letters.",
}


def check_times(asked: Asked, now: datetime) -> None:
    """Raise `RequestRefused` for times that cannot be."""
    at = asked.received_at
    if at is not None and (at.tzinfo is None or not now - OLDEST <= at <= now + CLOCKS_DIFFER):
        raise RequestRefused("received_at", "This must be an instant with its zone, of the last three years.")
    wait = asked.cooling_off
    if wait is None:
        return
    if not timedelta(0) <= wait <= COOLING_OFF_LONGEST:
        raise RequestRefused("cooling_off", f"A request waits at most {COOLING_OFF_LONGEST.days} days.")
    if wait and asked.type not in BY_WORKER:
        raise RequestRefused("cooling_off", "A choice takes effect at once; it has no cooling-off.")


def check_details(asked: Asked, held: Configuration) -> None:
    """Raise `RequestRefused` for details that the type has not, or that cannot be carried out."""
    allowed = DETAILS.get(asked.type, {})
    for name, value in asked.details.items():
        if name not in allowed:
            raise RequestRefused(f"details/{name}", "A request of this type has no such detail.")
        if not isinstance(value, allowed[name]):
            raise RequestRefused(f"details/{name}", "This detail is of another form; docs/privacy.md has it.")
    for n, purpose in enumerate(asked.details.get("purposes", ())):
        check_purpose(purpose, f"details/purposes/{n}", held)
    if asked.type == RECTIFICATION:
        try:
            check_corrections(asked.details)
        except CorrectionRefused as error:
            raise RequestRefused(f"details/{error.field}", str(error)) from None


def check_purpose(purpose: Any, field: str, held: Configuration) -> None:
    """Raise `RequestRefused` where there is no such purpose."""
    try:
        if not isinstance(purpose, str):
            raise UnknownPurpose
        held.purposes.find(purpose)
    except UnknownPurpose as error:
        raise RequestRefused(field, str(error)) from None


def new_request(asked: Asked, held: Configuration, now: datetime) -> New:
    """A request as it is stored, with the days of its clock. Raises `RequestRefused` for what is no identifier."""
    subject = Subject(canonical_of(asked, held), dict(asked.details), cooling_off_of(asked).total_seconds())
    received = min(asked.received_at or now, now).astimezone(UTC)
    regulation, region = asked.regulation or settings.PRIVACY_REGULATION, asked.region
    clock = clock_of(regulation=regulation, type=asked.type, received_on=received, region=calendar_of(region))
    columns: dict[str, Any] = {
        "type": asked.type,
        "source": asked.source,
        "regulation": regulation,
        "region": region,
        "language": asked.language,
        "requester": asked.requester,
        "external_id": asked.external_id,
        "received_at": received,
        "acknowledge_by": clock.acknowledge_by,
        "internal_due_on": clock.internal_due_on,
        "due_on": clock.due_on,
        "latest_on": clock.latest_on,
        "identity_needed": identity_needed(asked),
        "identity_level": asked.identity_level,
        "identity_method": asked.identity_method,
        "needs_approval": asked.type in settings.PRIVACY_APPROVAL,
        "policy_version": POLICY_VERSION,
    }
    return New(subject, columns, content_of(asked, subject))


def identity_needed(asked: Asked) -> str:
    """How well the person must be known. Anybody may refuse for somebody; what they refused only they take back."""
    return VERIFIED if asked.details.get("lift") else IDENTITY_NEEDED[asked.type]


def canonical_of(asked: Asked, held: Configuration | None = None) -> list[tuple[str, str]]:
    """The identifiers that were presented, in canonical form. Raises `RequestRefused`."""
    raw = [(type_, str(value)) for type_, value in asked.identifiers]
    try:
        return [(one.rule.name, one.value) for one in name_identifiers(raw, held or configuration())]
    except ActRefused as error:
        raise RequestRefused(error.field, str(error)) from None


def cooling_off_of(asked: Asked) -> timedelta:
    """How long the request waits: as asked, else an erasure as the deployment says."""
    if asked.cooling_off is not None:
        return asked.cooling_off
    return timedelta(days=settings.PRIVACY_COOLING_OFF_DAYS if asked.type == ERASURE else 0)


def content_of(asked: Asked, subject: Subject) -> dict[int, str]:
    """What was asked, as a keyed hash under each key: to tell whether an external id is told again for the same."""
    content = msgspec.json.encode(
        [asked.type, sorted(subject.identifiers), subject.details, asked.regulation, asked.region],
        order="deterministic",
    )
    return {version: hmac.digest(key, content, "sha256").hex() for version, key in settings.SUPPRESSION_KEYS.items()}
