"""The lanes of a journey as a picture: one a channel, a time axis, a mark where interactions are, sized by how many."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateformat import format as dated
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cxprofiles.backoffice.channels import CHANNELS, Channel, channel_shown
from cxprofiles.backoffice.profile.identity_words import day_said
from cxprofiles.backoffice.profile.timeline_asked import Asked
from cxprofiles.day_words import day_in_words
from profiles.journey.counts import Heap, Lanes
from profiles.journey.lanes import Days, Unit, farther, is_whole, nearer

WIDTH, LEFT, RIGHT = 960, 132, 16
LANE, TOP, AXIS = 34, 8, 26
SHORT_DAY = "j M"
LEAST, MOST = 4.0, 13.0  # the radius of the smallest and of the greatest mark
LEAST_APART = 62  # between two words of the axis


class Drawn(NamedTuple):
    """A mark. `days`: the query string of its days."""

    x: float
    y: float
    r: float
    title: str
    days: str


class Lane(NamedTuple):
    """The marks of a channel. `y`: its middle; `total`: how many interactions."""

    channel: Channel
    name: str
    y: float
    total: int
    marks: list[Drawn]

    @property
    def icon(self) -> float:
        """The top of its symbol."""
        return self.y - 9

    @property
    def word(self) -> float:
        """The foot of its word."""
        return self.y + 4.5


class Tick(NamedTuple):
    """A line of the axis with its word."""

    x: float
    word: str


class Line(NamedTuple):
    """A row of the table beside the picture: a part, its days as a query string, and a number for each lane."""

    part: str
    days: str
    counts: list[str]
    total: str


class Step(NamedTuple):
    """A link to another stretch of time. `here`: it is the one that is shown."""

    word: str
    query: str
    here: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it. `wider` leads out, `closer` in."""

    lanes: list[Lane]
    ticks: list[Tick]
    lines: list[Line]
    wider: list[Step]
    closer: list[Step]
    height: int
    total: int
    title: str
    unit: str
    width: int = WIDTH
    left: int = LEFT
    right: int = WIDTH - RIGHT

    @property
    def axis(self) -> int:
        """Where the lanes end."""
        return self.height - AXIS + 4

    @property
    def words(self) -> int:
        """The foot of the axis's words."""
        return self.height - 6


def draw(lanes: Lanes, asked: Asked, zone: ZoneInfo) -> Picture:
    """The picture of some lanes, whose links keep the filters."""
    order = [*CHANNELS, *sorted(set(lanes.heaps) - set(CHANNELS))]
    channels = [name for name in order if name in lanes.heaps]
    scale = _Scale(lanes, asked, zone)
    height = TOP + LANE * max(len(channels), 1) + AXIS
    return Picture(
        lanes=[_lane(name, number, lanes, scale) for number, name in enumerate(channels)],
        ticks=ticks_of(lanes, scale),
        lines=[_line(part, channels, lanes, scale) for part in lanes.filled],
        wider=_wider(lanes.cut.days, asked),
        closer=_closer(lanes, asked, zone),
        height=height,
        total=lanes.total,
        title=_title(lanes, channels),
        unit=str(UNITS[lanes.cut.unit]),
    )


class _Scale:
    """From times and numbers to places and sizes."""

    def __init__(self, lanes: Lanes, asked: Asked, zone: ZoneInfo) -> None:
        self.cut, self.asked, self.zone = lanes.cut, asked, zone
        self._start, self._end = lanes.cut.edges[0], lanes.cut.edges[-1]
        heaps = (heap.count for parts in lanes.heaps.values() for heap in parts.values())
        self._greatest = max(heaps, default=1)
        self._words: dict[int, str] = {}
        self._days: dict[int, str] = {}

    def x(self, at: datetime) -> float:
        share = (at - self._start) / (self._end - self._start)
        return round(LEFT + MOST + share * (WIDTH - LEFT - RIGHT - 2 * MOST), 1)

    def r(self, count: int) -> float:
        if self._greatest == 1:
            return LEAST + 1
        return round(LEAST + (MOST - LEAST) * math.sqrt((count - 1) / (self._greatest - 1)), 1)

    def word(self, part: int) -> str:
        """The part of the time that a mark stands for, in words."""
        if part not in self._words:
            self._words[part] = part_said(self.cut.edges[part], self.cut.unit)
        return self._words[part]

    def days(self, part: int) -> str:
        """The query string of the days of a part."""
        if part not in self._days:
            self._days[part] = self.asked.of_days(self.cut.part(part, self.zone))
        return self._days[part]


def _lane(name: str, number: int, lanes: Lanes, scale: _Scale) -> Lane:
    y = TOP + LANE * number + LANE / 2
    channel = channel_shown(name)
    heaps = lanes.heaps[name]
    return Lane(
        channel=channel,
        name=str(channel.word),
        y=y,
        total=sum(heap.count for heap in heaps.values()),
        marks=[_mark(str(channel.word), part, heap, y, scale) for part, heap in sorted(heaps.items())],
    )


def _mark(name: str, part: int, heap: Heap, y: float, scale: _Scale) -> Drawn:
    middle = heap.first + (heap.last - heap.first) / 2
    when = moment_said(heap.first) if heap.count == 1 else scale.word(part)
    title = ngettext(
        "%(channel)s, %(when)s: %(count)s interaction", "%(channel)s, %(when)s: %(count)s interactions", heap.count
    )
    told = {"channel": name, "when": when, "count": counted(heap.count)}
    return Drawn(scale.x(middle), y, scale.r(heap.count), title % told, scale.days(part))


def _line(part: int, channels: list[str], lanes: Lanes, scale: _Scale) -> Line:
    counts = [lanes.heaps[name][part].count if part in lanes.heaps[name] else 0 for name in channels]
    return Line(scale.word(part), scale.days(part), [counted(one) for one in counts], counted(sum(counts)))


def ticks_of(lanes: Lanes, scale: _Scale) -> list[Tick]:
    """The lines of the axis, as many as there is room for words."""
    ticks: list[Tick] = []
    for edge in lanes.cut.edges[:-1]:
        local = timezone.localtime(edge)
        if not TURNS[lanes.cut.unit](local):
            continue
        x = scale.x(edge)
        if not ticks or x - ticks[-1].x >= LEAST_APART:
            ticks.append(Tick(x, dated(local, TICKS[lanes.cut.unit])))
    return ticks or [Tick(scale.x(lanes.cut.edges[0]), day_said(lanes.cut.edges[0]))]


UNITS = {
    Unit.HOUR: gettext_lazy("one hour"),
    Unit.DAY: gettext_lazy("one day"),
    Unit.WEEK: gettext_lazy("one week"),
    Unit.MONTH: gettext_lazy("one month"),
    Unit.QUARTER: gettext_lazy("one quarter"),
    Unit.YEAR: gettext_lazy("one year"),
}
# Where a part of each unit gets a line, and how it is written there.
TURNS: Mapping[Unit, Callable[[datetime], bool]] = {
    Unit.HOUR: lambda at: at.minute == 0 and at.hour % 2 == 0,
    Unit.DAY: lambda at: True,
    Unit.WEEK: lambda at: True,
    Unit.MONTH: lambda at: at.day == 1 and at.month in (1, 7),
    Unit.QUARTER: lambda at: at.day == 1 and at.month == 1,
    Unit.YEAR: lambda at: True,
}
TICKS = {
    Unit.HOUR: "H:i",
    Unit.DAY: SHORT_DAY,
    Unit.WEEK: SHORT_DAY,
    Unit.MONTH: "M Y",
    Unit.QUARTER: "Y",
    Unit.YEAR: "Y",
}


def part_said(start: datetime, unit: Unit) -> str:
    """A part of the time in words."""
    local = timezone.localtime(start)
    if unit is Unit.HOUR:
        return _("%(day)s, from %(hour)s") % {"day": day_said(start), "hour": f"{local:%H:%M}"}
    if unit is Unit.DAY:
        return day_said(start)
    if unit is Unit.WEEK:
        return _("week of %(day)s") % {"day": day_said(start)}
    if unit is Unit.MONTH:
        return dated(local, "F Y")
    if unit is Unit.QUARTER:
        return _("quarter from %(month)s") % {"month": dated(local, "F Y")}
    return dated(local, "Y")


def days_said(days: Days) -> str:
    """A stretch of days as a link names it: a year, a month, a day, or from one day to another."""
    if is_whole(days, 12):
        return str(days.first.year)
    if is_whole(days, 1):
        return dated(days.first, "F Y")
    if days.length == 1:
        return day_in_words(days.first)
    return _("%(first)s to %(last)s") % {"first": day_in_words(days.first), "last": day_in_words(days.last)}


def moment_said(at: datetime) -> str:
    """An instant in words."""
    return f"{day_said(at)}, {timezone.localtime(at):%H:%M}"


def counted(number: int) -> str:
    """A number with its thousands apart."""
    return str(number_format(number, use_l10n=True, force_grouping=True))


def _wider(days: Days, asked: Asked) -> list[Step]:
    """The way from all time to the stretch that is shown."""
    whole = not asked.first and not asked.last
    steps = [Step(_("All time"), asked.query(**{"from": "", "to": ""}), whole)]
    if whole:
        return steps
    steps += [Step(days_said(wider), asked.of_days(wider), False) for wider in farther(days)]
    return [*steps, Step(days_said(days), asked.of_days(days), True)]


def _closer(lanes: Lanes, asked: Asked, zone: ZoneInfo) -> list[Step]:
    """The years, months or days within, of which something stands in the lanes."""
    filled = [lanes.cut.part(part, zone) for part in lanes.filled]
    return [
        Step(dated(days.first, SHORT_DAY) if days.length == 1 else days_said(days), asked.of_days(days), False)
        for days in nearer(lanes.cut.days)
        if days != lanes.cut.days and any(part.first <= days.last and days.first <= part.last for part in filled)
    ]


def _title(lanes: Lanes, channels: list[str]) -> str:
    words = ", ".join(str(channel_shown(name).word) for name in channels)
    told = {"count": counted(lanes.total), "channels": words or _("no channel")}
    return (
        ngettext("%(count)s interaction by %(channels)s", "%(count)s interactions by %(channels)s", lanes.total) % told
    )
