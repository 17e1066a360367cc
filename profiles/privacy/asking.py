"""What is asked of the request engine, and why it may refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from consent.requests.refusals import ExternalIdTaken

__all__ = ["Asked", "ExternalIdTaken", "RequestRefused"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of their data, as it came in.

    `identifiers`: (type, raw value), at least one. `regulation` and `region` empty: the deployment's. `received_at`
    None: now. `identity_level` and `identity_method`: what the requester vouches for. `details`: by type
    (docs/privacy.md). `external_id`: the requester's own number, under which a request is made once. `about`: the
    request that an appeal is about. `cooling_off`: how long it waits before it is executed, and can be
    cancelled; None: the deployment's.
    """

    type: str
    identifiers: Sequence[tuple[str, Any]] = ()
    source: str = "api"
    requester: str = ""
    regulation: str = ""
    region: str = ""
    language: str = "en"
    received_at: datetime | None = None
    identity_level: str = "none"
    identity_method: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""
    about: UUID | None = None
    cooling_off: timedelta | None = None


class RequestRefused(ValueError):
    """Why a request cannot be taken, in a sentence. `field` is where: a JSON pointer without its first slash."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
