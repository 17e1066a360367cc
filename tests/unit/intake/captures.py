"""The recordings of real clients in tests/data/wire, as requests."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "data" / "wire"
REQUEST = re.compile(
    r"^--- (?:\+[\d.]+s )?POST (?P<path>\S+) -> 200[^\n]*\n(?P<rest>(?:(?!^---|^#).*\n?)*)", re.MULTILINE
)
HEADER = re.compile(r"^ +([A-Za-z-]+): (.*)$", re.MULTILINE)
MARK = "BODY: "


@dataclass(frozen=True)
class Capture:
    """One request that a client made. The body is JSON as the client meant it, unzipped."""

    file: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def captures(name: str) -> list[Capture]:
    """Every whole request in a file."""
    found = []
    for match in REQUEST.finditer((FOLDER / f"{name}.txt").read_text()):
        head, mark, rest = match["rest"].partition(MARK)
        try:
            value, _ = json.JSONDecoder().raw_decode(rest.lstrip())
        except ValueError:
            continue  # the recorder cut it, or there is no body
        if mark:
            found.append(Capture(name, match["path"], json.dumps(value).encode(), dict(HEADER.findall(head))))
    return found
