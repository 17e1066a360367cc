"""Proving an identifier by what was sent to it, and what follows for a request that waits for it."""

from typing import NamedTuple
from uuid import UUID

from consent.messages import PHONE
from consent.proofs import Proven, redeem_code, redeem_link
from consent.requests.kinds import VERIFIED
from profiles.privacy.requests import NoSuchRequest, NotNow, verify_request

BY_PERSON = "person"


class ProvenIdentifier(NamedTuple):
    """A canonical (type, value) that somebody proved, how (`email_code`, `phone_link` and such), and for which request
    (None: for none that still waits)."""

    identifier: tuple[str, str]
    method: str
    request_id: UUID | None


def prove_by_code(*, proof_id: UUID, code: str) -> ProvenIdentifier:
    """Use a proof by its code; a request that waited for it goes on. Raises `WrongCode` and `ProofOver`."""
    return _proven(redeem_code(proof_id=proof_id, code=code))


def prove_by_link(*, token: str) -> ProvenIdentifier:
    """Use a proof by its link; a request that waited for it goes on. Raises `ProofOver`."""
    return _proven(redeem_link(token=token))


def _proven(proven: Proven) -> ProvenIdentifier:
    channel = PHONE if proven.identifier[0] == PHONE else "email"
    method = f"{channel}_{proven.method}"
    request_id = proven.request_id
    if request_id is not None:
        try:
            verify_request(id=request_id, level=VERIFIED, method=method, actor=BY_PERSON)
        except (NoSuchRequest, NotNow):
            request_id = None  # it was closed meanwhile
    return ProvenIdentifier(proven.identifier, method, request_id)
