"""Accepting a batch: one row, committed, before the client hears of it."""

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


def accept_batch(
    execute: Execute, *, source_id: int, dialect: str, context: bytes, body: bytes, events: int, version: int
) -> bool:
    """Store an authenticated batch as it came; False, and nothing stored, where `version` is not current any more.

    `context` is a JSON object without `\\u0000` and lone surrogates, `body` JSON that is no longer compressed.
    """
    parameters = (pack_int4(source_id), dialect.encode(), context, body, pack_int4(events), pack_int8(version))
    return execute(ACCEPT_BATCH, parameters).ntuples == 1
