"""Files of interactions: read record by record into the inbox, as if a channel had posted them.

An import may end at any moment and be started again. How far it came is noted after each commit, so that little is
read twice; and what is read twice changes nothing, since each line has a message id of its own.
"""

import gzip
import json
import os
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from django.db import transaction

from profiles.configuration import CORRECTING, SourceSettings, configuration, source_settings
from profiles.figures.minutes import save_tally
from profiles.figures.tally import Receipt, Received, Tally
from profiles.intake.envelope import MAX_BODY, MAX_EVENTS
from profiles.intake.observed import NotUnderstood
from profiles.intake.records import BadFile, FileMapping, Record, line_id, read_lines, read_rows
from profiles.intake.wire import read_event
from profiles.models import Inbox, Quarantine, Source

DIALECT = "file"
EVENTS_A_BATCH = 500
ROOM = MAX_BODY - 64  # for what stands around the events of a batch
BATCHES_THAT_MAY_WAIT = 40
PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.1
SAMPLE = 1024 * 1024  # bytes at either end that tell one file from another
MOST_REASONS = 20


class SourceMissing(LookupError):
    """There is no enabled source of this name; `manage.py create_source` makes one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(slots=True)
class Imported:
    """What an import has come to: records read, of which some were accepted and the others quarantined."""

    skipped: int = 0  # records that an earlier run had committed
    records: int = 0
    accepted: int = 0
    refused: int = 0
    bytes_read: int = 0  # of the file as it lies there
    reasons: Counter[str] = field(default_factory=Counter)

    def count_refused(self, reason: str) -> None:
        """Count a refusal; where something stands in the line is left out, so that there are few reasons."""
        self.refused += 1
        short = reason.partition(" (")[0].rstrip(".") + "."
        self.reasons[short if short in self.reasons or len(self.reasons) < MOST_REASONS else "Other."] += 1


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a file is to be read."""

    is_csv: bool
    mapping: FileMapping
    delimiter: str = ","

    def records(self, stream: BinaryIO) -> Iterator[Record]:
        """The records of a stream."""
        return read_rows(stream, self.mapping, self.delimiter) if self.is_csv else read_lines(stream, self.mapping)


@dataclass(slots=True)
class Chunk:
    """What is committed together: events for the inbox, refusals for the quarantine."""

    events: list[bytes] = field(default_factory=list)
    refused: list[tuple[Record, str]] = field(default_factory=list)
    size: int = 0
    last: int = 0

    def fits(self, event: bytes, most: int) -> bool:
        """Whether one more event may be added."""
        return len(self.events) < most and self.size + len(event) < ROOM and len(self.refused) < most


def find_source(name: str) -> SourceSettings:
    """The settings of an enabled source; raises SourceMissing."""
    row = Source.objects.filter(name=name, disabled_at=None).exclude(rank=CORRECTING).first()
    if row is None:
        raise SourceMissing
    return source_settings(row, configuration().purposes)


def import_file(
    path: Path,
    *,
    source: SourceSettings,
    form: FileForm,
    notes: "Notes | None" = None,
    most: int = EVENTS_A_BATCH,
    after_commit: Callable[[], object] = lambda: None,
    progress: Callable[[Imported], object] = lambda imported: None,
) -> Imported:
    """Put every record of a file into the inbox or the quarantine, `most` to a commit; the worker does the rest.

    Raises BadFile, BadMapping or OSError; what was committed by then stands, and the next run goes on from there.
    """
    imported = Imported(skipped=notes.read() if notes else 0)
    pace = Pace()
    with ExitStack() as opened:
        raw = opened.enter_context(path.open("rb"))
        records = form.records(unpacked(raw, opened))
        for chunk in chunks(records, source, imported, min(most, MAX_EVENTS)):
            pace.wait()
            commit(chunk, source)
            if notes:
                notes.write(chunk.last)
            after_commit()
            imported.bytes_read = raw.tell()
            progress(imported)
        imported.bytes_read = raw.seek(0, os.SEEK_END)
        progress(imported)
    if notes:
        notes.forget()
    return imported


def unpacked(raw: BinaryIO, opened: ExitStack) -> BinaryIO:
    """The stream, or what its gzip holds, told by the first bytes."""
    is_gzip = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=raw))) if is_gzip else raw


def chunks(records: Iterator[Record], source: SourceSettings, imported: Imported, most: int) -> Iterator[Chunk]:
    """The records that no earlier run committed, in chunks, each checked by reading it as the worker will."""
    chunk = Chunk()
    for record in readable(records):
        if record.number <= imported.skipped:
            continue
        if not chunk.fits(record.event, most):
            yield chunk
            chunk = Chunk()
        imported.records += 1
        chunk.last = record.number
        reason = record.reason or reason_against(record.event, source)
        if reason:
            chunk.refused.append((record, reason))
            imported.count_refused(reason)
        else:
            chunk.events.append(record.event)
            chunk.size += len(record.event) + 1
            imported.accepted += 1
    if chunk.last:
        yield chunk


def readable(records: Iterator[Record]) -> Iterator[Record]:
    """The records, with a sentence where a gzip file breaks off."""
    try:
        yield from records
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BadFile("The gzip file is damaged or ends too early; import it again once it is whole.") from None


def reason_against(event: bytes, source: SourceSettings) -> str:
    """Why an event would not be understood; empty if it will be."""
    read = read_event(dialect=DIALECT, body=event, context={}, received_at=0, source=source)
    return read.reason if isinstance(read, NotUnderstood) else ""


def commit(chunk: Chunk, source: SourceSettings) -> None:
    """One inbox row, and the lines that are no events in quarantine, each once however often it is imported."""
    with transaction.atomic():
        if chunk.events:
            body = b'{"batch":[' + b",".join(chunk.events) + b"]}"
            Inbox.objects.create(source_id=source.id, dialect=DIALECT, body=body, events=len(chunk.events))
        if chunk.refused:
            quarantine(chunk, source)


def quarantine(chunk: Chunk, source: SourceSettings) -> None:
    """Quarantine the chunk's refusals but for those that are there already, and count them."""
    lines = {line_id(record.raw): (record, reason) for record, reason in chunk.refused}
    held = Quarantine.objects.filter(source_id=source.id, dialect=DIALECT, context__line__in=list(lines))
    for context in held.values_list("context", flat=True):
        lines.pop(context["line"], None)
    now = datetime.now(UTC)
    Quarantine.objects.bulk_create(
        Quarantine(
            source_id=source.id,
            received_at=now,
            dialect=DIALECT,
            context={"line": line},
            body=record.raw,
            reason=reason,
        )
        for line, (record, reason) in lines.items()
    )
    save_tally(Tally(quarantined=Received([Receipt(source.id, now)] * len(lines))))


class Pace:
    """Keeps an import from running far ahead of the workers, since what channels post meanwhile stands behind it.

    Where nobody takes batches there is nothing to wait for: it gives up for good after `PATIENCE_SECONDS`.
    """

    def __init__(self) -> None:
        self.gave_up = False

    def wait(self) -> None:
        """Return when there is room, or nobody makes any."""
        waiting = self._waiting()
        since = time.monotonic()
        while waiting >= BATCHES_THAT_MAY_WAIT and not self.gave_up:
            time.sleep(LOOK_SECONDS)
            now_waiting = self._waiting()
            if now_waiting < waiting:
                since = time.monotonic()
            waiting = now_waiting
            self.gave_up = time.monotonic() - since > PATIENCE_SECONDS

    def _waiting(self) -> int:
        return 0 if self.gave_up else Inbox.objects.filter(dialect=DIALECT).count()


class Notes:
    """How many records of a file were committed, noted in a small file that is there only until the import is done.

    Its name is made of the file's content, the source and how it is read, so that it stands for nothing else: least
    of all for another database that has none of it.
    """

    def __init__(self, folder: Path, path: Path, source: SourceSettings, form: FileForm) -> None:
        made_at = Source.objects.values_list("created_at", flat=True).get(id=source.id)
        parts = [fingerprint(path), source.name, made_at.isoformat(), repr(form)]
        self.path = folder / f"{sha256(json.dumps(parts).encode()).hexdigest()[:32]}.json"

    def read(self) -> int:
        """The number of records committed; 0 where nothing is noted."""
        try:
            noted = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return 0
        return noted if isinstance(noted, int) else 0

    def write(self, records: int) -> None:
        """Note a number. Whole or not at all, however the process ends."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(records))
        beside.replace(self.path)

    def forget(self) -> None:
        """Take the note away."""
        self.path.unlink(missing_ok=True)


def fingerprint(path: Path) -> str:
    """What tells a file from another and from its own earlier content: its size, its time and both its ends."""
    status = path.stat()
    digest = sha256(f"{status.st_size} {status.st_mtime_ns}".encode())
    with path.open("rb") as file:
        digest.update(file.read(SAMPLE))
        file.seek(max(0, status.st_size - SAMPLE), os.SEEK_SET)
        digest.update(file.read(SAMPLE))
    return digest.hexdigest()
