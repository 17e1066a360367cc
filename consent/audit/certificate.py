"""The certificate of an erasure: proves to the person that it stands in the audit log, and to nobody else whose it was.

It is sealed under the token of its link. The token follows from the request's id and the deployment's sealing secret,
so that the link can be written to the person before the erasure runs; nothing that is stored tells it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID


def reserve_certificate(request_id: UUID) -> str:
    """The token of the link under which the certificate of this erasure will be found, once it is issued."""
    raise NotImplementedError


def issue_certificate(
    *,
    request_id: UUID,
    identifiers: Iterable[tuple[str, str]],
    counts: Mapping[str, int],
    erased_at: datetime,
    token: str | None = None,
) -> str:
    """Log that an erasure is complete, and make its certificate; the token of its link, `token` being the reserved one.

    Appends `erasure.completed` and signs the log's head: call it last in the transaction that completes the erasure
    (consent/audit/log.py). `identifiers`: (type, canonical value). `counts`: rows by store, in words.
    """
    raise NotImplementedError
