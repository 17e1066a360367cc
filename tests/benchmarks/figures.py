"""What the benchmarks found, and how it is told: medians with the least and the greatest of all rounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Bar:
    """What was to be reached and what was: a figure of each round."""

    claim: str
    wanted: float
    figures: Sequence[float]
    at_least: bool = True
    unit: str = ""

    @property
    def reached(self) -> bool:
        found = median(self.figures)
        return found >= self.wanted if self.at_least else found <= self.wanted

    def row(self) -> list[str]:
        """The bar as a row of a table."""
        sign = "≥" if self.at_least else "≤"
        verdict = "yes" if self.reached else "**no**"
        return [self.claim, f"{sign} {number(self.wanted)}{self.unit}", spread(self.figures) + self.unit, verdict]


@dataclass(slots=True)
class Section:
    """One benchmark: how it was done, a table, the bars, and what limits it."""

    title: str
    method: str
    header: list[str]
    rows: list[list[str]]
    bars: list[Bar] = field(default_factory=list)
    limit: str = ""


def number(value: float) -> str:
    """A number with as many digits as tell something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def spread(values: Sequence[float]) -> str:
    """The median, and behind it the least and the greatest of several."""
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} [{number(min(values))} to {number(max(values))}]"


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """Round by round, so that what disturbed a round disturbed both."""
    return [one / other for one, other in zip(of, to, strict=True)]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table in Markdown, its columns lined up."""
    widths = [max(len(row[n]) for row in (header, *rows)) for n in range(len(header))]
    lined = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in (header, *rows)]
    lines = ["| " + " | ".join(row) + " |" for row in lined]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
