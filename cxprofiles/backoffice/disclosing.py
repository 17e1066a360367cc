"""Every read of personal data by staff is logged before it is shown; values are masked until somebody reveals them."""

import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from django.http import HttpRequest

from consent.access import Access, record_accesses
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of
from cxprofiles.backoffice.staff_rights import has_right

PURPOSE = "service"
REVEALED = "revealed"
REVEALED_SECONDS = 600
MOST_REVEALED = 50


def note_reads(request: HttpRequest, operation: str, profile_ids: Collection[UUID], fields: Iterable[str]) -> None:
    """Write to the access log that somebody is about to see these fields of these profiles (none: of nobody)."""
    named = ",".join(fields)
    subjects: Collection[UUID | None] = profile_ids or [None]
    record_accesses(
        Access(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            at=datetime.now(UTC),
            actor=actor_of(request),
            operation=operation,
            profile_id=profile_id,
            purpose=PURPOSE,
            allowed=True,
            fields=named,
        )
        for profile_id in subjects
    )


def is_revealed(request: HttpRequest, profile_id: UUID) -> bool:
    """Whether this member of staff has revealed the values of a profile within the last ten minutes."""
    return has_right(request.user, Right.REVEAL) and seconds_left(request, profile_id) > 0


def seconds_left(request: HttpRequest, profile_id: UUID) -> float:
    """For how long still a profile's values are revealed in this session; not above 0: they are not."""
    until = request.session.get(REVEALED, {}).get(str(profile_id), 0)
    return until - time.time() if isinstance(until, int | float) else 0


def reveal_values(request: HttpRequest, profile_id: UUID) -> None:
    """Show this member of staff a profile's values for ten minutes, and log it."""
    note_reads(request, "staff.reveal", [profile_id], ["identifiers", "traits", "interactions"])
    _show_until_over(request, profile_id)


def reveal_request(request: HttpRequest, request_id: UUID) -> None:
    """Show this member of staff the identifiers of a request whose person is not known here for ten minutes, and log
    it; `is_revealed` then answers by the request's id."""
    note_reads(request, "staff.reveal", [], ["identifiers"])
    _show_until_over(request, request_id)


def hide_values(request: HttpRequest, profile_id: UUID) -> None:
    """Mask a profile's values again."""
    request.session[REVEALED] = {id_: at for id_, at in _still_revealed(request).items() if id_ != str(profile_id)}


def _show_until_over(request: HttpRequest, id_: UUID) -> None:
    held = _still_revealed(request)
    held[str(id_)] = time.time() + REVEALED_SECONDS
    request.session[REVEALED] = dict(sorted(held.items(), key=lambda one: one[1])[-MOST_REVEALED:])


def _still_revealed(request: HttpRequest) -> dict[str, float]:
    return {id_: at for id_, at in request.session.get(REVEALED, {}).items() if at > time.time()}
