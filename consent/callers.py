"""The organisations that send requests by a protocol: OpenDSR controllers and processors, and DRP agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from consent.models import Caller
from consent.protocols.plain import is_clean

OPENDSR, DRP = "opendsr", "drp"
PROTOCOLS = (OPENDSR, DRP)


class NoSuchCaller(LookupError):
    """There is no caller of this name for this protocol."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TokenTaken(ValueError):
    """This token is in use already; bring another one, or leave it out to have one made."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller. `callback_hosts`: where callbacks may go, none: to any public host."""

    id: int
    protocol: str
    name: str
    display_name: str
    verify_key: str
    certificate: str
    callback_hosts: Sequence[str]
    has_token: bool
    created_at: datetime
    key_set_at: datetime | None
    revoked_at: datetime | None
    setup_issued_at: datetime | None

    @property
    def requester(self) -> str:
        """How requests name who sent them."""
        return f"{self.protocol}:{self.name}"


def list_callers() -> list[KnownCaller]:
    """All callers, by protocol and name, revoked ones too."""
    return [_known(row) for row in Caller.objects.order_by("protocol", "name")]


def read_caller(protocol: str, name: str) -> KnownCaller:
    """A caller, revoked or not; raises `NoSuchCaller`."""
    clean = is_clean(protocol) and is_clean(name)
    row = Caller.objects.filter(protocol=protocol, name=name).first() if clean else None
    if row is None:
        raise NoSuchCaller
    return _known(row)


def find_by_token(protocol: str, digest: bytes) -> KnownCaller | None:
    """Whose bearer token this is, by its SHA-256; None where nobody's, or of one that was revoked."""
    row = Caller.objects.filter(protocol=protocol, token_digest=digest, revoked_at=None).first()
    return None if row is None else _known(row)


def find_signing(domain: str) -> list[KnownCaller]:
    """Those that may send signed callbacks from a domain."""
    if not is_clean(domain):
        return []
    rows = Caller.objects.filter(protocol=OPENDSR, revoked_at=None).exclude(certificate="")
    return [_known(row) for row in rows.filter(Q(name=domain) | Q(callback_hosts__contains=[domain]))]


def write_caller(*, protocol: str, name: str, fields: dict[str, Any]) -> KnownCaller:
    """Make or change a caller; one that was revoked is let in again. What is left out of `fields` stays."""
    row, _ = Caller.objects.update_or_create(
        protocol=protocol, name=name, defaults={**fields, "revoked_at": None}, create_defaults=fields
    )
    return _known(row)


def write_token(*, id: int, digest: bytes, now: datetime) -> None:  # noqa: A002
    """Give a caller another token, by its SHA-256; the earlier one ends at once. Raises `TokenTaken`."""
    try:
        with transaction.atomic():
            Caller.objects.filter(id=id).update(token_digest=digest, key_set_at=now)
    except IntegrityError:
        raise TokenTaken from None


def note_setup(*, id: int, issued_at: datetime, message_digest: bytes) -> bool:  # noqa: A002
    """Count a key setup; False where this message counted already, or is older than the last one.

    So that nobody who came upon a message can have a token for it, while it is not yet over.
    """
    fresh = Q(setup_issued_at=None) | Q(setup_issued_at__lte=issued_at)
    fresh &= Q(setup_digest=None) | ~Q(setup_digest=message_digest)
    rows = Caller.objects.filter(fresh, id=id, revoked_at=None)
    return bool(rows.update(setup_issued_at=issued_at, setup_digest=message_digest))


def revoke_caller(*, protocol: str, name: str) -> KnownCaller:
    """Let a caller in no more, at once; raises `NoSuchCaller`."""
    rows = Caller.objects.filter(protocol=protocol, name=name)
    if not rows.update(revoked_at=datetime.now(UTC), token_digest=None):
        raise NoSuchCaller
    return read_caller(protocol, name)


def _known(row: Caller) -> KnownCaller:
    return KnownCaller(
        id=row.id,
        protocol=row.protocol,
        name=row.name,
        display_name=row.display_name,
        verify_key=row.verify_key,
        certificate=row.certificate,
        callback_hosts=tuple(row.callback_hosts),
        has_token=row.token_digest is not None,
        created_at=row.created_at,
        key_set_at=row.key_set_at,
        revoked_at=row.revoked_at,
        setup_issued_at=row.setup_issued_at,
    )
