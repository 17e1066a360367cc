"""Posting as channels do: through Segment's own client for Python, one client for each system."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from segment.analytics.client import Client  # type: ignore[import-untyped]  # it ships no types

from cxprofiles.demo.story import APP, MAIL, Told

COMPRESSED = (APP, MAIL)  # some clients compress, others do not
LOOK = 0.02  # seconds between two looks at how far the clients have come


class NotTaken(Exception):
    """A client was told by the service that its events were not taken."""


@contextmanager
def posted(url: str, keys: Mapping[str, str], told: Iterable[Told], advance: Callable[[int], None]) -> Iterator[None]:
    """Hand every event to its system's client; the block runs once all are acknowledged. Raises NotTaken.

    `advance` is called with how many more events the service has acknowledged.
    """
    refusals: list[Exception] = []
    clients: dict[str, Any] = {}
    for event in told:
        client = clients.get(event.source) or clients.setdefault(
            event.source, make_client(url, keys[event.source], event.source, refusals)
        )
        getattr(client, event.call)(**event.arguments)
    waiting = left_over(clients.values())
    while waiting:
        time.sleep(LOOK)
        now = left_over(clients.values())
        advance(waiting - now)
        waiting = now
    if refusals:
        raise NotTaken(f"The service did not take {len(refusals)} batches: {refusals[0]}")
    yield
    for client in clients.values():
        client.shutdown()


def make_client(url: str, key: str, source: str, refusals: list[Exception]) -> Any:
    """A client as its documentation has it, with a queue that takes all that there is to tell."""

    def refused(error: Exception, _events: Any) -> None:
        refusals.append(error)

    return Client(key, host=url, max_queue_size=0, gzip=source in COMPRESSED, on_error=refused)


def left_over(clients: Iterable[Any]) -> int:
    """How many events were handed over and not yet acknowledged."""
    return sum(client.queue.unfinished_tasks for client in clients)


class Channel:
    """A client that sends each event at once and returns when the service has acknowledged it."""

    def __init__(self, url: str, key: str) -> None:
        self._client = Client(key, host=url, sync_mode=True)

    def post(self, call: str, **arguments: Any) -> None:
        """One call of the client."""
        getattr(self._client, call)(**arguments)
