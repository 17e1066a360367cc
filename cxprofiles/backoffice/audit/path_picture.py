"""A picture of an audit path: from the hash of an entry, step by step with its neighbours, up to the signed root."""

from dataclasses import dataclass

from consent.audit.showing import Inclusion

WIDTH, BOX, HIGH, STEP = 660, 190, 26, 44
MIDDLE = (WIDTH - BOX) // 2
SHORT = 12
EDGE = 2


@dataclass(frozen=True, slots=True)
class Box:
    """A hash as it is drawn: its beginning, and the whole of it as a title."""

    x: int
    y: int
    text: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class PathDrawing:
    """The whole picture, the root above."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]


def draw_path(proof: Inclusion) -> PathDrawing:
    """Draw a path; a neighbour stands on the side on which it is hashed."""
    count = len(proof.steps)
    height = 12 + count * STEP + HIGH + 12
    bottom = height - 12 - HIGH
    boxes = [_box(MIDDLE, bottom, proof.leaf, "own")]
    lines = []
    for place, step in enumerate(proof.steps):
        y = bottom - STEP * (place + 1)
        side = EDGE if step.on_left else WIDTH - BOX - EDGE
        last = place == count - 1
        boxes.append(_box(side, y + STEP, step.other, "hash"))
        boxes.append(_box(MIDDLE, y, step.comes_to, _kind(last, proof)))
        lines.append(Line(WIDTH // 2, y + STEP, WIDTH // 2, y + HIGH))
        lines.append(Line(side + BOX // 2, y + STEP, WIDTH // 2, y + HIGH))
    if not proof.steps:
        boxes[0] = _box(MIDDLE, bottom, proof.leaf, _kind(True, proof))
    return PathDrawing(WIDTH, height, boxes, lines)


def _kind(last: bool, proof: Inclusion) -> str:
    if not last:
        return "hash"
    return "root" if proof.included else "root wrong"


def _box(x: int, y: int, digest: bytes, kind: str) -> Box:
    return Box(x, y, digest.hex()[:SHORT] + "…", digest.hex(), kind)
