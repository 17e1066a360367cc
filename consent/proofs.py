"""Proving that an identifier is one's own: a one-time link and a 6-digit code that are sent to it.

Ten minutes, three tries, used once. Only hashes of link and code are stored; the identifier is sealed, and emptied
when the proof is over. Opening a proof is the same work whether anything is known of the identifier or not.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import uuid_utils
from django.conf import settings
from django.db import connection, transaction

from consent.link_tokens import token_digest
from consent.messages import queue_message
from consent.models import IdentifierProof
from consent.proof_letters import proof_letter
from consent.pseudonyms import pseudonym, pseudonyms
from consent.sealing import seal, unseal_bytes

USE = "proof"
PATIENCE = timedelta(minutes=10)
TRIES = 3
TOKEN_BYTES = 32
LONGEST_TOKEN = 100
CODE, LINK = "code", "link"


class ProofOver(ValueError):
    """This code or link was used already, is older than ten minutes, or a newer one was sent."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class WrongCode(ValueError):
    """This is not the code that was sent; `tries_left` says how often another may be tried."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(self.__doc__)
        self.tries_left = tries_left


class Proven(NamedTuple):
    """An identifier that somebody proved to be theirs, `method` `code` or `link`, and the request it was for."""

    identifier: tuple[str, str]
    method: str
    request_id: UUID | None


def open_proof(*, identifier: tuple[str, str], language: str, request_id: UUID | None = None, origin: str = "") -> UUID:
    """Send a link and a code to an identifier: type and canonical value. The proof's id, which its code is tried with.

    Ends earlier proofs of the identifier. `origin`: the service as the person reached it, for the link; empty: the
    setting PUBLIC_URL, and where that is not set either, the message holds no link.
    """
    proof_id, token, code = UUID(bytes=uuid_utils.uuid7().bytes), secrets.token_urlsafe(TOKEN_BYTES), _new_code()
    now = datetime.now(UTC)
    with transaction.atomic():
        _wait_for_others(identifier)
        end_proofs(identifier)
        IdentifierProof.objects.create(
            id=proof_id,
            link_digest=_link_digest(token),
            code_digest=_code_digest(proof_id, code),
            identifier=seal(list(identifier), USE),
            subject=pseudonym(*identifier).digest,
            request_id=request_id,
            language=language,
            created_at=now,
            expires_at=now + PATIENCE,
        )
        letter = proof_letter(language, code, _link(origin, token), for_request=request_id is not None)
        queue_message(
            address=identifier,
            subject=letter.subject,
            text=letter.text,
            request_id=request_id,
            until=now + PATIENCE,
        )
    return proof_id


def end_proofs(identifier: tuple[str, str]) -> None:
    """Let no link or code that was sent to an identifier work any more, and forget that they were sent."""
    digests = [one.digest for one in pseudonyms(*identifier)]
    IdentifierProof.objects.filter(subject__in=digests).delete()


def redeem_code(*, proof_id: UUID, code: str) -> Proven:
    """Use a proof by its code. Raises `WrongCode`, and `ProofOver` (also after the third wrong code).

    A wrong try counts even if the caller's transaction is rolled back later, so call it outside of one.
    """
    with transaction.atomic():
        row = _open_proof_row(id=proof_id)
        if row is not None and hmac.compare_digest(bytes(row.code_digest), _code_digest(row.id, code)):
            return _use(row, CODE)
        tries_left = 0 if row is None else _count_try(row)
    if row is None or tries_left == 0:
        raise ProofOver
    raise WrongCode(tries_left)


def redeem_link(*, token: str) -> Proven:
    """Use a proof by its link's token. Raises `ProofOver`, also where no such link was ever made."""
    with transaction.atomic():
        row = _open_proof_row(link_digest=_link_digest(token))
        if row is None:
            raise ProofOver
        return _use(row, LINK)


def find_proof(identifier: tuple[str, str]) -> UUID | None:
    """The proof of an identifier that can still be used; None where there is none."""
    digests = [one.digest for one in pseudonyms(*identifier)]
    row = IdentifierProof.objects.filter(subject__in=digests).order_by("-created_at").first()
    return row.id if row is not None and _is_open(row) else None


def read_link(token: str) -> tuple[str, str]:
    """The identifier that a link would prove; changes nothing. Raises `ProofOver`."""
    row = IdentifierProof.objects.filter(link_digest=_link_digest(token)).first()
    if row is None or not _is_open(row):
        raise ProofOver
    return _identifier(row)


def remove_old_proofs(now: datetime) -> int:
    """Forget what is over; how many there were."""
    return IdentifierProof.objects.filter(expires_at__lte=now).delete()[0]


def _wait_for_others(identifier: tuple[str, str]) -> None:
    """Of several who open a proof of one identifier at once, one comes last, and only that one's is open."""
    key = int.from_bytes(pseudonym(*identifier).digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _open_proof_row(**by: object) -> IdentifierProof | None:
    """The proof, locked, if it can still be used."""
    row = IdentifierProof.objects.select_for_update(of=("self",)).filter(**by).first()
    return row if row is not None and _is_open(row) else None


def _is_open(row: IdentifierProof) -> bool:
    return (
        row.used_at is None and row.identifier is not None and row.tries < TRIES and row.expires_at > datetime.now(UTC)
    )


def _use(row: IdentifierProof, method: str) -> Proven:
    proven = Proven(_identifier(row), method, row.request_id)
    row.used_at, row.identifier, row.subject = datetime.now(UTC), None, None
    row.save(update_fields=["used_at", "identifier", "subject"])
    return proven


def _count_try(row: IdentifierProof) -> int:
    """Note a wrong try; how many are left. After the last one nothing is kept of the identifier."""
    row.tries += 1
    if row.tries >= TRIES:
        row.identifier = row.subject = None
    row.save(update_fields=["tries", "identifier", "subject"])
    return TRIES - row.tries


def _identifier(row: IdentifierProof) -> tuple[str, str]:
    return msgspec.json.decode(unseal_bytes(row.identifier or b"", USE), type=tuple[str, str])


def _new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def _link(origin: str, token: str) -> str:
    base = settings.PUBLIC_URL or origin
    return f"{base}/privacy/link/{token}" if base else ""


def _link_digest(token: str) -> bytes:
    return token_digest(token if len(token) <= LONGEST_TOKEN else "")


def _code_digest(proof_id: UUID, code: str) -> bytes:
    """Six digits are soon tried out, so their hash needs a key that the database does not hold."""
    key = hmac.digest(settings.SEALING_SECRET, b"cxprofiles proof code", "sha256")
    return hmac.digest(key, proof_id.bytes + code.encode("utf-8", "replace"), "sha256")
