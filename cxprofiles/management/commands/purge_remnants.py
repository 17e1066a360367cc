"""Remove what the database's own files still hold of rows that are gone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cxprofiles.remnants import purge_remnants


class Command(BaseCommand):
    """Writes each table with personal data anew; others wait meanwhile."""

    help = "Remove what PostgreSQL's files still hold of erased people: dead rows, statistics, the log of changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """None: it is all or nothing."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what the database's user may not do."""
        left = []
        for done in purge_remnants():
            self.stdout.write(f"{done.what}: {done.problem or 'done'}")
            left += [done.what] if done.problem else []
        if left:
            raise CommandError(f"Not done, for a superuser of the database to do: {', '.join(left)}.")
