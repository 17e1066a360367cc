"""The certificate of an erasure: proves to the person that it stands in the audit log, and to nobody else whose it was.

It is sealed under the token of its link. The token follows from the request's id and the deployment's sealing secret,
so that the link can be written to the person before the erasure runs; nothing that is stored tells it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction

from consent.audit.chain import read_entry, written
from consent.audit.checking import CERTIFICATE, VERSION, Stated
from consent.audit.commitments import commit_to
from consent.audit.contents import ERASURE_COMPLETED, counts_told
from consent.audit.heads import sign_head
from consent.audit.log import AuditedAt, append_audit
from consent.audit.proofs import prove_inclusion
from consent.link_tokens import derived_token, token_digest
from consent.models import AuditEntry, AuditHead, Certificate
from consent.requests.kinds import POLICY_VERSION
from consent.sealing import Unsealable, seal, unseal_bytes
from consent.signatures import read_content, sign
from consent.signing import active_key

KEPT_FOR = timedelta(days=90)
LONGEST_TOKEN = 100
USE = "certificate"


class NoSuchCertificate(LookupError):
    """No certificate was ever made under this link, or it was kept no longer; it is there for 90 days."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def reserve_certificate(request_id: UUID) -> str:
    """The token of the link under which the certificate of this erasure will be found, once it is issued: 256 bits."""
    return derived_token("certificate", request_id)


@transaction.atomic
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
    (consent/audit/log.py). Called again with nothing new it changes nothing; where an erasure was done in parts, the
    new certificate is about all of them. `identifiers`: (type, canonical value). `counts`: rows by store.
    """
    token, told = token or reserve_certificate(request_id), counts_told(counts)
    pairs, before = set(identifiers), _earlier(token)
    if before is not None:
        if pairs <= set(before.identifiers) and told == before.entry.get("counts"):
            return token
        pairs |= set(before.identifiers)
    salt, commitment = commit_to(pairs)
    content = {
        "request": str(request_id),
        "commitment": commitment.hex(),
        "counts": told,
        "policy_version": POLICY_VERSION,
    }
    place = append_audit(type=ERASURE_COMPLETED, content=content, at=erased_at)
    keep(request_id, token, certify(place, salt, sorted(pairs)))
    return token


def _earlier(token: str) -> Stated | None:
    """What a certificate under the same link says; None: there is none."""
    try:
        return msgspec.convert(read_content(find_certificate(token).signed, CERTIFICATE), Stated)
    except NoSuchCertificate:
        return None


def certify(place: AuditedAt, salt: bytes, identifiers: list[tuple[str, str]]) -> str:
    """The signed certificate of an entry that was just appended."""
    head = sign_head()
    assert isinstance(head, AuditHead)  # noqa: S101 - the log holds at least this entry
    entry = read_entry(AuditEntry.objects.get(seq=place.seq).entry.encode())
    stated = Stated(
        version=VERSION,
        issued_at=written(datetime.now(UTC)),
        entry=entry or {},
        path=[one.hex() for one in prove_inclusion(seq=place.seq, size=head.size)],
        head=head.jws,
        salt=salt.hex(),
        identifiers=identifiers,
    )
    return sign(msgspec.to_builtins(stated), active_key(), CERTIFICATE)


def keep(request_id: UUID, token: str, signed: str) -> None:
    """Store a certificate, in the place of an earlier one, so that only the link's token opens it."""
    now = datetime.now(UTC)
    values = {
        "digest": token_digest(token),
        "content": seal(signed.encode(), USE, secret=token.encode()),
        "made_at": now,
        "expires_at": now + KEPT_FOR,
    }
    Certificate.objects.update_or_create(request_id=request_id, defaults=values)


class Kept(NamedTuple):
    """A signed certificate, and until when it is kept here."""

    signed: str
    until: datetime


def find_certificate(token: str) -> Kept:
    """The certificate under a link's token; raises `NoSuchCertificate`."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise NoSuchCertificate
    row = Certificate.objects.filter(digest=token_digest(token), expires_at__gt=datetime.now(UTC)).first()
    if row is None:
        raise NoSuchCertificate
    try:
        return Kept(unseal_bytes(row.content, USE, secret=token.encode()).decode(), row.expires_at)
    except Unsealable:
        raise NoSuchCertificate from None
