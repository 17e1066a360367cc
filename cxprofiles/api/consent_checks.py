"""The point of decision for what leaves the house: exports, webhooks, audiences and replays ask here, each time.

What counts is what is in force now; what an event says of consent can only narrow that.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from uuid import UUID

import msgspec
import uuid_utils
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.access import Access, record_accesses
from consent.in_force import UNREADABLE, InForce
from consent.purposes import Purpose, UnknownPurpose
from consent.signals.reading import SignalRules, Signals, read_signals
from consent.times import microseconds
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer, token_of
from cxprofiles.api.bodies import Instant, read_body
from cxprofiles.api.consents import Identifiers, Key
from cxprofiles.api.disclosure import check_purpose
from cxprofiles.api.errors import FieldError, Problem, problem_of
from cxprofiles.doors.metrics import CLOSED
from profiles.configuration import Configuration, configuration
from profiles.consents.checks import find_people, rule_on, usable
from profiles.consents.told import name_identifiers
from profiles.intake.explode import Canoniser
from profiles.snapshot import one_snapshot

MOST_KEYS = 100
MOST_RECIPIENTS = 200
MOST_SUBJECTS = 1_000
ASKING = ("recognise", "consent:write", "profiles:read")
NOTHING_SAID = Signals()
SWITCHED_OFF = "The event's `integrations` switch this recipient off."
ALL_RECIPIENTS = "All"

Keys = Annotated[list[Key], msgspec.Meta(max_length=MOST_KEYS)]


class EventStamp(msgspec.Struct):
    """What an event says of its own use; its other members are not looked at."""

    context: dict[str, Any] = {}
    integrations: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    event: str = ""
    timestamp: Instant | None = None


class CheckRequest(msgspec.Struct):
    """Whether some purposes, or what some recipients need, are allowed for whoever holds these identifiers.

    `purposes`: keys. `recipients`: for each name the purposes that it needs, or the consent categories that clients
    name; one that needs none is sent everything. `source`: whose mapping of categories to purposes holds. `at`: as it
    was in force then; now if it is left out.
    """

    identifiers: Identifiers
    purposes: Keys = []
    recipients: Annotated[dict[Key, Keys], msgspec.Meta(max_length=MOST_RECIPIENTS)] = {}
    event: EventStamp | None = None
    source: str | None = None
    at: Instant | None = None


class PurposeChecked(msgspec.Struct):
    """Whether one purpose is allowed, and why."""

    allowed: bool
    state: str
    basis: str
    reason: str


class ConsentsChecked(msgspec.Struct):
    """The answer. `reasons`: for each recipient that is blocked, what blocks it. The access log has `decision_id`."""

    decision_id: UUID
    purposes: dict[str, PurposeChecked]
    recipients: dict[str, Literal["send", "block"]]
    reasons: dict[str, list[str]]
    warnings: list[str]


class BatchSubject(msgspec.Struct):
    """One person of a batch."""

    identifiers: Identifiers


class BatchCheckRequest(msgspec.Struct):
    """Whether one purpose is allowed for each of many people."""

    purpose: Key
    subjects: Annotated[list[BatchSubject], msgspec.Meta(min_length=1, max_length=MOST_SUBJECTS)]


class BatchChecked(msgspec.Struct):
    """The answers in the order of the questions; the access log has `decision_id`."""

    decision_id: UUID
    allowed: list[bool]


class CheckView(ApiView):
    """Checks of one person."""

    scopes: ClassVar[Scopes] = {"POST": ASKING}

    @extend_schema(operation_id="check_consents", request=CheckRequest, responses=ConsentsChecked)
    def post(self, request: Request) -> HttpResponse:
        """Whether data of a person may be used for some purposes, or sent to some recipients, now.

        Whom nobody knows has no consent on record; only what the event itself says counts for them.
        """
        body = read_body(request, CheckRequest)
        held = configuration()
        asked = read_asked(body, held)
        for purpose in asked.purposes.values():
            check_purpose(token_of(request), purpose)
        named = name_identifiers([(one.type, one.value) for one in body.identifiers], held)
        with one_snapshot():
            [people] = find_people([named], held, body.at)
        now = microseconds(body.at or datetime.now(UTC))
        signals = signals_of(body.event, asked.rules, now)
        rulings = {key: rule_on(one, people, signals, now) for key, one in asked.purposes.items()}
        count_closed(rulings.values(), signals)
        allowed = all(ruling.allowed for ruling in rulings.values())
        known: list[UUID | None] = [one.profile_id for one in people]
        seen = [(profile_id, allowed) for profile_id in known or [None]]
        decision_id = log(request, "consent_check", ",".join(rulings), seen)
        return answer(checked(decision_id, body, asked, rulings, signals))


class BatchCheckView(ApiView):
    """Checks of many people."""

    scopes: ClassVar[Scopes] = {"POST": ASKING}

    @extend_schema(operation_id="check_consents_of_many", request=BatchCheckRequest, responses=BatchChecked)
    def post(self, request: Request) -> HttpResponse:
        """Whether one purpose is allowed for each person, in order: for exports. What is no identifier is nobody."""
        body = read_body(request, BatchCheckRequest)
        held = configuration()
        purpose = find_purpose(body.purpose, "/purpose", held)
        check_purpose(token_of(request), purpose)
        canoniser = Canoniser(held)
        groups = [
            usable([(one.type, one.value) for one in subject.identifiers], canoniser) for subject in body.subjects
        ]
        with one_snapshot():
            people = find_people(groups, held)
        now = microseconds(datetime.now(UTC))
        allowed = [rule_on(purpose, found, NOTHING_SAID, now).allowed for found in people]
        seen: dict[UUID | None, bool] = {}
        seen.update((one.profile_id, yes) for found, yes in zip(people, allowed, strict=True) for one in found)
        rows = seen or {None: any(allowed)}
        return answer(BatchChecked(log(request, "consent_check_batch", purpose.key, rows.items()), allowed))


class CheckAsked(NamedTuple):
    """What is asked: each purpose by key, what each recipient needs, and how an event's signals are read."""

    purposes: dict[str, Purpose]
    needs: dict[str, list[str]]
    rules: SignalRules


def read_asked(body: CheckRequest, held: Configuration) -> CheckAsked:
    """The purposes that a body names; raises a 422 where there is no such purpose or source."""
    rules = rules_of(body.source, held)
    purposes = {key: find_purpose(key, f"/purposes/{n}", held) for n, key in enumerate(body.purposes)}
    needs = {
        name: [purpose.key for key in keys for purpose in purposes_of(key, rules, held)]
        for name, keys in body.recipients.items()
    }
    named = {key for keys in needs.values() for key in keys}
    return CheckAsked(purposes | {key: purpose_or_category(key, held) for key in sorted(named)}, needs, rules)


def rules_of(source: str | None, held: Configuration) -> SignalRules:
    """How the signals of a source are read, or those of none."""
    if source is None:
        return SignalRules(categories={}, purposes=held.purposes.keys, tcf_vendor=settings.TCF_VENDOR_ID)
    found = next((one for one in held.sources.values() if one.name == source), None)
    if found is None:
        sentence = "There is no source of this name."
        raise Problem(422, sentence, errors=[FieldError("/source", sentence)])
    return found.signal_rules


def find_purpose(key: str, pointer: str, held: Configuration) -> Purpose:
    """The purpose of a key; raises a 422 that points at it."""
    try:
        return held.purposes.find(key)
    except UnknownPurpose as error:
        problem = problem_of(error)
        problem.errors = [FieldError(pointer, str(error))]
        raise problem from None


def purposes_of(key: str, rules: SignalRules, held: Configuration) -> list[Purpose]:
    """What a recipient's purpose or consent category comes to."""
    return [purpose_or_category(one, held) for one in rules.categories.get(key, (key,))]


def purpose_or_category(key: str, held: Configuration) -> Purpose:
    """The purpose of a key, or a consent category that only clients name: consent for it must have been given."""
    return held.purposes.get(key) or held.purposes.get(key.lower()) or Purpose(key)


def signals_of(event: EventStamp | None, rules: SignalRules, now: int) -> Signals:
    """What the event says of consent; one that is dated later than the check grants nothing yet."""
    if event is None:
        return NOTHING_SAID
    signals = read_signals(event.context, rules, gpc_header=False, properties=event.properties, event=event.event)
    if event.timestamp is not None and microseconds(event.timestamp) > now:
        signals.said = {key: granted for key, granted in signals.said.items() if not granted}
        signals.stamped = True
    return signals


def count_closed(rulings: Iterable[InForce], signals: Signals) -> None:
    """Count what is denied since it cannot be read."""
    if signals.unreadable:
        CLOSED.labels("readable_signal").inc()
    if any(ruling.state == UNREADABLE.state for ruling in rulings):
        CLOSED.labels("readable_card").inc()


def checked(
    decision_id: UUID, body: CheckRequest, asked: CheckAsked, rulings: dict[str, InForce], signals: Signals
) -> ConsentsChecked:
    """The answer."""
    reasons = {name: blocks(name, keys, rulings, body.event) for name, keys in asked.needs.items()}
    return ConsentsChecked(
        decision_id=decision_id,
        purposes={key: shown(ruling) for key, ruling in rulings.items()},
        recipients={name: "block" if blocked else "send" for name, blocked in reasons.items()},
        reasons={name: blocked for name, blocked in reasons.items() if blocked},
        warnings=signals.warnings,
    )


def blocks(name: str, keys: Sequence[str], rulings: dict[str, InForce], event: EventStamp | None) -> list[str]:
    """What keeps data from a recipient, in sentences; nothing: it is sent. An event's switch can only narrow."""
    reasons = [f"{key}: {rulings[key].reason}" for key in keys if not rulings[key].allowed]
    switches = event.integrations if event is not None else {}
    own = switches.get(name)
    if own is False or (own is None and switches.get(ALL_RECIPIENTS) is False):
        reasons.append(SWITCHED_OFF)
    return reasons


def shown(ruling: InForce) -> PurposeChecked:
    """A ruling as the answer has it."""
    return PurposeChecked(ruling.allowed, ruling.state, ruling.basis, ruling.reason)


def log(request: Request, operation: str, purpose: str, seen: Iterable[tuple[UUID | None, bool]]) -> UUID:
    """Write to the access log whom a check was about and whether all of it is allowed, and return its number.

    Without a profile: nobody is known by these identifiers.
    """
    decision_id = UUID(bytes=uuid_utils.uuid7().bytes)
    record_accesses(
        Access(
            id=decision_id if number == 0 else uuid.uuid5(decision_id, str(profile_id)),
            at=datetime.now(UTC),
            actor=actor_of(request),
            operation=operation,
            profile_id=profile_id,
            purpose=purpose,
            allowed=allowed,
            fields="consents",
        )
        for number, (profile_id, allowed) in enumerate(seen)
    )
    return decision_id
