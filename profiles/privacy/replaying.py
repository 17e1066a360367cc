"""A restored backup put right: what was erased and decided since is erased and decided again (ADR 22).

The log holds hashes, the database identifiers: those that are wanted are found by hashing each once. What the backup
knows already is left alone, so that it may be run at any time, and again after it was interrupted.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from consent.erasure_log import (
    DECISIONS,
    ERASURE,
    LIFTS,
    Entry,
    ErasureLogBroken,
    follow,
    lock_position,
    log_end,
    read_decision,
    read_hash,
    read_log,
    read_position,
)
from consent.pseudonyms import Pseudonym, digest_under
from consent.requests.kinds import ERASURE as ERASURE_REQUEST
from consent.requests.replayed import ensure_erasure
from consent.states import REFUSALS
from consent.suppression import SuppressionUnreadable, find_hashes, lift_hashes, suppress_hashes
from profiles.configuration import configuration
from profiles.consents.taking import take_decisions
from profiles.models import Identifier
from profiles.pipeline import close_gate, enter_lane, go_through_gate
from profiles.privacy.erasing import erase
from profiles.privacy.execution import Execution

ACTOR = "system:replay"
CHUNK = 5000
# What makes less allowed than before; the rest is taken only where it is known to have been recorded.
FORBIDDING = REFUSALS | {"ObjectionRaised", "ProcessingRestricted"}

READ_IDENTIFIERS = """
    SELECT identifier.id, identifier_type.name, identifier.value
    FROM identifier JOIN identifier_type ON identifier_type.id = identifier.type_id
    WHERE identifier.id > %s ORDER BY identifier.id LIMIT %s
"""

Progress = Callable[[int, int], None]


class Found(NamedTuple):
    """A stored identifier whose hash is in the log."""

    id: int
    type: str
    value: str


@dataclass(slots=True)
class Replayed:
    """What a replay came to: lines of the log, identifiers erased, decisions taken."""

    entries: int = 0
    erased: int = 0
    decisions: int = 0


def replay_erasures(progress: Progress | None = None) -> Replayed:
    """Do again what the log knows and the database does not. Again: nothing more.

    Raises `ErasureLogBroken`, and `SuppressionUnreadable` where hashes are under a key that is not held. `progress` is
    called with (done, all) identifiers. Call it outside of any transaction, before anything is served.
    """
    entries = wanted_entries()
    replayed = Replayed(len(entries))
    if entries:
        found = find_named(hashes_in(entries), progress)
        for entry in entries:
            _apply(entry, found, replayed)
    _follow(log_end())
    return replayed


def wanted_entries() -> list[Entry]:
    """What the database does not know yet, after a look at the whole log. Raises `ErasureLogBroken`."""
    position = read_position()
    whole = read_log()
    if log_end() < position:
        raise ErasureLogBroken
    return [entry for entry in whole if entry.position > position]


def accept_log() -> None:
    """Take the log as it is from now on, for one that was lost: what it does not know cannot be done again."""
    with transaction.atomic():
        lock_position()
        follow(log_end(), back=True)


def hashes_in(entries: Sequence[Entry]) -> set[Pseudonym]:
    """All hashes of some lines."""
    return {hash_ for entry in entries for hash_ in _hashes(entry)}


def find_named(hashes: Collection[Pseudonym], progress: Progress | None = None) -> dict[Pseudonym, Found]:
    """The stored identifiers that some hashes are of."""
    versions = {hash_.version for hash_ in hashes}
    if not versions <= settings.SUPPRESSION_KEYS.keys():
        raise SuppressionUnreadable
    keys = {version: settings.SUPPRESSION_KEYS[version] for version in versions}
    found: dict[Pseudonym, Found] = {}
    done, total = 0, Identifier.objects.count()
    for chunk in _stored_identifiers():
        for one in chunk:
            for version, key in keys.items():
                hash_ = Pseudonym(version, digest_under(key, one.type, one.value))
                if hash_ in hashes:
                    found[hash_] = one
        done += len(chunk)
        if progress:
            progress(done, total)
    return found


def _stored_identifiers() -> Iterator[list[Found]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(READ_IDENTIFIERS, [last, CHUNK])
            rows = [Found(*row) for row in cursor.fetchall()]
        if not rows:
            return
        last = rows[-1].id
        yield rows


def _hashes(entry: Entry) -> list[Pseudonym]:
    if entry.kind == DECISIONS:
        return [read_hash(row["id"]) for row in entry.content["rows"]]
    return [read_hash(told) for told in entry.content["ids"]]


def _apply(entry: Entry, found: Mapping[Pseudonym, Found], replayed: Replayed) -> None:
    if entry.kind == ERASURE:
        replayed.erased += _erase_again(entry, found)
    elif entry.kind == DECISIONS:
        replayed.decisions += _decide_again(entry, found)
    elif entry.kind == LIFTS and entry.done:
        _lift_again(entry)
    _follow(entry.position)


def _erase_again(entry: Entry, found: Mapping[Pseudonym, Found]) -> int:
    """Suppress and erase once more. Who is back already by what the database knows stays."""
    hashes = _hashes(entry)
    request_id, at = UUID(entry.content["request"]), datetime.fromisoformat(entry.content["erased_at"])
    with transaction.atomic():
        close_gate()
        suppress_hashes(hashes, at=at, request_id=request_id)
        back = {hash_ for hash_, suppressed in find_hashes(hashes).items() if suppressed.lifted_at is not None}
    named = [found[hash_] for hash_ in hashes if hash_ in found and hash_ not in back]
    ids = set(Identifier.objects.filter(id__in=[one.id for one in named]).values_list("id", flat=True))
    left = [one for one in named if one.id in ids]
    if left:
        ensure_erasure(request_id, at=at, requester=ACTOR, regulation=settings.PRIVACY_REGULATION)
        erase(_execution(request_id, at, left, f"replay {entry.position}"))
    return len(left)


def _execution(request_id: UUID, at: datetime, named: Sequence[Found], group: str) -> Execution:
    """All that a line names, as a group of its own: a request may have been done in several parts."""
    return Execution(
        request_id=request_id,
        type=ERASURE_REQUEST,
        identifiers=[(one.type, one.value) for one in named],
        scope={group: [one.id for one in named]},
        groups=frozenset({group}),
        details={},
        received_at=at,
        source="staff",
        requester=ACTOR,
        language="en",
        regulation=settings.PRIVACY_REGULATION,
        region="",
    )


def _decide_again(entry: Entry, found: Mapping[Pseudonym, Found]) -> int:
    """Take into the ledger what it lacks, with the time at which it was decided: what came later still counts."""
    with transaction.atomic():
        go_through_gate()
        enter_lane()
        named = [(found[hash_].id, row) for hash_, row in _rows(entry) if hash_ in found]
        ids = set(Identifier.objects.filter(id__in=[id_ for id_, _ in named]).values_list("id", flat=True))
        rows = [read_decision(row, id_, ACTOR) for id_, row in named if id_ in ids]
        if rows:
            take_decisions(rows, configuration(), again=True)
    return len(rows)


def _rows(entry: Entry) -> list[tuple[Pseudonym, dict[str, object]]]:
    return [(read_hash(row["id"]), row) for row in entry.content["rows"] if entry.done or row["state"] in FORBIDDING]


def _lift_again(entry: Entry) -> None:
    with transaction.atomic():
        close_gate()
        for version, digest, at in entry.content["ids"]:
            lift_hashes([read_hash([version, digest])], at=datetime.fromisoformat(at))


def _follow(position: int) -> None:
    with transaction.atomic():
        lock_position()
        follow(position)
