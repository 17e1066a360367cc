"""What stands in a package, table by table: of the identifiers that are surely the person's, and nobody else's.

Each table gives its rows a page at a time, so that the longest history needs no more memory than a short one. Go
through them in one transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from consent.access import Access, read_accesses
from consent.ledger import Decided
from consent.ledger_reading import read_decisions, receipts_of
from consent.receipt_issuing import find_issued
from consent.requests.reading import shown_about
from profiles import sql
from profiles.configuration import Configuration
from profiles.consents.spread import shown_proof
from profiles.golden.folds import decode_fold
from profiles.identity.canonical import Dropped, canonical, digest_bytes
from profiles.identity.identifiers import find_identifiers
from profiles.identity.types import TypeRule
from profiles.intake import lenient
from profiles.intake.explode import Key
from profiles.models import Decision, Fold, Identifier, Link, Quarantine, ReviewCase, TraitFact
from profiles.privacy.masking import Masker
from profiles.privacy.origins import INFERRED, origin_of, without_inferred
from profiles.privacy.tables import Row, Table
from profiles.privacy.undisclosed import undisclosed
from profiles.profile import profile_identifier
from profiles.timeline import read_named

PAGE = 250
STAFF = "staff"
NEEDS = {"email": "@", "phone": "+", "handle": ":"}  # what a text has in it at the least, to be of such a form

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Whose:
    """The person's identifiers, by id, and what is needed to read what is theirs.

    `origins`: of traits that were set one; `everything`: what was worked out is there too (access, not portability);
    `withholding`: what the law does not let out (undisclosed.py) is told of and not shown.
    """

    rows: dict[int, Identifier]
    held: Configuration
    origins: dict[str, str]
    everything: bool
    withholding: bool = False

    @property
    def ids(self) -> list[int]:
        """The ids."""
        return list(self.rows)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Type and canonical value of each."""
        return [(self.held.types_by_id[row.type_id].name, row.value) for row in self.rows.values()]

    def named(self, id_: int) -> dict[str, str]:
        """One of them as rows name it."""
        row = self.rows[id_]
        return {"type": self.held.types_by_id[row.type_id].name, "value": row.value}

    def source(self, id_: int | None) -> str | None:
        """The name of a source."""
        found = None if id_ is None else self.held.sources.get(id_)
        return found.name if found else None

    def let_out(self, value: Any, name: str = "") -> Any:
        """A value, that of a detail of this name, as far as it is let out."""
        return undisclosed(name, value) if self.withholding else value

    def masker(self) -> Masker:
        """What makes others unreadable."""
        return Masker(self.pairs, self._others)

    def _others(self, texts: Collection[str]) -> set[str]:
        keys: dict[Key, set[str]] = {}
        for alike in types_alike(self.held.types.values()):
            for text in texts:
                digest = digest_as(alike[0], text)
                if digest is not None:
                    for rule in alike:
                        keys.setdefault((rule.id, digest), set()).add(text)
        stored = find_identifiers(list(keys)).ids
        own = {text for key, id_ in stored.items() if id_ in self.rows for text in keys[key]}
        return {text for key, id_ in stored.items() if id_ not in self.rows for text in keys[key]} - own


def types_alike(rules: Iterable[TypeRule]) -> list[list[TypeRule]]:
    """Identifier types, those together that have the same canonical form."""
    found: dict[tuple[str, tuple[str, ...]], list[TypeRule]] = {}
    for rule in rules:
        found.setdefault((rule.normaliser, rule.blocked), []).append(rule)
    return list(found.values())


def digest_as(rule: TypeRule, text: str) -> bytes | None:
    """What a text is stored under if it is an identifier of a type; None: it can be none."""
    if rule.normaliser in NEEDS and NEEDS[rule.normaliser] not in text:
        return None
    try:
        return digest_bytes(settings.IDENTIFIER_KEY, canonical(rule, text, region=""))
    except Dropped:
        return None


def tables_of(whose: Whose) -> list[Table]:
    """The tables of a package: of what was given and observed, and for access what is known beside it."""
    given = [
        Table(
            "identifiers",
            ("type", "value", "first_seen", "last_seen", "source", "verified"),
            lambda: identifier_rows(whose),
        ),
        Table(
            "traits",
            ("name", "value", "origin", "category", "source", "first_at", "last_at", "count", "type", "identifier"),
            lambda: trait_rows(whose),
        ),
        Table(
            "interactions",
            ("id", "occurred_at", "received_at", "source", "channel", "type", "event", "identifiers", "content"),
            lambda: interaction_rows(whose),
        ),
        Table(
            "consents",
            (
                *("purpose", "state", "decided_at", "received_at", "expires_at", "source", "by", "signal"),
                *("type", "identifier", "proof"),
            ),
            lambda: consent_rows(whose),
        ),
        Table("receipts", ("id", "issued_at", "receipt"), lambda: receipt_rows(whose)),
    ]
    return given + known_beside(whose) if whose.everything else given


def known_beside(whose: Whose) -> list[Table]:
    """The tables that only an access package has."""
    return [
        Table("accesses", ("at", "by", "operation", "purpose", "allowed", "fields"), lambda: access_rows(whose)),
        Table(
            "links",
            ("type", "value", "other_type", "other_value", "first_at", "last_at", "count", "joins", "probable"),
            lambda: link_rows(whose),
        ),
        Table(
            "decisions",
            ("type", "value", "other_type", "other_value", "verdict", "decided_at", "withdrawn_at"),
            lambda: decision_rows(whose),
        ),
        Table(
            "reviews",
            ("kind", "state", "opened_at", "answer", "answered_at", "note"),
            lambda: review_rows(whose),
        ),
        Table("held", ("received_at", "source", "reason", "content"), lambda: held_rows(whose)),
        Table(
            "requests",
            ("id", "type", "state", "received_at", "due_on", "closed_at", "reason", "recipients"),
            lambda: request_rows(whose),
        ),
    ]


def identifier_rows(whose: Whose) -> Iterator[Row]:
    """The identifiers, with when and where they were seen."""
    for rows in paged(whose.rows.values()):
        states = dict(Fold.objects.filter(identifier_id__in=[row.id for row in rows]).values_list())
        for row in rows:
            fold = decode_fold(states[row.id]) if row.id in states else None
            shown = profile_identifier(row, fold, whose.held)
            yield {
                "type": shown.type,
                "value": shown.value,
                "first_seen": shown.first_seen,
                "last_seen": shown.last_seen,
                "source": shown.source,
                "verified": shown.verified,
            }


def trait_rows(whose: Whose) -> Iterator[Row]:
    """All that was ever said of traits: each value with who said it, when and how often."""
    masker = whose.masker()
    facts = TraitFact.objects.filter(identifier_id__in=whose.ids).order_by("name", "-last_at")
    for page in paged(facts.iterator(chunk_size=PAGE)):
        values = [whose.let_out(msgspec.json.decode(fact.value), fact.name) for fact in page]
        masker.learn(values)
        for fact, value in zip(page, values, strict=True):
            origin = origin_of(fact.name, whose.origins)
            if origin == INFERRED and not whose.everything:
                continue
            named = whose.named(fact.identifier_id)
            yield {
                "name": masker.mask(fact.name),
                "value": masker.mask(value),
                "origin": origin,
                "category": whose.held.trait_categories.get(fact.name),
                "source": whose.source(fact.source_id),
                "first_at": fact.first_at,
                "last_at": fact.last_at,
                "count": fact.count,
                "type": named["type"],
                "identifier": named["value"],
            }


def interaction_rows(whose: Whose) -> Iterator[Row]:
    """What happened, the latest first: each event as it came, without others and what it says of them."""
    masker = whose.masker()
    for page in interaction_pages(whose.ids):
        events = [whose.let_out(lenient_event(row[9])) for row in page]
        named = read_named({id_ for row in page for id_ in row[7]} - whose.rows.keys(), whose.held)
        masker.learn(events)
        for row, event in zip(page, events, strict=True):
            others = [named[id_].value for id_ in row[7] if id_ in named]
            content = event if whose.everything else without_inferred(event, whose.origins)
            source = whose.held.sources[row[2]]
            yield {
                "id": row[0],
                "occurred_at": row[5],
                "received_at": row[6],
                "source": source.name,
                "channel": source.channel,
                "type": row[3],
                "event": masker.mask(row[4], others),
                "identifiers": [whose.named(id_) for id_ in row[7] if id_ in whose.rows],
                "content": masker.mask(content, others),
            }


def interaction_pages(anchors: Sequence[int]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of the timeline, the latest first."""
    conditions = ""
    parameters: dict[str, Any] = {"anchors": list(anchors), "most": PAGE}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql.TIMELINE.format(conditions=conditions), parameters)
            rows = cursor.fetchall()
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        conditions = sql.AFTER_CURSOR
        parameters |= {"at": rows[-1][5], "id": rows[-1][0]}


def lenient_event(text: str | bytes) -> Any:
    """An event as it was stored; what is no JSON as its text."""
    try:
        return lenient.decode(text if isinstance(text, bytes) else text.encode())
    except lenient.Unreadable:
        return text if isinstance(text, str) else text.decode("utf-8", "replace")


def consent_rows(whose: Whose) -> Iterator[Row]:
    """All that was decided, with its proof."""
    masker = whose.masker()
    for page in paged(read_decisions(whose.ids, received_by=datetime.now(UTC))):
        proofs = [shown_proof(row.proof) for row in page]
        masker.learn(proofs)
        for row, proof in zip(page, proofs, strict=True):
            yield consent_row(row, masker.mask(proof), whose)


def consent_row(row: Decided, proof: Any, whose: Whose) -> Row:
    """One decision."""
    named = whose.named(row.identifier_id)
    return {
        "purpose": row.purpose,
        "state": row.state,
        "decided_at": row.decided_at,
        "received_at": row.received_at,
        "expires_at": row.expires_at,
        "source": whose.source(row.source_id),
        "by": actor_shown(row.actor),
        "signal": row.signal,
        "type": named["type"],
        "identifier": named["value"],
        "proof": proof,
    }


def actor_shown(actor: str) -> str:
    """Who did something, as the person may know it: which service, but not which of the people who work here."""
    return STAFF if actor.startswith(f"{STAFF}:") else actor


def receipt_rows(whose: Whose) -> Iterator[Row]:
    """The receipts, but for those that name others too: what is signed cannot be masked."""
    for receipt_id in receipts_of(whose.ids):
        issued = find_issued(receipt_id)
        if set(issued.identifier_ids) <= whose.rows.keys():
            yield {"id": issued.id, "issued_at": issued.issued_at, "receipt": issued.jws}


def access_rows(whose: Whose) -> Iterator[Row]:
    """Who looked at the person's data, when, for what."""
    profiles = [row.profile_id for row in whose.rows.values()]
    before: tuple[datetime, UUID] | None = None
    while True:
        page = read_accesses(profiles, limit=PAGE, before=before)
        yield from map(access_row, page.reads)
        if not page.more:
            return
        before = (page.reads[-1].at, page.reads[-1].id)


def access_row(read: Access) -> Row:
    """One look."""
    return {
        "at": read.at,
        "by": actor_shown(read.actor),
        "operation": read.operation,
        "purpose": read.purpose,
        "allowed": read.allowed,
        "fields": read.fields,
    }


def link_rows(whose: Whose) -> Iterator[Row]:
    """What was seen together, where both are the person's."""
    for link in Link.objects.filter(a_id__in=whose.ids, b_id__in=whose.ids).iterator(chunk_size=PAGE):
        yield {
            **both(whose, link.a_id, link.b_id),
            "first_at": link.first_at,
            "last_at": link.last_at,
            "count": link.count,
            "joins": not link.refused,
            "probable": link.probabilistic,
        }


def decision_rows(whose: Whose) -> Iterator[Row]:
    """What was decided about whether identifiers are one person, where both are the person's."""
    for one in Decision.objects.filter(a_id__in=whose.ids, b_id__in=whose.ids).iterator(chunk_size=PAGE):
        yield {
            **both(whose, one.a_id, one.b_id),
            "verdict": one.verdict,
            "decided_at": one.decided_at,
            "withdrawn_at": one.withdrawn_at,
        }


def review_rows(whose: Whose) -> Iterator[Row]:
    """What staff looked into about the person alone; what is about others too is not the person's only."""
    masker = whose.masker()
    mine = ReviewCase.objects.filter(identifier_ids__contained_by=whose.ids, identifier_ids__overlap=whose.ids)
    for page in paged(mine.order_by("opened_at", "id").iterator(chunk_size=PAGE)):
        masker.learn([one.note for one in page])
        for one in page:
            yield {
                "kind": one.kind,
                "state": one.state,
                "opened_at": one.opened_at,
                "answer": one.answer,
                "answered_at": one.answered_at,
                "note": masker.mask(one.note),
            }


def both(whose: Whose, a_id: int, b_id: int) -> dict[str, str]:
    """Two identifiers in one row."""
    a, b = whose.named(a_id), whose.named(b_id)
    return {"type": a["type"], "value": a["value"], "other_type": b["type"], "other_value": b["value"]}


def held_rows(whose: Whose) -> Iterator[Row]:
    """What arrived since processing was restricted, and is only kept."""
    masker = whose.masker()
    rows = Quarantine.objects.filter(held_for__in=whose.ids).order_by("id").iterator(chunk_size=PAGE)
    for page in paged(rows):
        events = [whose.let_out(lenient_event(bytes(row.body))) for row in page]
        masker.learn(events)
        for row, event in zip(page, events, strict=True):
            yield {
                "received_at": row.received_at,
                "source": whose.source(row.source_id),
                "reason": row.reason,
                "content": masker.mask(event),
            }


def request_rows(whose: Whose) -> Iterator[Row]:
    """What the person asked for before, and whom that was passed on to."""
    for shown in shown_about(whose.pairs):
        told = [{"recipient": one.title or one.recipient, "state": one.state} for one in shown.deliveries]
        yield {
            "id": shown.id,
            "type": shown.type,
            "state": shown.state,
            "received_at": shown.received_at,
            "due_on": shown.due_on,
            "closed_at": shown.closed_at,
            "reason": shown.reason,
            "recipients": told,
        }


def paged(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Some items, a page at a time."""
    iterator = iter(items)
    while page := list(islice(iterator, PAGE)):
        yield page
