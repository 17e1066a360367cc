"""Who may send requests by a protocol: made, changed, given tokens and revoked, with an audit row for each."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from consent.callers import (
    DRP,
    OPENDSR,
    PROTOCOLS,
    KnownCaller,
    NoSuchCaller,
    read_caller,
    revoke_caller,
    write_caller,
    write_token,
)
from consent.protocols.drp import BadVerifyKey, read_verify_key
from consent.protocols.x509 import BadPair, read_certificate
from profiles.configuration import record_change
from profiles.credentials import TOKEN_PREFIX, checked_key, digest_of, new_key

# Agents of the network are called [A-Z_]+ (DRP 3.05.1); names in use have digits too.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
MOST_HOSTS = 20


class CallerRefused(ValueError):
    """Why a caller cannot be so, in a sentence. `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def put_caller(
    *,
    protocol: str,
    name: str,
    actor: str,
    display_name: str = "",
    verify_key: str = "",
    certificate: str = "",
    callback_hosts: Sequence[str] = (),
) -> KnownCaller:
    """Make or change a caller; one that was revoked is let in again. Raises `CallerRefused`."""
    fields = {
        "display_name": display_name,
        "verify_key": checked_verify_key(protocol, verify_key),
        "certificate": checked_certificate(protocol, certificate),
        "callback_hosts": checked_hosts(callback_hosts),
    }
    check_name(protocol, name)
    with transaction.atomic():
        _record(actor, protocol, name, fields)
        return write_caller(protocol=protocol, name=name, fields=fields)


def give_token(*, protocol: str, name: str, actor: str, token: str | None = None) -> str:
    """Give a controller another token and return it, this once; the earlier one ends at once.

    Agents get theirs by key setup. Raises `NoSuchCaller`, `CallerRefused`, `BadKey` and `TokenTaken`.
    """
    if protocol == DRP:
        raise CallerRefused("protocol", "An agent gets its token by key setup: POST /v1/agent/{id}.")
    made = new_key(TOKEN_PREFIX) if token is None else checked_key(token)
    with transaction.atomic():
        caller = read_caller(protocol, name)
        if caller.revoked_at is not None:
            raise NoSuchCaller
        _record(actor, protocol, name, {"token": "given"})
        write_token(id=caller.id, digest=digest_of(made), now=datetime.now(UTC))
    return made


def end_caller(*, protocol: str, name: str, actor: str) -> KnownCaller:
    """Let a caller in no more, at once; raises `NoSuchCaller`."""
    read_caller(protocol, name)
    with transaction.atomic():
        _record(actor, protocol, name, {"revoked": True})
        return revoke_caller(protocol=protocol, name=name)


def check_name(protocol: str, name: str) -> None:
    """Raise `CallerRefused` unless a caller can be called so."""
    if protocol not in PROTOCOLS:
        raise CallerRefused("protocol", f"A protocol is one of: {', '.join(PROTOCOLS)}.")
    if not NAME.fullmatch(name):
        raise CallerRefused("name", "A name is 1 to 100 letters, digits and . _ - and begins with a letter or digit.")


def checked_verify_key(protocol: str, key: str) -> str:
    """The key that an agent's messages are verified with; raises `CallerRefused`."""
    if protocol != DRP:
        if key:
            raise CallerRefused("verify_key", "Only agents of the Data Rights Protocol have a verify key.")
        return ""
    try:
        return read_verify_key(key)
    except BadVerifyKey as error:
        raise CallerRefused("verify_key", str(error)) from None


def checked_certificate(protocol: str, certificate: str) -> str:
    """The certificate that a processor's callbacks are verified with; raises `CallerRefused`."""
    if not certificate:
        return ""
    if protocol != OPENDSR:
        raise CallerRefused("certificate", "Only callers of OpenDSR have a certificate.")
    try:
        read_certificate(certificate)
    except BadPair as error:
        raise CallerRefused("certificate", str(error)) from None
    return certificate


def checked_hosts(hosts: Sequence[str]) -> list[str]:
    """The hosts that callbacks may go to, in lower case; raises `CallerRefused`."""
    lowered = [host.lower() for host in hosts]
    if len(lowered) > MOST_HOSTS or not all(HOST.fullmatch(host) and len(host) <= 253 for host in lowered):
        raise CallerRefused("callback_hosts", f"Callback hosts are up to {MOST_HOSTS} names without scheme or port.")
    return lowered


def _record(actor: str, protocol: str, name: str, after: dict[str, Any]) -> None:
    record_change(actor=actor, subject=f"caller:{protocol}:{name}", before=None, after=after)
