"""The records of a file as events: lines of JSON, or rows of CSV whose columns a mapping explains. Pure.

A record that cannot be an event carries its reason instead. Only one record is held at a time, however long a line.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, NamedTuple

from profiles.identity.canonical import DEFAULT_TYPES
from profiles.intake import lenient
from profiles.intake.envelope import MAX_EVENT
from profiles.intake.wire.findings import value_at
from profiles.intake.wire.reading import TOO_LARGE

LONGEST_LINE = 2 * MAX_EVENT  # bytes that are held of one; what is longer is no event anyway
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
IDENTIFIERS = tuple(row["name"] for row in DEFAULT_TYPES)
FIELDS = ("type", "event", "timestamp", "message_id")
KINDS = ("identifier", "trait", "property", "consent")
IGNORE = "ignore"
ELSEWHERE = "elsewhere"  # a property of an event that has a name, a trait otherwise

YES = frozenset({"true", "yes", "y", "1", "granted"})
NO = frozenset({"false", "no", "n", "0", "denied", "withdrawn"})


class BadMapping(ValueError):
    """A mapping that cannot be followed, with what to do."""


class BadFile(ValueError):
    """A file that cannot be read on, with what to do."""


class Record(NamedTuple):
    """One record, counted from 1 (the header of a CSV file is none). `event` is empty where there is a `reason`."""

    number: int
    raw: bytes
    event: bytes
    reason: str = ""


Target = tuple[str, str]  # kind, name


# How a column is read that no mapping explains, by its name; any other is told by its row.
BY_NAME: dict[str, tuple[Target, ...]] = {
    **{name: (("identifier", name),) for name in IDENTIFIERS},
    "email": (("identifier", "email"), ("trait", "email")),
    "phone": (("identifier", "phone"), ("trait", "phone")),
    **{name: ((name, ""),) for name in FIELDS},
    "userId": (("identifier", "user_id"),),
    "anonymousId": (("identifier", "anonymous_id"),),
    "messageId": (("message_id", ""),),
}


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What the columns mean. `targets` None: by their names. `event`: what a record without a name of its own is."""

    targets: dict[str, list[Target]] | None = None
    event: str = ""

    def of(self, column: str) -> Sequence[Target]:
        """What a column is read as; nothing, where a mapping leaves it out."""
        if self.targets is not None:
            return self.targets.get(column, ())
        name = column.strip()
        return BY_NAME.get(name) or ((ELSEWHERE, name),)


def read_mapping(pairs: Iterable[tuple[str, str]], event: str = "") -> FileMapping:
    """Pairs of column and target as a mapping; raises BadMapping. A column may have several targets. No pairs: none."""
    targets: dict[str, list[Target]] = {}
    for column, text in pairs:
        targets.setdefault(column, []).append(read_target(text))
    return FileMapping(targets or None, event)


def read_target(text: str) -> Target:
    """`trait:first_name` and its like, split; raises BadMapping."""
    kind, colon, name = text.strip().partition(":")
    if not colon:
        if kind in IDENTIFIERS:
            return "identifier", kind
        if kind in FIELDS or kind == IGNORE:
            return kind, ""
    elif name and kind in KINDS:
        return kind, name
    raise BadMapping(
        f"A column is mapped to identifier:TYPE, trait:NAME, property:NAME, consent:PURPOSE, "
        f"{', '.join(FIELDS)} or {IGNORE}; {text!r} is none of them."
    )


def read_lines(stream: BinaryIO, mapping: FileMapping) -> Iterator[Record]:
    """The records of NDJSON: events in Segment's shape, or under a mapping any objects. Empty lines are none."""
    number = 0
    for line in bounded_lines(stream):
        raw = line.removeprefix(BYTE_ORDER_MARK).strip()
        if not raw:
            continue
        number += 1
        if len(raw) > MAX_EVENT:
            yield Record(number, raw, b"", TOO_LARGE)
            continue
        try:
            value = lenient.decode(raw)
        except lenient.Unreadable as error:
            yield Record(number, raw, b"", error.kind)
            continue
        if not isinstance(value, dict):
            yield Record(number, raw, b"", "The event is not a JSON object.")
        elif mapping.targets is None:
            yield record_of(number, raw, {**value}, mapping)
        else:
            named = {column: value_at(value, column) for column in mapping.targets}
            yield record_of(number, raw, event_of(named, mapping), mapping)


def read_rows(stream: BinaryIO, mapping: FileMapping, delimiter: str = ",") -> Iterator[Record]:
    """The records of CSV with a header; raises BadMapping where a mapped column is not in it."""
    lines = (line.decode("utf-8", "surrogateescape") for line in bounded_lines(stream))
    reader = csv.reader(lines, delimiter=delimiter)
    rows = split_rows(reader)
    header = next(rows, None)
    if not header:
        raise BadFile("The file has no header; its first line must name the columns.")
    header[0] = header[0].removeprefix("\ufeff")
    check_columns(header, mapping)
    filled = (row for row in rows if row is None or any(row))
    for number, row in enumerate(filled, start=1):
        if row is None:
            where = f"The row that ends in line {reader.line_num}".encode()
            yield Record(number, where, b"", "The row cannot be taken apart; a quote may be missing.")
        else:
            yield record_of_row(number, header, row, mapping)


def split_rows(reader: Any) -> Iterator[list[str] | None]:
    """The rows of a reader; None for one that it cannot take apart."""
    while True:
        try:
            yield next(reader)
        except csv.Error:
            yield None
        except StopIteration:
            return


def check_columns(header: Sequence[str], mapping: FileMapping) -> None:
    """Raise BadMapping unless every mapped column is there, and BadFile where a name stands twice."""
    if len(set(header)) < len(header):
        raise BadFile("Two columns of the file have the same name; give each a name of its own.")
    missing = [column for column in mapping.targets or () if column not in header]
    if missing:
        raise BadMapping(f"The file has no column {', '.join(map(repr, missing))}; it has {', '.join(header)}.")


def record_of_row(number: int, header: Sequence[str], row: Sequence[str], mapping: FileMapping) -> Record:
    """A row as a record."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    raw = text.getvalue().encode("utf-8", "surrogateescape")[:LONGEST_LINE]
    if len(row) != len(header):
        return Record(number, raw, b"", "The row does not have as many cells as the header has names.")
    named = dict(zip(header, row, strict=True))
    try:
        identity = lenient.encode(named)
    except UnicodeEncodeError:
        return Record(number, raw, b"", "The row is not UTF-8; encode the file in UTF-8.")
    return record_of(number, raw, event_of(named, mapping), mapping, identity)


def record_of(
    number: int, raw: bytes, event: dict[str, Any], mapping: FileMapping, identity: bytes | None = None
) -> Record:
    """An event as a record. Without a message id of its own it gets one of the line, so that it is the same event
    however often, and in however many pieces, its file is imported."""
    if not event.get("messageId"):
        event["messageId"] = line_id(raw if identity is None else identity)
    if mapping.event and not event.get("event") and event.get("type") in (None, "", "track"):
        event |= {"type": "track", "event": mapping.event}
    encoded = lenient.encode(event)
    return Record(number, raw, b"", TOO_LARGE) if len(encoded) > MAX_EVENT else Record(number, raw, encoded)


def line_id(raw: bytes) -> str:
    """What identifies a line by what stands in it."""
    return "line:" + sha256(raw).hexdigest()[:40]


def event_of(record: Mapping[str, Any], mapping: FileMapping) -> dict[str, Any]:
    """The columns of a record as an event in Segment's shape. An empty cell says nothing."""
    found = _Cells()
    for column, value in record.items():
        if value is None or value == "":
            continue
        for kind, name in mapping.of(column):
            found.put(kind, name, value)
    return found.event(mapping.event)


class _Cells:
    """The cells of one record, by what they mean."""

    def __init__(self) -> None:
        self.kinds: dict[str, dict[str, Any]] = {kind: {} for kind in (*KINDS, ELSEWHERE, *FIELDS, IGNORE)}
        self.more_identifiers: list[dict[str, Any]] = []

    def put(self, kind: str, name: str, value: Any) -> None:
        if kind == "identifier" and (name not in ("user_id", "anonymous_id") or name in self.kinds[kind]):
            self.more_identifiers.append({"type": name, "id": value})
        else:
            self.kinds[kind][name] = consent_word(value) if kind == "consent" else value

    def event(self, otherwise_named: str) -> dict[str, Any]:
        name = self.kinds["event"].get("", otherwise_named)
        kind = self.kinds["type"].get("", "track" if name else "identify")
        self.kinds["property" if name else "trait"] |= self.kinds[ELSEWHERE]
        context = {
            "traits": self.kinds["trait"],
            "externalIds": self.more_identifiers,
            "consent": {"categoryPreferences": self.kinds["consent"]} if self.kinds["consent"] else None,
        }
        whole = {
            "type": kind,
            "event": name,
            "messageId": self.kinds["message_id"].get(""),
            "timestamp": self.kinds["timestamp"].get(""),
            "userId": self.kinds["identifier"].get("user_id"),
            "anonymousId": self.kinds["identifier"].get("anonymous_id"),
            "properties": self.kinds["property"],
            "context": {key: value for key, value in context.items() if value},
        }
        return {key: value for key, value in whole.items() if value}


def consent_word(value: Any) -> Any:
    """Yes or no as a truth value; any other word stays, and is reported when the event is read."""
    word = str(value).strip().lower()
    return True if word in YES else False if word in NO else value


def bounded_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream. Of a longer one `LONGEST_LINE` bytes are held and the rest passed over."""
    while line := stream.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE)
        yield line
