"""What a restored backup does not know: erasures, decisions and returns, written down outside of the database (ADR 22).

Lines of keyed hashes, times and ids of requests; no identity. Each is on disk before the transaction commits that it
tells of, and `done` follows after the commit: what was rolled back has none. Whoever writes locks the database's one
row of its position first, so that lines stand in the order of the commits: a backup knows all up to its position.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consent.ledger import Decided
from consent.log_file import Line, LogBroken, append_line, last_position, read_lines
from consent.models import ErasureLogPosition
from consent.pseudonyms import Pseudonym, pseudonym

Identifier = tuple[str, str]  # type, canonical value

ERASURE, DECISIONS, LIFTS, DONE = "erasure", "decisions", "lifts", "done"
# Of a proof, what names nobody.
PROOF_KEPT = ("method", "notice", "notice_version", "language", "expressed_by", "region")


class ErasureLogBroken(Exception):
    """The erasure log cannot be read or written, or was cut or changed; put back the true one (docs/operating.md)."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Entry(NamedTuple):
    """A line of the log. `done`: the transaction that it tells of is known to have committed."""

    position: int
    kind: str
    content: dict[str, Any]
    done: bool


def note_erasure(identifiers: Collection[Identifier], *, at: datetime, request_id: UUID) -> None:
    """Write down that identifiers are erased up to an instant. Call it in the transaction that suppresses them."""
    hashes = sorted(written(pseudonym(*one)) for one in identifiers)
    _note(ERASURE, {"erased_at": at.isoformat(), "request": str(request_id), "ids": hashes})


def note_decisions(rows: Iterable[tuple[Identifier, Decided]]) -> None:
    """Write down what was decided under some identifiers. Call it in the transaction that writes it, in the lane."""
    told = [{"id": written(pseudonym(*identifier)), **described(row)} for identifier, row in rows]
    if told:
        _note(DECISIONS, {"rows": told})


def note_lifts(lifted: Mapping[Identifier, datetime]) -> None:
    """Write down who came back, from when on. Call it in the transaction that lifts their suppression, in the lane."""
    told = sorted([*written(pseudonym(*one)), at.isoformat()] for one, at in lifted.items())
    if told:
        _note(LIFTS, {"ids": told})


def read_log(after: int = 0) -> list[Entry]:
    """What was written down after a position, in order. Raises `ErasureLogBroken`."""
    with _readable():
        lines = read_lines(settings.ERASURE_LOG, after)
        done = {n for line in lines if line.content["kind"] == DONE for n in line.content["of"]}
        return [entry_of(line, line.position in done) for line in lines if line.content["kind"] != DONE]


def is_ahead() -> bool:
    """Whether something is known to have happened that this database does not know: it is an older copy.

    Raises `ErasureLogBroken`; also where the log is shorter than the database knows.
    """
    beyond = _known_beyond(read_position())
    return any(position > read_position() for position in beyond)  # others go on writing meanwhile


def read_position() -> int:
    """How far the database has followed the log."""
    return ErasureLogPosition.objects.values_list("position", flat=True).first() or 0


def lock_position() -> int:
    """The same, and nobody else writes to the log before the end of the transaction."""
    ErasureLogPosition.objects.bulk_create([ErasureLogPosition()], ignore_conflicts=True)
    return ErasureLogPosition.objects.select_for_update().get().position


def follow(position: int, *, back: bool = False) -> None:
    """The database knows the log up to here. Call it in the transaction that made it so. `back`: be it less."""
    held = ErasureLogPosition.objects.all() if back else ErasureLogPosition.objects.filter(position__lt=position)
    held.update(position=position)


def log_end() -> int:
    """The position of the log's last line. Raises `ErasureLogBroken`."""
    with _readable():
        return last_position(settings.ERASURE_LOG)


def _note(kind: str, content: Mapping[str, Any]) -> None:
    known = lock_position()
    is_behind = bool(_known_beyond(known))
    with _readable():
        position = append_line(settings.ERASURE_LOG, {"kind": kind, "at": datetime.now(UTC).isoformat(), **content})
    if not is_behind:  # a copy that was never put right must still be seen to be one
        follow(position)
    transaction.on_commit(lambda: _note_done(position), robust=True)


def _note_done(position: int) -> None:
    append_line(settings.ERASURE_LOG, {"kind": DONE, "of": [position]})


def _known_beyond(position: int) -> list[int]:
    """The positions after one of what is known to have happened."""
    if log_end() < position:
        raise ErasureLogBroken
    return [entry.position for entry in read_log(position) if entry.done]


def entry_of(line: Line, done: bool) -> Entry:
    """A line as an entry."""
    return Entry(line.position, line.content["kind"], line.content, done)


def written(hash_: Pseudonym) -> list[Any]:
    """A hash as a line has it."""
    return [hash_.version, hash_.digest.hex()]


def read_hash(told: list[Any]) -> Pseudonym:
    """A hash out of a line."""
    return Pseudonym(int(told[0]), bytes.fromhex(told[1]))


def described(row: Decided) -> dict[str, Any]:
    """A decision as a line has it, without its actor and what of its proof might name somebody."""
    proof = row.proof or {}
    return {
        "purpose": row.purpose,
        "act": str(row.act_id),
        "state": row.state,
        "decided_at": row.decided_at.isoformat(),
        "received_at": row.received_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "ends_by_choice": row.ends_by_choice,
        "verified": row.verified,
        "with_account": row.with_account,
        "guardian": row.guardian,
        "problem": row.problem,
        "signal": row.signal,
        "proof": {name: proof[name] for name in PROOF_KEPT if proof.get(name)},
    }


def read_decision(told: Mapping[str, Any], identifier_id: int, actor: str) -> Decided:
    """A decision out of a line, as a row of the ledger for a stored identifier."""
    ends = told["expires_at"]
    return Decided(
        identifier_id=identifier_id,
        purpose=told["purpose"],
        act_id=UUID(told["act"]),
        state=told["state"],
        decided_at=datetime.fromisoformat(told["decided_at"]),
        received_at=datetime.fromisoformat(told["received_at"]),
        expires_at=datetime.fromisoformat(ends) if ends else None,
        ends_by_choice=told["ends_by_choice"],
        verified=told["verified"],
        with_account=told["with_account"],
        guardian=told["guardian"],
        problem=told["problem"],
        signal=told["signal"],
        source_id=None,
        actor=actor,
        proof=dict(told["proof"]),
    )


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (LogBroken, OSError, KeyError, TypeError):
        raise ErasureLogBroken from None
