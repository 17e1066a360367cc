"""The recognition door: who stands before a channel, for one request or up to a thousand."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

import msgspec
import uuid_utils
from django.conf import settings

from consent.in_force import UNREADABLE
from consent.purposes import Purpose, UnknownPurpose
from consent.times import now_microseconds
from cxprofiles.api.authentication import LONGEST_TOKEN, REALM
from cxprofiles.api.bodies import bad_body, refuse_shape
from cxprofiles.api.errors import FieldError, Problem, problem_of
from cxprofiles.doors.access import Access
from cxprofiles.doors.body import read_body
from cxprofiles.doors.freshness import Stale, with_fresh_configuration
from cxprofiles.doors.metrics import CLOSED, notes
from cxprofiles.doors.problem import not_allowed, problem_reply
from cxprofiles.doors.reply import JSON, NO_STORE, NOSNIFF, Reply
from cxprofiles.tokens import TokenSettings, find_token
from profiles.configuration import Configuration
from profiles.identity.canonical import Dropped, canonical, digest_bytes
from profiles.presented import Cards, Key, Led, find_cards
from profiles.recognition import SECTIONS, Answers, Asking, Found, Outcome, Presented, decide
from profiles.statements import Execute

BEARER = "bearer "
SCOPE = "recognise"
OPERATION = "recognise"
LIMIT = 64 * 1024
BATCH_LIMIT = 1024 * 1024
MOST_QUESTIONS = 1000
MOST_IDENTIFIERS = 50
MOST_KEYS_A_QUERY = 2000

IDENTIFIER_KEY: bytes = settings.IDENTIFIER_KEY
HEADERS = [JSON, NO_STORE, NOSNIFF]

Find = Callable[[Collection[Key]], Cards]
Log = Callable[[Sequence[Access]], None]


class Means(msgspec.Struct, frozen=True):
    """What a door works with: how it asks the database, finds cards for one question, and notes its answers."""

    execute: Execute
    find: Find
    log: Log


class PresentedIdentifier(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An identifier as a channel has it; it need not be canonical."""

    type: str
    value: str


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of somebody, and what the answer is for.

    `traits` are for the probabilistic matcher, which is asked only when no identifier is known. `fields` says which
    sections the answer fills; all of them when it is left out.
    """

    purpose: str
    identifiers: Annotated[list[PresentedIdentifier], msgspec.Meta(max_length=MOST_IDENTIFIERS)] | None = None
    traits: dict[str, str | int | float | bool | None] | None = None
    channel: str | None = None
    fields: list[Literal["traits", "segments", "chain", "recent"]] | None = None


class Questions(msgspec.Struct, forbid_unknown_fields=True):
    """Several questions; a bare array of them is accepted too, and answered by a bare array."""

    requests: list[Question]


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A question that was understood: the keys of what was presented, and what each is in canonical form."""

    purpose: Purpose
    sections: frozenset[str]
    presented: dict[Key, Presented]
    channel: str | None = None


_decode_question = msgspec.json.Decoder(Question).decode
_encode = msgspec.json.Encoder().encode


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Who asks, and what the answer rests on."""

    token: TokenSettings
    held: Configuration
    means: Means


def answer_one(environ: Mapping[str, Any], means: Means) -> Reply:
    """The answer to POST /v1/recognise."""
    return _answer(environ, means, LIMIT, _recognise_one)


def answer_batch(environ: Mapping[str, Any], means: Means) -> Reply:
    """The answer to POST /v1/recognise/batch: the same answers, in the order of the questions."""
    return _answer(environ, means, BATCH_LIMIT, _recognise_batch)


def _answer(environ: Mapping[str, Any], means: Means, limit: int, recognise: Callable[[bytes, Caller], bytes]) -> Reply:
    try:
        if environ["REQUEST_METHOD"] != "POST":
            raise not_allowed("POST")
        digest = token_digest(environ.get("HTTP_AUTHORIZATION", ""))
        body = read_body(environ, limit)

        def work(held: Configuration) -> bytes:
            return recognise(body, Caller(authenticate(digest, held.version), held, means))

        return Reply(200, HEADERS, with_fresh_configuration(means.execute, work))
    except Exception as error:
        return problem_reply(problem_of(error))


def _recognise_one(body: bytes, caller: Caller) -> bytes:
    asked = understand(decode_body(body, _decode_question, Question), caller, "")
    found = caller.means.find(asked.presented)
    if found.version != caller.held.version:
        raise Stale(found.version)
    return _encode(_decided(asked, found.found, caller).answer)


def _recognise_batch(body: bytes, caller: Caller) -> bytes:
    bare = body.lstrip()[:1] == b"["
    questions = read_questions(body, bare)
    at = "" if bare else "/requests"
    asked = [understand(question, caller, f"{at}/{number}") for number, question in enumerate(questions)]
    found = find_all(asked, caller)
    answers = [_decided(one, found, caller).answer for one in asked]
    return _encode(answers if bare else Answers(answers))


def token_digest(header: str) -> bytes:
    """The SHA-256 of a bearer token; raises a 401."""
    token = header[len(BEARER) :].strip()
    if header[: len(BEARER)].lower() != BEARER or not token:
        raise Problem(
            401,
            "Send a token: Authorization: Bearer <token>; manage.py create_token makes one.",
            headers={"WWW-Authenticate": REALM},
        )
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise bad_token()
    return hashlib.sha256(token.encode()).digest()


def authenticate(digest: bytes, version: int) -> TokenSettings:
    """The token, as of a version of the configuration, if it may recognise; raises a 401 or a 403."""
    token = find_token(digest, version)
    if token is None:
        raise bad_token()
    if SCOPE not in token.scopes:
        raise Problem(
            403,
            f"This token lacks the scope that this needs: {SCOPE}.",
            headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{SCOPE}"'},
        )
    return token


def bad_token() -> Problem:
    """A token that is none."""
    return Problem(
        401,
        "This token is not known, has expired or was revoked; use one that is valid.",
        headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
    )


def decode_body(body: bytes, decode: Callable[[bytes], Any], shape: Any) -> Any:
    """The body in its shape; raises a 400 that points at what is wrong."""
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        refuse_shape(str(error), shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_body("", "The body is not JSON as RFC 8259 has it, in UTF-8, or is nested too deeply.") from None


def read_questions(body: bytes, bare: bool) -> list[Question]:
    """The questions of a batch; raises a 400 or a 413."""
    shape: Any = list[Question] if bare else Questions
    content = decode_body(body, msgspec.json.Decoder(shape).decode, shape)
    questions: list[Question] = content if bare else content.requests
    if len(questions) > MOST_QUESTIONS:
        raise Problem(413, f"A batch asks about {MOST_QUESTIONS} at most; send it in parts.")
    return questions


def understand(question: Question, caller: Caller, at: str) -> Asked:
    """The question with what it names looked up; `at` points at it. Raises a 400, 403 or 422."""
    try:
        asked_purpose = caller.held.purposes.find(question.purpose)
    except UnknownPurpose as error:
        problem = problem_of(error)
        problem.errors = [FieldError(f"{at}/purpose", str(error))]
        raise problem from None
    check_token(caller.token, question, at)
    if question.identifiers is None:
        if question.traits is None:
            raise bad_body(f"{at}/identifiers", "Present identifiers, or else traits.")
        return Asked(asked_purpose, SECTIONS, {})
    sections = SECTIONS if question.fields is None else frozenset(question.fields)
    presented = presented_keys(question.identifiers, caller.held, at)
    return Asked(asked_purpose, sections, presented, question.channel)


def check_token(token: TokenSettings, question: Question, at: str) -> None:
    """Raise a 403 where the token is tied to other purposes or channels."""
    if token.purposes is not None and question.purpose not in token.purposes:
        sentence = "This token is tied to purposes, and this one is not among them."
        raise Problem(403, sentence, errors=[FieldError(f"{at}/purpose", sentence)])
    if token.channels is not None and question.channel not in token.channels:
        sentence = "This token is tied to channels: name one of them in `channel`."
        raise Problem(403, sentence, errors=[FieldError(f"{at}/channel", sentence)])


def presented_keys(identifiers: list[PresentedIdentifier], held: Configuration, at: str) -> dict[Key, Presented]:
    """What was presented in canonical form. What is blocked or malformed is nobody's, and left out; raises a 422."""
    presented: dict[Key, Presented] = {}
    for number, identifier in enumerate(identifiers):
        rule = held.types.get(identifier.type)
        if rule is None:
            sentence = f"There is no identifier type of this name; there are: {', '.join(sorted(held.types))}."
            raise Problem(422, sentence, errors=[FieldError(f"{at}/identifiers/{number}/type", sentence)])
        try:
            value = canonical(rule, identifier.value, region="")
        except Dropped:
            continue
        presented[(rule.id, digest_bytes(IDENTIFIER_KEY, value))] = Presented(rule, value)
    return presented


def find_all(asked: list[Asked], caller: Caller) -> dict[Key, Led]:
    """The cards that all the questions lead to, in bounded queries; raises `Stale`."""
    keys = list(dict.fromkeys(key for one in asked for key in one.presented))
    found: dict[Key, Led] = {}
    for start in range(0, max(len(keys), 1), MOST_KEYS_A_QUERY):
        some = find_cards(caller.means.execute, keys[start : start + MOST_KEYS_A_QUERY])
        if some.version != caller.held.version:
            raise Stale(some.version)
        found |= some.found
    return found


def _decided(asked: Asked, cards: Mapping[Key, Led], caller: Caller) -> Outcome:
    """The answer to one question, on its way noted in the access log."""
    found = [Found(presented, *cards[key]) for key, presented in asked.presented.items() if key in cards]
    decision_id = uuid_utils.uuid7()
    held, now = caller.held, now_microseconds()
    asking = Asking(asked.purpose, asked.sections, held.purposes, held.trait_categories, now, asked.channel)
    outcome = decide(asking, found, str(decision_id))
    if outcome.profiles:
        caller.means.log(access_rows(decision_id.bytes, outcome, f"token:{caller.token.name}", now))
    if outcome.answer.decision.reason == UNREADABLE.words:
        CLOSED.labels("readable_card").inc()
    notes.recognitions.append(outcome.answer.status)
    return outcome


def access_rows(decision_id: bytes, outcome: Outcome, actor: str, at: int) -> list[Access]:
    """A row for each profile; those after the first are keyed by a number made of the decision's and the profile's."""
    decision = outcome.answer.decision
    fields = outcome.fields
    first, *others = outcome.profiles
    rows = [Access(decision_id, at, actor, OPERATION, first, decision.purpose, decision.allowed, fields)]
    for other in others:
        key = uuid5(UUID(bytes=decision_id), other).bytes
        rows.append(Access(key, at, actor, OPERATION, other, decision.purpose, decision.allowed, fields))
    return rows
