"""Telling callers of a protocol how their requests stand, whenever that changes.

OpenDSR 2.0 (8.5): all callbacks are invoked when the status changes, at least once, and again where that fails. Data
Rights Protocol 1.0 (2.03): a best effort to have the most recent status taken. So of each request and address the
latest word alone is owed.
"""

import random
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import F

from consent.certificates import find_signer
from consent.delivery_times import PATIENCE, next_try
from consent.exchanges import standing_of
from consent.models import Callback, ProtocolReceipt
from consent.outgoing import AddressRefused, NotSent, check_address, post
from consent.privacy_tasks import open_task
from consent.protocols import drp, opendsr
from consent.protocols.standing import Standing
from consent.requests.kinds import CLOSED

AT_ONCE = 10
BATCH = 50
LEASE = timedelta(minutes=2)  # after which another worker takes what this one did not bring to an end
OVERTAKEN = "A later status took its place."
FAILED_TASK = "callback_failed"
REFUSED_TASK = "callback_signature_refused"
REFUSED = "The receiver refused the signature; it may know another certificate."
DRP_SOURCE = "drp"

_JOINED = ("request__duplicate_of", "request__extension", "request__package", "caller")


@dataclass(frozen=True, slots=True)
class Owed:
    """A callback that is to be sent now."""

    id: int
    url: str
    body: bytes
    headers: dict[str, str]
    attempts: int
    requester: str
    signed: bool


def check_callback(url: str, hosts: Collection[str]) -> None:
    """Raise `AddressRefused` where a caller may not be called back. `hosts`: the caller's; none: any public one."""
    target = check_address(url)
    if hosts and target.host.lower() not in {host.lower() for host in hosts}:
        raise AddressRefused("The host is none of those that callbacks of this caller may go to.")


def verification_url(request_id: UUID) -> str:
    """Where a person is sent to prove who they are, for one request."""
    return f"{settings.PUBLIC_URL or 'https://' + find_signer().domain}/drp/verify/{request_id}"


def owe_callbacks(now: datetime) -> int:
    """Put down the callbacks of every request whose status is not what was told last; how many requests."""
    changed = 0
    rows = ProtocolReceipt.objects.filter(watched=True).select_related(*_JOINED)
    for receipt in rows.iterator(chunk_size=500):
        if word_of(receipt, now) != receipt.told or is_over(receipt):
            changed += _owe(receipt.pk, now)
    return changed


@transaction.atomic
def _owe(request_id: UUID, now: datetime) -> bool:
    """Owe the present word for one request; False where another worker is about it, or nothing changed."""
    rows = ProtocolReceipt.objects.select_for_update(skip_locked=True, of=("self",)).select_related(*_JOINED)
    receipt = rows.filter(pk=request_id, watched=True).first()
    if receipt is None:
        return False
    word = word_of(receipt, now)
    changed = word != receipt.told
    if changed:
        Callback.objects.filter(request_id=request_id, state="pending").update(state="failed", problem=OVERTAKEN)
        Callback.objects.bulk_create(
            Callback(request_id=request_id, url=url, status=word) for url in receipt.callback_urls
        )
    receipt.told, receipt.watched = word, not is_over(receipt)
    receipt.save(update_fields=["told", "watched"])
    return changed


def is_over(receipt: ProtocolReceipt) -> bool:
    """Whether a request cannot change any more."""
    return (receipt.request.duplicate_of or receipt.request).state in CLOSED


def word_of(receipt: ProtocolReceipt, now: datetime) -> str:
    """The status in the words of the protocol that the request came by, with the protocol's reason."""
    standing = standing_of(receipt.request, receipt)
    if receipt.request.source != DRP_SOURCE:
        return opendsr.word_of(standing)
    return drp.told_of(standing, now=now)


def send_callbacks() -> int:
    """Send some of what is due; how many."""
    now = datetime.now(UTC)
    owed = [_composed(row, now) for row in _claim(now)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        problems = list(pool.map(_send, owed))
    for one, problem in zip(owed, problems, strict=True):
        _note(one, problem, datetime.now(UTC))
    return len(owed)


@transaction.atomic
def _claim(now: datetime) -> list[Callback]:
    """Take what is due, for a while, so that no two workers send the same."""
    due = Callback.objects.filter(state="pending", next_at__lte=now).order_by("next_at")
    ids = [row.pk for row in due.select_for_update(skip_locked=True)[:BATCH]]
    Callback.objects.filter(pk__in=ids).update(next_at=now + LEASE, attempts=F("attempts") + 1)
    return list(Callback.objects.filter(pk__in=ids).select_related("request").order_by("pk"))


def _composed(row: Callback, now: datetime) -> Owed:
    receipt = ProtocolReceipt.objects.select_related(*_JOINED).get(pk=row.request_id)
    standing = standing_of(receipt.request, receipt)
    signed = row.request.source != DRP_SOURCE
    body, headers = _opendsr(standing, row) if signed else _drp(standing, now)
    headers["Content-Type"] = "application/json"
    return Owed(row.pk, row.url, body, headers, row.attempts, row.request.requester, signed)


def _opendsr(standing: Standing, row: Callback) -> tuple[bytes, dict[str, str]]:
    body = msgspec.json.encode(opendsr.callback_body(standing, url=row.url, word=row.status))
    return body, signature_headers(body, standing.answer["header"], standing.answer["domain"])


def _drp(standing: Standing, now: datetime) -> tuple[bytes, dict[str, str]]:
    """The results' address is left out: who authenticates is told that."""
    verify = verification_url(standing.id)
    return msgspec.json.encode(drp.status_body(standing, now=now, verification_url=verify)), {}


def signature_headers(body: bytes, prefix: str, host: str) -> dict[str, str]:
    """The two headers of OpenDSR over the bytes of a body. `prefix`: how they begin; `host`: where requests come to."""
    signer = find_signer(host)
    return {f"{prefix}-Processor-Domain": signer.domain, f"{prefix}-Signature": signer.sign(body)}


def _send(owed: Owed) -> str:
    """Runs in a thread of its own and asks the database nothing. What is wrong; empty: it was taken."""
    try:
        answered = post(owed.url, owed.body, owed.headers)
    except NotSent as error:
        return str(error)
    if owed.signed and answered.status in opendsr.SIGNATURE_REFUSED:
        return REFUSED
    return "" if answered.succeeded else f"The answer was {answered.status}."


def _note(owed: Owed, problem: str, now: datetime) -> None:
    """Put down how it went; what a later status overtook meanwhile stays as it is."""
    row = Callback.objects.filter(pk=owed.id, state="pending")
    if not problem:
        row.update(state="sent", told_at=now, problem="")
        return
    again = next_try(owed.attempts, now - PATIENCE, now, random.uniform)
    with transaction.atomic():
        if problem == REFUSED and owed.attempts == 1:
            open_task(kind=REFUSED_TASK, subject=owed.requester)
        if again is not None:
            row.update(next_at=again, problem=problem)
        elif row.update(state="failed", problem=problem):
            open_task(kind=FAILED_TASK, subject=owed.requester, detail={"problem": problem})
