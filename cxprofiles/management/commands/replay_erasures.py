"""`manage.py replay_erasures`: put a restored backup right, before anything is served from it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consent.erasure_log import ErasureLogBroken
from consent.suppression import SuppressionUnreadable
from profiles.privacy.replaying import Replayed, accept_log, replay_erasures

HELP = """
Do again what was erased and decided since the database was backed up. `manage.py up` does it at each start.

It reads the erasure log, which lies outside of the database (ERASURE_LOG). Where nothing is to be done it does nothing.
"""


class Command(BaseCommand):
    """Replays with a progress bar, and says what was done."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--accept-log",
            action="store_true",
            help="the log was lost for good: take what there is of it as the whole; what it held is not done again",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            if options["accept_log"]:
                accept_log()
            self.stdout.write(verdict(self.replay()))
        except (ErasureLogBroken, SuppressionUnreadable) as error:
            raise CommandError(str(error)) from None

    def replay(self) -> Replayed:
        """The replay, with a bar where identifiers are looked through."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, transient=True) as bar:
            task = bar.add_task("Identifiers", total=None, visible=False)
            return replay_erasures(
                lambda done, total: bar.update(task, completed=done, total=total, visible=True),
            )


def verdict(replayed: Replayed) -> str:
    """One line that says how it went."""
    if not replayed.entries:
        return "The database knows all that the erasure log does; nothing was changed."
    return (
        f"{replayed.entries} entries of the erasure log were followed: {replayed.erased} identifiers erased again, "
        f"{replayed.decisions} decisions taken again."
    )
