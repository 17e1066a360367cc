"""The outside of a request: bounded decompression, the events that it carries, and what its headers say.

Pure. The door opens an envelope to answer at once and stores the body as it came, with `context_of` the request;
a worker reads body and context again with `read_envelope`, and sees the very same events.
"""

import contextlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from consent.signals.gpc import header_says_gpc
from profiles.intake import lenient
from profiles.intake.lenient import Unreadable

MAX_BODY = 500 * 1024  # bytes, decompressed
MAX_EVENTS = 2500
MAX_EVENT = 32 * 1024  # bytes
MAX_GZIP_MEMBERS = 100  # each costs a copy of what follows it
DIALECTS = frozenset({"segment", "posthog", "jitsu", "cloudevents", "file"})

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's way to say: with gzip's header
_BATCH_PATHS = frozenset({"batch", "import"})
_BODY_TOO_LARGE = "The body is larger than {} bytes; send fewer events at a time."
_TOO_MANY_EVENTS = f"The batch has more than {MAX_EVENTS} events; send fewer at a time."
_TIME_LENGTH = 40
_CE_ATTRIBUTE_LIMIT = 50
_CE_NAME_LENGTH = 64
_CE_NOT_ATTRIBUTES = ("data", "data_base64")
_CE_VALUE_LENGTH = 2000


class Malformed(Exception):
    """The body cannot be read at all. The message says what to do, and holds no personal data."""


class TooLarge(Exception):
    """The body, its number of events, or its one event is past a limit. The message names the limit."""


@dataclass(slots=True)
class Envelope:
    """What a request carries. `events` are the raw JSON of each, in order; `oversize` are indexes of those past
    `MAX_EVENT`; `historical` asks for no correction of clock skew."""

    write_key: str | None
    sent_at: str | None
    events: list[bytes]
    oversize: list[int] = field(default_factory=list)
    historical: bool = False


class _Members(msgspec.Struct):
    """The members of a body that concern the request. Raw: a wrong type in one of them is no error here."""

    write_key: msgspec.Raw = msgspec.field(name="writeKey", default=msgspec.Raw())
    api_key: msgspec.Raw = msgspec.Raw()
    sent_at_segment: msgspec.Raw = msgspec.field(name="sentAt", default=msgspec.Raw())
    sent_at: msgspec.Raw = msgspec.Raw()
    historical_migration: msgspec.Raw = msgspec.Raw()


class _Outside(_Members):
    """A body of any kind."""

    batch: msgspec.Raw = msgspec.Raw()


class _Batch(_Members, kw_only=True):
    """A body with a list of events: read in one go, where `_Outside` needs a second look at the list."""

    batch: list[msgspec.Raw]


_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_outside = msgspec.json.Decoder(_Outside).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def decompress(raw: bytes, limit: int = MAX_BODY) -> bytes:
    """`raw` itself, or what its gzip holds: told by the magic bytes, whatever a header says.

    It never holds more than `limit` bytes of output. Raises TooLarge past it, Malformed where the gzip is broken.
    """
    if len(raw) > limit:  # what does not fit compressed does not fit at all
        raise TooLarge(_BODY_TOO_LARGE.format(limit))
    if raw[:2] != _GZIP_MAGIC:
        return raw
    parts: list[bytes] = []
    room = limit
    while raw:
        if len(parts) == MAX_GZIP_MEMBERS:
            raise Malformed(f"The gzip body has more than {MAX_GZIP_MEMBERS} members; compress it as one.")
        part, raw = _inflate_member(raw, room)
        room -= len(part)
        if room < 0:
            raise TooLarge(_BODY_TOO_LARGE.format(limit))
        parts.append(part)
    return b"".join(parts)


def _inflate_member(raw: bytes, room: int) -> tuple[bytes, bytes]:
    """One member of a gzip body, of which no more than a byte past `room` is unpacked, and what follows it."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        part = inflater.decompress(raw, room + 1)
    except zlib.error:
        raise Malformed("The gzip body is corrupt; compress it again and send it once more.") from None
    if len(part) <= room and not inflater.eof:
        raise Malformed("The gzip body ends too early; send all of it.")
    return part, inflater.unused_data.lstrip(b"\x00")  # zeros that pad the end are no member


def open_envelope(dialect: str, body: bytes, *, path_type: str | None, headers: Mapping[str, str]) -> Envelope:
    """The envelope of a request, as the door sees it. Raises Malformed or TooLarge."""
    return read_envelope(dialect, body, context_of(headers, path_type, dialect))


def read_envelope(dialect: str, body: bytes, context: Mapping[str, Any]) -> Envelope:
    """The envelope of a body and its context: the same whenever it is read. Raises Malformed or TooLarge."""
    if len(body) > MAX_BODY:
        raise TooLarge(_BODY_TOO_LARGE.format(MAX_BODY))
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise Malformed("The body is empty; send JSON, with its length or chunked.")
    if not _is_utf8(body):
        raise Malformed("The body is not UTF-8; encode the JSON in UTF-8.")
    try:
        if context.get("ce"):
            envelope = _single(body, _Outside())
        elif body[:1] == b"[":
            envelope = Envelope(None, None, _elements(body))
        elif body[:1] == b"{":
            envelope = _of_object(dialect, body, context.get("path_type"))
        else:
            raise Malformed("The body is neither a JSON object nor an array; see the API's description.")
    except Unreadable as error:
        raise Malformed(str(error)) from None
    return _measured(envelope)


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_object(dialect: str, body: bytes, path_type: str | None) -> Envelope:
    if path_type in _BATCH_PATHS and dialect != "cloudevents":
        with contextlib.suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
            whole = _decode_batch(body)
            return _of_batch(whole, [bytes(raw) for raw in whole.batch])
    outside = _outside(body)
    batch = bytes(outside.batch).strip()
    if batch[:1] == b"[" and dialect != "cloudevents":
        return _of_batch(outside, _elements(batch))
    if path_type in _BATCH_PATHS:
        raise Malformed("The body has no list of events; send them as an array in `batch`.")
    return _single(body, outside)


def _of_batch(outside: _Members, events: list[bytes]) -> Envelope:
    return Envelope(
        write_key=_write_key(outside),
        sent_at=_sent_at(outside),
        events=events,
        historical=bytes(outside.historical_migration) == b"true",
    )


def _single(body: bytes, outside: _Outside) -> Envelope:
    if len(body) > MAX_EVENT:
        raise TooLarge(f"The event is larger than {MAX_EVENT} bytes; send less in it.")
    _check(body)
    return Envelope(_write_key(outside), _sent_at(outside), [body])


def _outside(body: bytes) -> _Outside:
    try:
        return _decode_outside(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        members = lenient.split_object(body)
    if not members.get("batch", b"").startswith(b"["):
        _check(body)
    names = zip(_Outside.__struct_fields__, _Outside.__struct_encode_fields__, strict=True)
    return _Outside(**{field: msgspec.Raw(members[name]) for field, name in names if name in members})


def _elements(array: bytes) -> list[bytes]:
    """The raw elements of an array. One that is nested too deeply is left for the quarantine, a broken one is not."""
    try:
        return [bytes(raw) for raw in _decode_list(array)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        elements = lenient.split_array(array)
        if len(elements) > MAX_EVENTS:
            raise TooLarge(_TOO_MANY_EVENTS) from None
        for element in elements:
            _check(element)
        return elements


def _check(raw: bytes) -> None:
    """Raises Unreadable unless `raw` is JSON, if only leniently, or merely nested too deeply."""
    with contextlib.suppress(lenient.TooDeep):
        lenient.decode(raw)


def _measured(envelope: Envelope) -> Envelope:
    if len(envelope.events) > MAX_EVENTS:
        raise TooLarge(_TOO_MANY_EVENTS)
    envelope.oversize = [index for index, raw in enumerate(envelope.events) if len(raw) > MAX_EVENT]
    return envelope


def _write_key(outside: _Members) -> str | None:
    """The key in the body. A masked one (`id:***`, as Jitsu's browser client sends it) is none."""
    for raw in (outside.write_key, outside.api_key):
        key = _text(raw)
        if key and not key.endswith(":***"):
            return key
    return None


def _sent_at(outside: _Members) -> str | None:
    text = _text(outside.sent_at_segment) or _text(outside.sent_at)
    return text if 0 < len(text) <= _TIME_LENGTH else None  # each event of a batch takes it over


def _text(raw: msgspec.Raw) -> str:
    """A member that is a string, or a number as it is written; otherwise nothing."""
    written = bytes(raw).strip()
    if not written:
        return ""
    try:
        value = lenient.decode(written)
    except Unreadable:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def context_of(headers: Mapping[str, str], path_type: str | None, dialect: str) -> dict[str, Any]:
    """What a request says outside its body and its reading depends on, as JSON. Header names may have any case.

    `path_type`: the kind of event that the path names; `sec_gpc`: the browser's Global Privacy Control;
    `ce`: the attributes of a CloudEvent in binary mode.
    """
    context: dict[str, Any] = {}
    if path_type:
        context["path_type"] = path_type
    lowered = {name.lower(): value for name, value in headers.items()}
    if header_says_gpc(lowered.get("sec-gpc", "")):
        context["sec_gpc"] = True
    if dialect == "cloudevents" and not lowered.get("content-type", "").startswith("application/cloudevents"):
        attributes = _ce_attributes(lowered)
        if attributes:
            context["ce"] = attributes
    return context


def _ce_attributes(lowered: Mapping[str, str]) -> dict[str, str]:
    attributes = {
        name[3:]: _ce_value(value)
        for name, value in sorted(lowered.items())
        if name.startswith("ce-") and 3 < len(name) <= _CE_NAME_LENGTH and name[3:] not in _CE_NOT_ATTRIBUTES
    }
    return dict(list(attributes.items())[:_CE_ATTRIBUTE_LIMIT])


def _ce_value(value: str) -> str:
    """A header's text: percent-decoded, as the HTTP binding of CloudEvents has it. WSGI hands bytes over as Latin-1."""
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:
        raw = value.encode("utf-8", "replace")
    return lenient.clean_text(unquote_to_bytes(raw).decode("utf-8", "replace"))[:_CE_VALUE_LENGTH]
