"""Accepting a batch: one row, committed, before the client hears of it."""

import zlib

from profiles.intake.envelope import Malformed, TooLarge, decompress
from profiles.statements import BYTEA, INT4, INT8, TEXT, Execute, Statement, pack_int4, pack_int8

# Nothing is inserted where the configuration has moved on: a key that was revoked a moment ago ends with it.
ACCEPT_BATCH = Statement(
    b"accept_batch",
    b"""
    INSERT INTO inbox (source_id, dialect, context, body, events)
    SELECT $1, $2, $3::jsonb, $4, $5 FROM configuration_version WHERE version = $6
    RETURNING id
    """,
    (INT4, TEXT, TEXT, BYTEA, INT4, INT8),
)


# A larger value leaves its row, compressed by PostgreSQL, at six times the cost of zlib's quickest level.
LARGEST_PLAIN = 2000
GZIP_WINDOW = 31
GZIP_MAGIC = b"\x1f\x8b"


def pack_body(raw: bytes, body: bytes) -> bytes:
    """A body for the inbox: as it came where that was gzip, else gzipped if it is large. `raw` is it as it came."""
    if len(body) <= LARGEST_PLAIN:
        return body
    if raw[:2] == GZIP_MAGIC:
        return raw
    deflater = zlib.compressobj(1, zlib.DEFLATED, GZIP_WINDOW)
    return deflater.compress(body) + deflater.flush()


def unpack_body(stored: bytes) -> bytes:
    """The JSON of a body in the inbox, packed or plain: the magic bytes of gzip begin no JSON."""
    if stored[:2] != GZIP_MAGIC:
        return stored
    try:
        return decompress(stored)
    except (Malformed, TooLarge):
        return stored  # put there by other means than `pack_body`; its reader will say what is wrong with it


def accept_batch(
    execute: Execute, *, source_id: int, dialect: str, context: bytes, body: bytes, events: int, version: int
) -> bool:
    """Store an authenticated batch; False, and nothing stored, where `version` is not current any more.

    `context` is a JSON object without `\\u0000` and lone surrogates, `body` is of `pack_body`.
    """
    parameters = (pack_int4(source_id), dialect.encode(), context, body, pack_int4(events), pack_int8(version))
    return execute(ACCEPT_BATCH, parameters).ntuples == 1
