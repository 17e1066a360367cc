"""A picture of how purposes stood over time: a lane for each, a bar for each state, a mark for each record. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WIDTH = 920
LABELS = 210
LANE = 34
BAR = 18
TOP = 8
FOOT = 26
MOST_TICKS = 6
LETTER = 6.2  # the width of a letter of a bar's text
NAME = 32  # letters of a lane's name
LEAST_SPAN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A state from an instant to another. `tone`: good, bad, warn or none, and `word` says it."""

    since: datetime
    until: datetime
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A record at an instant. `href`: where it is shown whole."""

    at: datetime
    tone: str
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One purpose, for the person or for one address."""

    name: str
    stretches: Sequence[Stretch]
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch as it is drawn; `text` is empty where it does not fit."""

    x: float
    y: float
    width: float
    tone: str
    text: str
    text_x: float
    text_y: float
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark as it is drawn."""

    x: float
    y: float
    tone: str
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class DrawnLane:
    """A lane as it is drawn."""

    name: str
    text_y: float
    bars: list[Bar]
    dots: list[Dot]


@dataclass(frozen=True, slots=True)
class Tick:
    """A day under the picture."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture, in its own units."""

    width: int
    height: int
    foot: float
    lanes: list[DrawnLane]
    ticks: list[Tick]


class Scale:
    """From instants to places of the picture."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since = min(since, until - LEAST_SPAN)
        self.until = until
        self._span = (self.until - self.since).total_seconds()

    def x(self, at: datetime) -> float:
        """Where an instant lies; what is outside lies at the edge."""
        part = (at - self.since).total_seconds() / self._span
        return round(LABELS + min(max(part, 0.0), 1.0) * (WIDTH - LABELS - 10), 1)


def draw(lanes: Sequence[Lane], since: datetime, until: datetime) -> Drawing:
    """Draw lanes from one instant to another."""
    scale = Scale(since, until)
    height = TOP + LANE * len(lanes) + FOOT
    drawn = [_lane(lane, TOP + LANE * place, scale) for place, lane in enumerate(lanes)]
    return Drawing(WIDTH, height, height - FOOT + 4.0, drawn, _ticks(scale))


def _lane(lane: Lane, top: float, scale: Scale) -> DrawnLane:
    name = lane.name if len(lane.name) <= NAME else lane.name[: NAME - 1] + "…"
    middle = top + LANE / 2
    bars = [_bar(one, middle, scale) for one in lane.stretches]
    dots = [
        Dot(scale.x(one.at), middle + BAR / 2 + 4, one.tone, one.href, f"{one.word}, {_day(one.at)}")
        for one in lane.marks
    ]
    return DrawnLane(name, middle + 3, bars, dots)


def _bar(one: Stretch, middle: float, scale: Scale) -> Bar:
    x, end = scale.x(one.since), scale.x(one.until)
    width = round(max(end - x, 2.0), 1)
    fits = len(one.word) * LETTER + 10 <= width
    title = f"{one.word}: {_day(one.since)} \u2013 {_day(one.until)}"
    return Bar(x, middle - BAR / 2 - 2, width, one.tone, one.word if fits else "", x + 6, middle + 2, title)


def _ticks(scale: Scale) -> list[Tick]:
    days = max((scale.until - scale.since).days, 1)
    count = min(MOST_TICKS, days + 1)
    step = (scale.until - scale.since) / (count - 1) if count > 1 else timedelta(0)
    places = [scale.since + step * number for number in range(count)]
    anchors = ["start", *["middle"] * (count - 2), "end"]
    return [Tick(scale.x(at), _day(at), anchor) for at, anchor in zip(places, anchors, strict=False)]


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
