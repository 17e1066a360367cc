"""Which wire format each intake path speaks. Every path is served with and without its trailing slash.

A redirect would turn a client's POST into a GET and lose what it holds (wire/README.md, "One endpoint").
"""

import re
from typing import NamedTuple


class IntakePath(NamedTuple):
    """What a path says of the body: whose wire format it is, and which kind of event, if the path names one."""

    dialect: str
    path_type: str | None


SEGMENT_TYPES = ("identify", "track", "page", "screen", "group", "alias", "batch", "import")
BROWSER_LETTERS = {
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": "batch",
}
JITSU = re.compile(r"/api/s/(?:s2s/)?(?P<type>[a-z]{1,32})/?")
METRICS = frozenset({"/v1/m", "/v1/m/"})  # the browser library's own telemetry


def intake_paths() -> dict[str, IntakePath]:
    """Every fixed intake path in both of its spellings."""
    paths = {f"/v1/{kind}": IntakePath("segment", kind) for kind in SEGMENT_TYPES}
    paths |= {f"/v1/{letter}": IntakePath("segment", kind) for letter, kind in BROWSER_LETTERS.items()}
    paths |= {
        "/batch": IntakePath("posthog", "batch"),
        "/e": IntakePath("posthog", None),
        "/i/v0/e": IntakePath("posthog", None),
        "/capture": IntakePath("posthog", None),
        "/v1/cloudevents": IntakePath("cloudevents", None),
    }
    return {spelling: path for bare, path in paths.items() for spelling in (bare, f"{bare}/")}


FIXED = intake_paths()


def find_intake_path(path: str) -> IntakePath | None:
    """What an intake path says, or None where it is none."""
    found = FIXED.get(path)
    if found is None and path.startswith("/api/s/"):
        match = JITSU.fullmatch(path)
        # The bare /api/s/s2s names no kind of event.
        if match is not None and match["type"] != "s2s":
            return IntakePath("jitsu", match["type"])
    return found
