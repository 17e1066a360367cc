"""Requests that come by a protocol: taken once, shown to who sent them, revoked by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from consent.exchanges import Exchange, digest_of, find_exchange, note_exchange, note_told, read_exchange
from consent.protocols import drp, opendsr
from consent.protocols.standing import Standing, end_of, stamp
from consent.requests.kinds import CANCELLED, IDENTITY_NEEDED, NONE, VERIFIED
from consent.requests.refusals import NoSuchRequest, NotNow
from profiles.privacy.requests import Asked, ExternalIdTaken, cancel_request, submit_request
from profiles.privacy.submitting import OLDEST

CLOCKS_APART = timedelta(hours=1)
# What of an agent's message differs when it is signed again.
SIGNED_ANEW = ("issued-at", "expires-at")


class NotYours(PermissionError):
    """This request is managed by another agent."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends by a protocol. `id`: of the caller; None for a service with a token of its own.

    `name`: how it is known here; `requester`: how requests name it; `callback_hosts`: none, any public host.
    """

    id: int | None
    name: str
    requester: str
    callback_hosts: Sequence[str] = ()


def take_opendsr(
    asked: opendsr.SubjectRequest, *, sender: Sender, dialect: opendsr.Dialect, domain: str
) -> Mapping[str, Any]:
    """Take a controller's request once; what it was and is answered: the members of the receipt that are kept.

    `domain`: that it came to, which callbacks are signed for. Raises `ExternalIdTaken` where another request was sent
    under this id, and `RequestRefused`.
    """
    digest = digest_of(asked.content)
    found = find_exchange(sender.requester, asked.id)
    if found is None:
        now = datetime.now(UTC)
        shown = submit_request(asked=_opendsr_asked(asked, sender, now))
        answer = {
            "controller_id": sender.name,
            "expected_completion_time": stamp(max(end_of(shown.internal_due_on), now + timedelta(days=1))),
            "received_time": stamp(now),
            "api_version": dialect.version,
            "header": dialect.header,
            "domain": domain,
        }
        note_exchange(
            request_id=shown.id,
            caller_id=sender.id,
            digest=digest,
            answer=answer,
            callback_urls=asked.callbacks,
            told=opendsr.PENDING,
        )
        found = _found(find_exchange(sender.requester, asked.id))
    if found.digest != digest:
        raise ExternalIdTaken
    return found.standing.answer


def _opendsr_asked(asked: opendsr.SubjectRequest, sender: Sender, now: datetime) -> Asked:
    """The controller vouches for the person; its time of the request counts, as far as one is believed."""
    return Asked(
        type=asked.type,
        identifiers=asked.identities,
        source="opendsr",
        requester=sender.requester,
        regulation=asked.regulation,
        received_at=max(min(asked.submitted_at, now), now - OLDEST + CLOCKS_APART),
        identity_level=VERIFIED,
        identity_method="controller",
        external_id=asked.id,
    )


def read_opendsr(request_id: str, *, sender: Sender) -> Standing:
    """How a controller's request stands; raises `NoSuchRequest`, for those of other controllers too."""
    found = find_exchange(sender.requester, request_id)
    if found is None:
        raise NoSuchRequest
    return found.standing


def cancel_opendsr(request_id: str, *, sender: Sender) -> Standing:
    """Cancel a controller's request while it is pending. Raises `NoSuchRequest` and `NotNow`."""
    standing = read_opendsr(request_id, sender=sender)
    if standing.state == CANCELLED:
        return standing
    word = opendsr.word_of(standing)
    if word != opendsr.PENDING:
        raise NotNow(f"Only a request that is pending can be cancelled; this one is {word}.")
    cancel_request(id=standing.id, actor=sender.requester)
    return read_opendsr(request_id, sender=sender)


def take_drp(asked: drp.Exercise, *, sender: Sender) -> Standing:
    """Take an agent's request once, and how it stands. Raises `ExternalIdTaken` and `RequestRefused`.

    A message that was signed again under the same agent-request-id is the same request; without one, each message
    is a request of its own, and the same message the same.
    """
    known = asked.agent_request_id
    digest = digest_of(asked.message, SIGNED_ANEW if known else ())
    external = known or f"message:{digest.hex()}"
    found = find_exchange(sender.requester, external)
    if found is None:
        shown = submit_request(asked=_drp_asked(asked, sender, external))
        note_exchange(
            request_id=shown.id,
            caller_id=sender.id,
            digest=digest,
            answer={"agent_request_id": known, "action": asked.action},
            callback_urls=[asked.status_callback] if asked.status_callback else [],
            told="",
        )
        found = _found(find_exchange(sender.requester, external))
        note_told(shown.id, drp.told_of(found.standing, now=datetime.now(UTC)))
    if found.digest != digest:
        raise ExternalIdTaken
    return found.standing


def _drp_asked(asked: drp.Exercise, sender: Sender, external: str) -> Asked:
    identifiers, sure = drp.presented(asked, identity_needed=IDENTITY_NEEDED[asked.type] != NONE)
    return Asked(
        type=asked.type,
        identifiers=identifiers,
        source="drp",
        requester=sender.requester,
        regulation=asked.regulation,
        identity_level=VERIFIED if sure else NONE,
        identity_method="agent" if sure else "",
        external_id=external,
    )


def read_drp(request_id: UUID, *, sender: Sender) -> Standing:
    """How an agent's request stands. Raises `NoSuchRequest`, and `NotYours` where another agent manages it."""
    found = read_exchange(request_id)
    if found is None or not found.requester.startswith("drp:"):
        raise NoSuchRequest
    if found.requester != sender.requester:
        raise NotYours
    return found.standing


def revoke_drp(request_id: UUID, *, sender: Sender) -> Standing:
    """Revoke an agent's request that is not carried out yet. Raises as `read_drp` does, and `NotNow`."""
    standing = read_drp(request_id, sender=sender)
    if standing.state == CANCELLED:
        return standing
    cancel_request(id=standing.id, actor=sender.requester)
    return read_drp(request_id, sender=sender)


def _found(exchange: Exchange | None) -> Exchange:
    if exchange is None:
        raise NoSuchRequest
    return exchange
