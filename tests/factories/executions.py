"""Privacy requests in execution, as the engine hands them to what carries them out."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from consent.requests.kinds import DETERMINISTIC, ITSELF
from profiles.models import Identifier
from profiles.privacy.execution import Execution


def stored(type_name: str, value: str) -> Identifier:
    """An identifier as it is stored."""
    return Identifier.objects.get(type__name=type_name, value=value)


def execution(
    type_name: str,
    *identifiers: tuple[str, str],
    details: dict[str, Any] | None = None,
    scope: dict[str, list[int]] | None = None,
    groups: frozenset[str] = frozenset({ITSELF, DETERMINISTIC}),
    request_id: UUID | None = None,
    language: str = "en",
) -> Execution:
    """A request about some identifiers, canonical; without a `scope` it is about the profiles that hold them."""
    return Execution(
        request_id=request_id or uuid4(),
        type=type_name,
        identifiers=list(identifiers),
        scope=everything(identifiers) if scope is None else scope,
        groups=groups,
        details=details or {},
        received_at=datetime.now(UTC),
        source="api",
        requester="token:helpdesk",
        language=language,
        regulation="gdpr",
        region="DE",
    )


def everything(identifiers: tuple[tuple[str, str], ...]) -> dict[str, list[int]]:
    """The identifiers themselves, and all others of their profiles."""
    own = [
        row for type_name, value in identifiers for row in Identifier.objects.filter(type__name=type_name, value=value)
    ]
    ids = {row.id for row in own}
    members = Identifier.objects.filter(root_id__in={row.root_id for row in own}).values_list("id", flat=True)
    return {ITSELF: sorted(ids), DETERMINISTIC: sorted(set(members) - ids)}
