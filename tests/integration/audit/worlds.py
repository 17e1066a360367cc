"""Audit logs for tests."""

from uuid import uuid4

from consent.audit.log import append_audit


def append(count: int) -> None:
    """Some entries, each different."""
    for _ in range(count):
        append_audit(type="request.received", content={"request": str(uuid4()), "request_type": "erasure"})
