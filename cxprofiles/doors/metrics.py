"""What the doors count. No label holds anything that a caller could choose.

Where processes share their counters each count is a write to a mapped file, some with a lock around it. So a request
only notes what happened, and the notes are counted by the hundred beside the requests.
"""

from collections import Counter as Tally
from collections import deque
from typing import TypeVar

from prometheus_client import Counter, Histogram

Note = TypeVar("Note")

DOORS = ("intake", "recognition")
REFUSALS = Counter("cxprofiles_door_refusals", "Answers of a hot door other than 200, by status.", ["door", "status"])
SECONDS = Histogram(
    "cxprofiles_door_seconds",
    "How long a hot door took, body and database included.",
    ["door"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
EVENTS = Counter("cxprofiles_intake_events", "Events accepted, by wire format.", ["dialect"])
OVERSIZE = Counter("cxprofiles_intake_events_oversize", "Events accepted for the quarantine, being too large.")
CLOSED = Counter(
    "cxprofiles_consent_denied_unseen",
    "Denied since what is in force could not be found out, by what was missing.",
    ["missing"],
)
RECOGNITIONS = Counter("cxprofiles_recognitions", "Recognitions answered, by status.", ["status"])


_seconds = {door: SECONDS.labels(door) for door in DOORS}


class Notes:
    """What happened and is not counted yet. The oldest notes are dropped where nobody counts them."""

    def __init__(self, most: int = 100_000) -> None:
        self.answers: deque[tuple[str, int, float]] = deque(maxlen=most)  # door, status, seconds
        self.recognitions: deque[str] = deque(maxlen=most)  # status
        self.events: deque[tuple[str, int, int]] = deque(maxlen=most)  # dialect, events, oversize ones among them

    def count(self) -> None:
        """Count what was noted so far."""
        for door, status, seconds in taken(self.answers):
            _seconds[door].observe(seconds)
            if status != 200:
                REFUSALS.labels(door, str(status)).inc()
        for recognised, number in Tally(taken(self.recognitions)).items():
            RECOGNITIONS.labels(recognised).inc(number)
        for dialect, number, oversize in taken(self.events):
            EVENTS.labels(dialect).inc(number)
            OVERSIZE.inc(oversize)


def taken(noted: deque[Note]) -> list[Note]:
    """What is noted now, taken out; requests go on noting meanwhile."""
    return [noted.popleft() for _ in range(len(noted))]


notes = Notes()
