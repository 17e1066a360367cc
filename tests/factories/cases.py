"""The specification's cases of privacy, as they stand in the file."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "data/cases/privacy.json"


@lru_cache
def _cases() -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(FILE.read_text())}


def privacy_case(name: str) -> dict[str, Any]:
    """A case: `given`, `when`, `then`, `expected` and why."""
    return _cases()[name]
