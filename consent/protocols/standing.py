"""What a protocol tells of a request. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from consent.requests.kinds import COMPLETED, DENIED

NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands. No identifier of the person is in it.

    `state`, `reason`, `gaps`: of the request that is carried out, which is another one where this is its duplicate.
    `answer`: what was fixed when the request was taken. `package_until`: until when its own package can be fetched,
    None where there is none; `fetched`: it was.
    """

    id: UUID
    type: str
    state: str
    received_at: datetime
    due_on: date
    external_id: str
    reason: str = ""
    explanation: str = ""
    extended_because: str = ""
    closed_at: datetime | None = None
    gaps: bool = False
    rows: int = 0
    package_until: datetime | None = None
    fetched: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def fulfilled(self) -> bool:
        """Whether everything that was asked is done, which is also so where nothing was held."""
        return self.state == COMPLETED or (self.state == DENIED and self.reason == NO_MATCH)

    @property
    def has_package(self) -> bool:
        """Whether something waits to be fetched."""
        return self.state == COMPLETED and self.package_until is not None and not self.fetched


def end_of(day: date) -> datetime:
    """The last second of a day, in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def stamp(at: datetime) -> str:
    """An instant as RFC 3339 has it, in UTC and whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
