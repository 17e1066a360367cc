"""`manage.py rebuild_identity`: recompute every profile from what was observed and decided."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from profiles.identity.rebuild import Rebuilt, rebuild_identity


class Command(BaseCommand):
    """Runs the rebuild with a progress bar and says what came out otherwise than it stood."""

    help = "Recompute every profile from the interactions and decisions. It should change nothing, and says if it does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare only; put everything back.")

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns) as bar:
            task = bar.add_task("Interactions", total=None)
            rebuilt = rebuild_identity(
                check=options["check"],
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        self.stdout.write(verdict(rebuilt))


def verdict(rebuilt: Rebuilt) -> str:
    """One line that says how it went."""
    changed = {name: count for name, count in rebuilt.differences.items() if count}
    if not changed:
        return f"{rebuilt.interactions} interactions read; nothing changed."
    listed = ", ".join(f"{count} {name}" for name, count in changed.items())
    return f"{rebuilt.interactions} interactions read; changed: {listed}."
