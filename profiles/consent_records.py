"""An act of deciding as its receipt and its answer tell it, out of the rows that it wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.confirmations import find_opened, token_of_act
from consent.ledger import Decided
from consent.purpose_reading import read_purposes
from consent.receipt_issuing import find_issued, find_notice, issue_receipt
from consent.receipts import ConsentRecord, Principal, Proof, RecordedDecision, missing_fields
from consent.said import EVERYTHING
from consent.states import GRANTS, REQUESTED
from profiles.configuration import Configuration

NO_NAMES: dict[str, str] = {}
# A restriction rests on the right to it, not on consent.
BASIS_OF_EVERYTHING = "legal_obligation"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act as it was recorded. `rows`: what it says for one of its identifiers, in the order in which it was told;
    `carried`: what it took along from a device; `missing`: purpose to what a record of it lacks by the standard.
    `token` empty: nothing waits to be confirmed; else it confirms the purposes of `waiting`."""

    id: UUID
    receipt: str
    rows: list[Decided]
    carried: list[Decided]
    missing: dict[str, list[str]]
    token: str
    waiting: list[str]
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class Act:
    """Whose act it was and when it was told. `purposes`: what it decided about, in its order."""

    id: UUID
    told_at: datetime
    principal: tuple[Principal, ...]
    identifier_ids: Sequence[int]
    purposes: Sequence[str]


def recorded(act: Act, rows: Sequence[Decided], held: Configuration) -> Recorded:
    """The answer to an act. `rows` are those of one identifier."""
    own = own_rows(act, rows)
    opened = find_opened(act.id)
    return Recorded(
        id=act.id,
        receipt=find_issued(act.id).jws,
        rows=own,
        carried=[row for row in rows if row.purpose not in act.purposes],
        missing={row.purpose: missing_in(act, row, held) for row in own},
        token=token_of_act(act.id) if opened else "",
        waiting=[one["purpose"] for one in opened.asked["decisions"]] if opened else [],
        waits_until=opened.expires_at if opened else None,
    )


def issue(act: Act, rows: Sequence[Decided], held: Configuration) -> str:
    """Sign and keep the receipt of an act, out of its rows for one identifier; what it carried has one of its own."""
    return issue_receipt(record_of(act, own_rows(act, rows), held), act.identifier_ids)


def own_rows(act: Act, rows: Sequence[Decided]) -> list[Decided]:
    """What the act itself decided, in its order."""
    return [row for key in act.purposes for row in rows if row.purpose == key]


def missing_in(act: Act, row: Decided, held: Configuration) -> list[str]:
    """What a record of a grant lacks by the standard; a refusal needs no proof."""
    if row.state not in GRANTS and row.state != REQUESTED:
        return []
    return missing_fields(record_of(act, [row], held))


def record_of(act: Act, rows: Sequence[Decided], held: Configuration) -> ConsentRecord:
    """The rows of an act for one identifier as a consent record."""
    proof = rows[0].proof or {} if rows else {}
    key = word(proof, "notice") or notice_of(rows, held)
    notice, terms = find_notice(key, word(proof, "notice_version"), word(proof, "language"))
    names = {key: fields.name for key, fields in read_purposes().items()}
    return ConsentRecord(
        id=act.id,
        issued_at=act.told_at,
        principal=act.principal,
        decisions=tuple(_decision(row, names.get(row.purpose, NO_NAMES), held) for row in rows),
        notice=notice,
        proof=Proof(
            method=word(proof, "method"),
            ui_part=word(proof, "ui_part"),
            url=word(proof, "url"),
            region=word(proof, "region"),
            collector=word(proof, "collector"),
            gpc=proof.get("gpc"),
            expressed_by=word(proof, "expressed_by") or "person",
        ),
        terms=terms,
    )


def notice_of(rows: Sequence[Decided], held: Configuration) -> str:
    """The notice that tells of the purposes, where the act names none; empty where they have several or none."""
    found = {purpose.notice for row in rows if (purpose := held.purposes.get(row.purpose)) is not None}
    return found.pop() if len(found) == 1 else ""


def word(proof: dict[str, Any], name: str) -> str:
    """A string of a proof; empty: it has none."""
    return str(proof.get(name) or "")


def _decision(row: Decided, names: dict[str, str], held: Configuration) -> RecordedDecision:
    purpose = held.purposes.get(row.purpose)
    basis = BASIS_OF_EVERYTHING if row.purpose == EVERYTHING else "consent"
    return RecordedDecision(
        purpose=row.purpose,
        state=row.state,
        decided_at=row.decided_at,
        expires_at=row.expires_at,
        purpose_names=names,
        legal_basis=basis if purpose is None else purpose.legal_basis,
        categories=() if purpose is None else tuple(sorted(purpose.categories)),
    )
