"""The repository's own files."""

import subprocess
from functools import lru_cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@lru_cache
def tracked(*patterns: str) -> list[Path]:
    """The files under version control that are there, relative to the repository; all of them without a pattern.

    Outside a clone, as in an unpacked archive, every file is taken that no tool made.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        found = [path for pattern in patterns or ("*",) for path in REPOSITORY.rglob(pattern)]
        names = [path.relative_to(REPOSITORY) for path in found if path.is_file()]
        names = [name for name in names if not any(part.startswith(".") for part in name.parts[:-1])]
    return sorted(name for name in names if (REPOSITORY / name).is_file())
