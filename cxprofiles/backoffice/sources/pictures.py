"""The sparkline of a source as an SVG path. Pure."""

from collections.abc import Sequence

WIDTH, HEIGHT = 60, 26
TOP = 2


def sparkline(counts: Sequence[int]) -> str:
    """Counts as upright strokes in a box of `WIDTH` by `HEIGHT`, the highest filling it; empty where all are zero."""
    most = max(counts, default=0)
    if not most:
        return ""
    wide = WIDTH / len(counts)
    strokes = []
    for place, count in enumerate(counts):
        if count:
            high = max(1.0, (HEIGHT - TOP) * count / most)
            strokes.append(f"M{wide * (place + 0.5):g} {HEIGHT}V{HEIGHT - high:.3g}")
    return "".join(strokes)
