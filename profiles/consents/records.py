"""An act of deciding as its receipt and its answer tell it, out of the rows that it wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.confirmations import find_opened, token_of_act
from consent.ledger import Decided
from consent.purpose_reading import read_purposes
from consent.receipt_issuing import find_issued, find_notice, issue_receipt
from consent.receipts import ConsentRecord, NoticeShown, Principal, Proof, RecordedDecision, Terms, missing_fields
from consent.said import EVERYTHING
from consent.states import GRANTS, REQUESTED
from profiles.configuration import Configuration

# A restriction rests on the right to it, not on consent.
BASIS_OF_EVERYTHING = "legal_obligation"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act as it was recorded.

    `rows`: what it says for one of its identifiers, in the order in which it was told; `carried`: what it took along
    from a device; `reached`: for how many further identifiers it was said; `missing`: purpose to what a record of it
    lacks by the standard. `token` empty: nothing waits to be confirmed; else it confirms the purposes of `waiting`.
    """

    id: UUID
    receipt: str
    rows: list[Decided]
    carried: list[Decided]
    reached: int
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


class Recorder:
    """Tells one act as records: it looks each notice up once."""

    def __init__(self, act: Act, held: Configuration) -> None:
        self._act = act
        self._held = held
        self._notices: dict[tuple[str, str, str], tuple[NoticeShown, Terms]] = {}

    def missing(self, row: Decided) -> list[str]:
        """What a record of a grant lacks by the standard; a refusal needs no proof."""
        if row.state not in GRANTS and row.state != REQUESTED:
            return []
        return missing_fields(self.record([row], {}))

    def record(self, rows: Sequence[Decided], names: Mapping[str, dict[str, str]]) -> ConsentRecord:
        """Rows of the act for one identifier as a consent record. `names`: purpose to its name by language."""
        proof = rows[0].proof or {} if rows else {}
        notice, terms = self._notice(word(proof, "notice") or notice_of(rows, self._held), proof)
        return ConsentRecord(
            id=self._act.id,
            issued_at=self._act.told_at,
            principal=self._act.principal,
            decisions=tuple(_decision(row, names.get(row.purpose, {}), self._held) for row in rows),
            notice=notice,
            proof=proof_told(proof),
            terms=terms,
        )

    def _notice(self, key: str, proof: Mapping[str, Any]) -> tuple[NoticeShown, Terms]:
        place = (key, word(proof, "notice_version"), word(proof, "language"))
        if place not in self._notices:
            self._notices[place] = find_notice(*place)
        return self._notices[place]


def recorded(act: Act, rows: Sequence[Decided], held: Configuration) -> Recorded:
    """The answer to an act. `rows` are those of one identifier."""
    own, recorder = own_rows(act, rows), Recorder(act, held)
    opened = find_opened(act.id)
    return Recorded(
        id=act.id,
        receipt=find_issued(act.id).jws,
        rows=own,
        carried=[row for row in rows if row.purpose not in act.purposes],
        reached=max((len((row.proof or {}).get("reached", ())) for row in own), default=0),
        missing={row.purpose: recorder.missing(row) for row in own},
        token=token_of_act(act.id) if opened else "",
        waiting=[one["purpose"] for one in opened.asked["decisions"]] if opened else [],
        waits_until=opened.expires_at if opened else None,
    )


def issue(act: Act, rows: Sequence[Decided], held: Configuration) -> str:
    """Sign and keep the receipt of an act, out of its rows for one identifier; what it carried has one of its own."""
    names = {key: fields.name for key, fields in read_purposes().items()}
    return issue_receipt(Recorder(act, held).record(own_rows(act, rows), names), act.identifier_ids)


def own_rows(act: Act, rows: Sequence[Decided]) -> list[Decided]:
    """What the act itself decided, in its order."""
    return [row for key in act.purposes for row in rows if row.purpose == key]


def proof_told(proof: Mapping[str, Any]) -> Proof:
    """How it was said, as a record tells it."""
    return Proof(
        method=word(proof, "method"),
        ui_part=word(proof, "ui_part"),
        url=word(proof, "url"),
        region=word(proof, "region"),
        collector=word(proof, "collector"),
        gpc=proof.get("gpc"),
        expressed_by=word(proof, "expressed_by") or "person",
    )


def notice_of(rows: Sequence[Decided], held: Configuration) -> str:
    """The notice that tells of the purposes, where the act names none; empty where they have several or none."""
    found = {purpose.notice for row in rows if (purpose := held.purposes.get(row.purpose)) is not None}
    return found.pop() if len(found) == 1 else ""


def word(proof: Mapping[str, Any], name: str) -> str:
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
