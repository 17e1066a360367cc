"""How much is measured: the whole, or a quick look."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Plan:
    """The extent of a run, and its voice."""

    identifiers: int
    rounds: int
    seconds: float  # of load a round and contender
    background_events: int  # a round
    hub: int  # the greatest hub's anonymous ids
    latency_seconds: float
    history: int  # interactions of the person with the longest
    profiles: int  # that the screens are opened over
    began: float = field(default_factory=time.monotonic)

    def say(self, what: str) -> None:
        """Tell how far the run has come."""
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", flush=True)


def whole() -> Plan:
    """All bars, in a quarter of an hour."""
    return Plan(1_000_000, 3, 4, 40_000, 20_000, 30, 100_000, 1_000_000)


def quick() -> Plan:
    """A look of about a minute: a small world and few rounds."""
    return Plan(60_000, 2, 1, 8_000, 2_000, 6, 5_000, 30_000)
