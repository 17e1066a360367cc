"""`manage.py apply_retention`: removes what is past its time now, as the hourly job does."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.privacy.retention import apply_retention, preview_retention


class Command(BaseCommand):
    """Prints the rows by store."""

    help = "Remove what is past its time, as the rules of retention say."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = preview_retention() if options["dry_run"] else apply_retention()
        if counts is None:
            raise CommandError("A run is under way already; GET /v1/privacy/retention/runs shows what it removes.")
        for store, count in counts.items():
            self.stdout.write(f"{store}: {count}")
        if not counts:
            self.stdout.write("Nothing is past its time.")
