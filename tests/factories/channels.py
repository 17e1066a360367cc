"""Events of channels, taken all the way to profiles by the real pipeline."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from profiles.models import Inbox, Source
from profiles.pipeline import take_batches
from profiles.sources import SourceFields, create_source

START = datetime(2026, 1, 1, tzinfo=UTC)

_numbers = itertools.count(1)


def make_source(name: str = "shop", **fields: Any) -> Source:
    """A source with one write key, trusted unless said otherwise."""
    create_source(name=name, fields=SourceFields(**{"channel": "web", "trust": "server", **fields}), actor="test")
    return Source.objects.get(name=name)


def event(minute: int = 0, *, name: str = "Seen", message_id: str | None = None, **members: Any) -> dict[str, Any]:
    """A track event as a Segment client would send it; members of the event are added as they are."""
    return {
        "type": "track",
        "event": name,
        "messageId": message_id or f"message-{next(_numbers)}",
        "timestamp": (START + timedelta(minutes=minute)).isoformat(),
        **members,
    }


def accept(source: Source, *events: Any, received_at: datetime | None = None) -> Inbox:
    """Accept events as one batch, as the intake door does."""
    times = {} if received_at is None else {"received_at": received_at}
    return Inbox.objects.create(
        source=source,
        dialect="segment",
        context={"path_type": "batch"},
        body=json.dumps({"batch": events}).encode(),
        events=len(events),
        **times,
    )


def tell(source: Source, *events: Any, received_at: datetime | None = None) -> None:
    """Accept events and have the workers make profiles of them."""
    accept(source, *events, received_at=received_at)
    work()


def work() -> None:
    """Do as the workers do until nothing waits."""
    while take_batches().batches:
        pass
