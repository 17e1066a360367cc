"""What the reading of an event depends on besides the event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from consent.signals.reading import SignalRules

NO_RULES = SignalRules({}, frozenset())


class SourceReading(Protocol):
    """What reading needs to know of a source: trait and property paths that hold identifiers, by type, and how its
    consent signals are read."""

    @property
    def mappings(self) -> Mapping[str, str]: ...

    @property
    def signal_rules(self) -> SignalRules: ...


@dataclass(frozen=True, slots=True)
class Request:
    """The request that brought an event. `received_at` is microseconds since the epoch."""

    dialect: str
    context: Mapping[str, Any]
    received_at: int
    mappings: Mapping[str, str]
    signal_rules: SignalRules = NO_RULES

    @property
    def path_type(self) -> str | None:
        """The kind of event that the path names, if it names one."""
        return self.context.get("path_type")

    @property
    def corrects_skew(self) -> bool:
        """Whether the client's clock is measured: not for what was recorded long before it is sent."""
        return self.dialect != "file" and self.path_type != "import"


class NotAnEvent(Exception):
    """The JSON is no event that can be understood. The message is a sentence, without personal data."""
